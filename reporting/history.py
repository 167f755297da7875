"""The history of contacts: found by what is known of them, newest first, page by page without counting."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from core import sql
from reporting.choices import Choices
from reporting.kinds.base import parameters
from reporting.models import ContactLine
from reporting.tables import Column, Table, Unit, seconds

PER_PAGE = 50
MOST_EXPORTED = 10_000
FILTERS = ("skill", "campaign", "agent", "team", "disposition", "tag", "point_of_contact")
SHORTEST_NUMBER = 3

COLUMNS = (
    Column("opened_at", _("Began"), Unit.MOMENT),
    Column("contact", _("Contact"), Unit.TEXT),
    Column("customer", _("Customer"), Unit.TEXT),
    Column("outcome", _("Outcome"), Unit.TEXT),
    Column("skill", _("Skill"), Unit.TEXT),
    Column("agent", _("Agent"), Unit.TEXT),
    Column("disposition", _("Disposition"), Unit.TEXT),
    Column("tags", _("Tags"), Unit.TEXT),
    Column("wait_seconds", _("Waiting time"), Unit.SECONDS),
    Column("handle_seconds", _("Handling time"), Unit.SECONDS),
    Column("texts_in", _("Texts in")),
    Column("texts_out", _("Texts out")),
)


@dataclass(frozen=True, slots=True)
class Search:
    """What is known of the contacts: the end of a number, words of their texts, how they ended."""

    number: str = ""
    words: str = ""
    outcome: str = ""

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Search:
        """Whatever is no digit of a number is left out; an unknown outcome is none."""
        number = re.sub(r"\D", "", str(query.get("number", "")))[-20:]
        outcome = str(query.get("outcome", ""))
        return cls(
            number=number if len(number) >= SHORTEST_NUMBER else "",
            words=str(query.get("text", "")).replace("\x00", "").strip()[:200],
            outcome=outcome if outcome in ContactLine.Outcome.values else "",
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the time and key of its last contact."""

    opened_at: datetime
    contact_id: int

    def __str__(self) -> str:
        return f"{self.opened_at.isoformat()}_{self.contact_id}"

    @classmethod
    def of(cls, text: str) -> Place | None:
        moment, _line, key = text.partition("_")
        try:
            found = cls(datetime.fromisoformat(moment), int(key))
        except ValueError:
            return None
        return found if found.opened_at.tzinfo is not None and found.contact_id < 2**63 else None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the history, and the places for the addresses of its neighbours."""

    rows: list[dict[str, Any]]
    older: Place | None
    newer: Place | None


# Which contacts, before anything is joined to them. A condition that is not asked for is left out.
_CONDITIONS = {
    "skill": "l.skill_ids && %(skill)s::bigint[]",
    "campaign": "EXISTS (SELECT FROM skills_skill s "
    "WHERE s.id = l.skill_id AND s.campaign_id = ANY(%(campaign)s))",
    "agent": "l.agent_ids && %(agent)s::bigint[]",
    "team": "l.agent_ids && ARRAY(SELECT id FROM agents_agent WHERE team_id = ANY(%(team)s))::bigint[]",
    "disposition": "l.disposition_id = ANY(%(disposition)s)",
    "tag": "l.tag_ids && %(tag)s::bigint[]",
    "point_of_contact": "l.point_of_contact_id = ANY(%(point_of_contact)s)",
    "number": "l.customer_id = ANY(ARRAY(SELECT id FROM contacts_customer "
    "WHERE business_unit_id = %(unit)s AND address LIKE %(number)s))",
    "words": "l.words @@ websearch_to_tsquery('simple', reporting_fold(%(words)s))",
    "hits": "l.contact_id IN (SELECT contact_id FROM hits)",
    "outcome": "l.outcome = %(outcome)s",
    "older": "(l.opened_at, l.contact_id) < (%(opened_at)s, %(contact_id)s)",
    "newer": "(l.opened_at, l.contact_id) > (%(opened_at)s, %(contact_id)s)",
}

_LINES = """
WITH {hits}found AS (
    SELECT l.* FROM {lines} l
     WHERE l.business_unit_id = %(unit)s AND l.opened_at >= %(begin)s AND l.opened_at < %(end)s {conditions}
     ORDER BY l.opened_at {order}, l.contact_id {order}
     LIMIT %(limit)s
)
SELECT l.contact_id AS contact, l.opened_at, l.outcome, c.state, u.address AS customer,
       u.name AS customer_name, s.name AS skill, account.username AS agent, d.name AS disposition,
       l.wait_ms, l.handle_ms, l.texts_in, l.texts_out,
       ARRAY(SELECT t.name FROM dispositions_tag t WHERE t.id = ANY(l.tag_ids) ORDER BY t.name) AS tags
  FROM found l
  JOIN contacts_contact c ON c.id = l.contact_id
  JOIN contacts_customer u ON u.id = l.customer_id
  JOIN skills_skill s ON s.id = l.skill_id
  LEFT JOIN agents_agent a ON a.id = l.agent_id
  LEFT JOIN organizations_user account ON account.id = a.user_id
  LEFT JOIN dispositions_disposition d ON d.id = l.disposition_id
 ORDER BY l.opened_at DESC, l.contact_id DESC
"""

# Words of many contacts are found among the next ones of the list; rare ones by the index of words. The
# database cannot tell which they are, so the first is tried first.
_NEXT = """(
        SELECT l.* FROM reporting_contactline l
         WHERE l.business_unit_id = %(unit)s AND l.opened_at >= %(begin)s AND l.opened_at < %(end)s {place}
         ORDER BY l.opened_at {order}, l.contact_id {order}
         LIMIT {most})"""
_HITS = """hits AS MATERIALIZED (
    SELECT l.contact_id FROM reporting_contactline l
     WHERE l.words @@ websearch_to_tsquery('simple', reporting_fold(%(words)s))
), """
LOOKED_THROUGH = 10_000
"""Contacts, before the index of words is asked."""


def page(choices: Choices, search: Search, *, older: Place | None = None, newer: Place | None = None) -> Page:
    """The newest, those older than a place, or those newer than one."""
    rows = _lines(choices, search, older=older, newer=newer, limit=PER_PAGE + 1)
    is_more = len(rows) > PER_PAGE
    if newer is not None and older is None:
        # Read upwards: the one too many is the newest.
        rows = rows[-PER_PAGE:]
        return Page(
            rows, older=_place(rows[-1]) if rows else None, newer=_place(rows[0]) if is_more else None
        )
    rows = rows[:PER_PAGE]
    return Page(
        rows,
        older=_place(rows[-1]) if is_more else None,
        newer=_place(rows[0]) if rows and older is not None else None,
    )


def table(choices: Choices, search: Search) -> Table:
    """For a file: the newest ones."""
    rows = _lines(choices, search, limit=MOST_EXPORTED)
    return Table(
        name="contacts",
        title=_("Contact history"),
        label="contact",
        columns=COLUMNS,
        rows=[{**row, "tags": ", ".join(row["tags"])} for row in rows],
    )


def _place(row: Mapping[str, Any]) -> Place:
    return Place(row["opened"], row["contact"])


def _lines(
    choices: Choices,
    search: Search,
    *,
    limit: int,
    older: Place | None = None,
    newer: Place | None = None,
) -> list[dict[str, Any]]:
    values = parameters(choices) | {"limit": limit}
    asked = [name for name in FILTERS if choices.ids(name) is not None]
    for name, value in (("words", search.words), ("outcome", search.outcome)):
        if value:
            values[name] = value
            asked.append(name)
    if search.number:
        values["number"] = f"%{search.number}"
        asked.append("number")
    place = older or newer
    if place is not None:
        values |= {"opened_at": place.opened_at, "contact_id": place.contact_id}
        asked.append("older" if older else "newer")
    order = "ASC" if newer is not None and older is None else "DESC"
    rows = _found(asked, order, values) if search.words else _asked(asked, order, values)
    return [_shown(row, choices) for row in rows]


def _asked(
    asked: Sequence[str],
    order: str,
    values: Mapping[str, Any],
    *,
    hits: str = "",
    lines: str = "reporting_contactline",
) -> list[dict[str, Any]]:
    conditions = "".join(f"\n       AND {_CONDITIONS[name]}" for name in asked)
    statement = _LINES.format(hits=hits, lines=lines, conditions=conditions, order=order)
    return sql.dictionaries(statement, values)


def _found(asked: Sequence[str], order: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """By words."""
    place = "".join(f"AND {_CONDITIONS[name]}" for name in asked if name in ("older", "newer"))
    lines = _NEXT.format(place=place, order=order, most=LOOKED_THROUGH)
    rows = _asked(asked, order, values, lines=lines)
    if len(rows) == values["limit"]:
        return rows
    others = ["hits" if name == "words" else name for name in asked]
    return _asked(others, order, values, hits=_HITS)


def _shown(row: dict[str, Any], choices: Choices) -> dict[str, Any]:
    opened = row["opened_at"]
    return {
        **row,
        "opened": opened,
        "opened_at": opened.astimezone(choices.zone).replace(tzinfo=None),
        "outcome": str(ContactLine.Outcome(row["outcome"]).label),
        "state": str(Contact.State(row["state"]).label),
        "is_open": row["state"] != Contact.State.CLOSED,
        "wait_seconds": seconds(row["wait_ms"]),
        "handle_seconds": seconds(row["handle_ms"]) if row["agent"] else None,
    }
