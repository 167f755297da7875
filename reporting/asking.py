"""From a report and the query of an address to its tables: for pages, files, mails and the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from core.errors import NotFound
from core.permissions import Verb, require
from organizations.models import User
from reporting import choices, history
from reporting.access import may_read_texts
from reporting.choices import By, Choices, Period
from reporting.kinds import KINDS
from reporting.tables import Table, Words

HISTORY = "contacts"

NO_REPORT = _("There is no such report.")

TITLES: dict[str, Words] = {
    **{slug: kind.title for slug, kind in KINDS.items()},
    HISTORY: _("Contact history"),
}


def read_choices(slug: str, query: Mapping[str, Any], user: User) -> Choices:
    """Raises NotFound for a report that there is not, RuleBroken for choices that cannot be understood."""
    if slug == HISTORY:
        return choices.read(query, user, bys=(By.DAY,), filters=history.FILTERS, default=Period.LAST_7_DAYS)
    kind = KINDS.get(slug)
    if kind is None:
        raise NotFound(NO_REPORT)
    return choices.read(query, user, bys=kind.bys, filters=kind.filters, default=kind.default)


def tables(slug: str, query: Mapping[str, Any], user: User) -> tuple[Choices, Sequence[Table]]:
    """Everything, as for a file. Raises NotFound, RuleBroken, NotAllowed."""
    chosen = read_choices(slug, query, user)
    if slug == HISTORY:
        require(user, Contact, Verb.VIEW)
        return chosen, [history.table(chosen, history_search(query, user))]
    return chosen, KINDS[slug].make(chosen)


def history_search(query: Mapping[str, Any], user: User) -> history.Search:
    """Who may not read texts does not search in them either: what is found would tell."""
    search = history.Search.of(query)
    return search if may_read_texts(user) else history.Search(search.number, "", search.outcome)
