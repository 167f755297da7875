"""Screen pops: what the script or the skill shows the agent about a contact, and what he enters in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from agents.models import Agent
from contacts.models import Contact, ScreenPop, ScriptRun
from contacts.services import publish_contact_changed, record_event
from core import sql
from core.configuration import rule_broken
from core.errors import NotFound
from organizations.hosts import is_allowed
from scripts.interpreter.addresses import filled_address
from scripts.interpreter.effects import ShowScreenPop
from scripts.interpreter.run import Run
from scripts.interpreter.templates import TemplateError

MOST_POPS: Final = 20
"""Of one contact: a script that goes round must not bury the agent."""

EARLIER: Final = 5
LONGEST_ANSWER: Final = 300


def show_screen_pop(contact: Contact, effect: ShowScreenPop) -> None:
    """Keep what the script shows; whoever has the contact open sees it at once.

    Addresses whose host the business unit does not allow are left out. Only if the contact's skill uses
    screen pops. The caller has locked the contact.
    """
    present = Contact.objects.select_related("skill", "business_unit").get(pk=contact.pk)
    if not present.skill.use_screen_pops:
        record_event(contact_id=contact.pk, kind="screen_pop_off", action=effect.action_id)
        return
    if ScreenPop.objects.filter(contact=contact).count() >= MOST_POPS:
        record_event(contact_id=contact.pk, kind="screen_pop_too_many", action=effect.action_id)
        return
    hosts = present.business_unit.screen_pop_hosts
    links = [[label, address] for label, address in effect.links if is_allowed(address, hosts)]
    url = effect.url if is_allowed(effect.url, hosts) else ""
    if len(links) < len(effect.links) or url != effect.url:
        record_event(contact_id=contact.pk, kind="screen_pop_host_refused", action=effect.action_id)
    ScreenPop.objects.create(
        contact=contact,
        action_id=effect.action_id,
        title=effect.title,
        url=url,
        opens=effect.opens and bool(url),
        content={
            "fields": [list(pair) for pair in effect.fields],
            "links": links,
            "form": [list(pair) for pair in effect.form],
            "history": _history(present) if effect.history else [],
        },
    )
    record_event(contact_id=contact.pk, kind="screen_pop_shown", action=effect.action_id)
    publish_contact_changed(contact_id=contact.pk)


# Asked at every answer, and mostly answered with no: the skill uses no pops, or the script has shown one.
_LACKS_POP = """
SELECT FROM contacts_contact c JOIN skills_skill s ON s.id = c.skill_id
 WHERE c.id = %s AND s.use_screen_pops
   AND NOT EXISTS (SELECT FROM contacts_screenpop p WHERE p.contact_id = c.id)
"""


def show_default_pop(*, contact_id: int) -> None:
    """What an agent sees whose skill uses screen pops while the script has configured none.

    A skill that shows them with the offer shows them on. The caller has locked the contact and tells whoever
    has it open.
    """
    if sql.row(_LACKS_POP, [contact_id]) is None:
        return
    contact = Contact.objects.select_related("skill", "customer", "transport_code").get(pk=contact_id)
    url = _address_of(contact)
    ScreenPop.objects.create(
        contact=contact, url=url, opens=bool(url), content={"history": _history(contact)}
    )
    record_event(contact_id=contact_id, kind="screen_pop_shown", action="")


@transaction.atomic
def answer_screen_pop(*, contact_id: int, pop_id: int, by: Agent, values: Mapping[str, str]) -> None:
    """Keep what the agent entered in the form of a pop; the script finds it in its variables.

    Raises NotFound, and RuleBroken for what is no field of the form or does not fit.
    """
    contact = (
        Contact.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=contact_id, agent=by, state__in=[Contact.State.ACTIVE, Contact.State.AFTER_CONTACT_WORK])
        .first()
    )
    pop = None if contact is None else ScreenPop.objects.filter(pk=pop_id, contact=contact).first()
    if contact is None or pop is None:
        raise NotFound(_("There is no such screen pop among your contacts."))
    _check_answers(pop, values)
    pop.answers = {**(pop.answers or {}), **values}
    pop.save(update_fields=["answers"])
    script_run = ScriptRun.objects.filter(contact=contact).first()
    if script_run is not None:
        script_run.state = Run.from_json(script_run.state).told(values).to_json()
        script_run.save(update_fields=["state"])
    record_event(
        contact_id=contact_id, kind="screen_pop_answered", agent_id=by.pk, by=by.user, fields=sorted(values)
    )
    publish_contact_changed(contact_id=contact_id)


def _check_answers(pop: ScreenPop, values: Mapping[str, str]) -> None:
    known = {variable for variable, _label in pop.content.get("form", ())}
    broken: dict[str, list[str]] = {}
    for name, value in values.items():
        if name not in known:
            broken[name] = [_("There is no such field.")]
        elif len(value) > LONGEST_ANSWER:
            broken[name] = [_("Use at most %(maximum)s characters.") % {"maximum": LONGEST_ANSWER}]
    if broken:
        raise rule_broken(broken)


def _history(contact: Contact) -> list[dict[str, Any]]:
    """The latest earlier contacts of the customer."""
    earlier = (
        Contact.objects.filter(customer_id=contact.customer_id, pk__lt=contact.pk)
        .select_related("skill", "disposition", "agent__user")
        .order_by("-pk")[:EARLIER]
    )
    return [
        {
            "id": one.pk,
            "at": one.created_at.isoformat(),
            "skill": one.skill.name,
            "agent": str(one.agent) if one.agent else "",
            "disposition": one.disposition.name if one.disposition else "",
        }
        for one in earlier
    ]


def _address_of(contact: Contact) -> str:
    """The skill's own address, for this contact: an administrator wrote it, so it needs no list."""
    variables: dict[str, str | int | float | bool | None] = {
        "customer": contact.customer.address,
        "name": contact.customer.name,
        "number": contact.transport_code.transport_code,
        "skill": contact.skill.name,
        "contact": contact.pk,
    }
    try:
        return filled_address(contact.skill.screen_pop_url, variables)
    except TemplateError:
        return ""
