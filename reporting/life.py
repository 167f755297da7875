"""One contact from its first text to its close, on one line of time: texts, queues, offers, its script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.models import Agent
from contacts.models import Contact, ContactEvent, Message, TraceStep
from dispositions.models import Disposition, Tag
from reporting.tables import DASH, duration
from routing.models import Decision
from scripts.specification import branch_label
from skills.models import Skill

MOST_ENTRIES = 2_000
"""Of each kind; a contact with more shows its beginning."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A point on the line. `look` is its shape: text-in, text-out, queue, agent, script, end."""

    at: datetime
    look: str
    title: str
    detail: str = ""
    text: str | None = None
    since: str = ""
    """The time since the entry before, if it is worth saying."""


@dataclass(frozen=True, slots=True)
class Names:
    """Of what the log refers to by id."""

    skills: Mapping[int, str]
    agents: Mapping[int, str]
    dispositions: Mapping[int, str]
    tags: Mapping[int, str]

    @classmethod
    def of(cls, contact: Contact, agent_ids: set[int]) -> Names:
        unit = contact.business_unit_id
        people = Agent.objects.filter(pk__in=agent_ids).select_related("user")
        return cls(
            skills=dict(Skill.objects.filter(business_unit=unit).values_list("pk", "name")),
            agents={agent.pk: str(agent) for agent in people},
            dispositions=dict(Disposition.objects.filter(business_unit=unit).values_list("pk", "name")),
            tags=dict(Tag.objects.filter(business_unit=unit).values_list("pk", "name")),
        )


def entries(contact: Contact, *, with_texts: bool) -> list[Entry]:
    """In the order of time. Without the permission to read texts their words are left out."""
    events = list(
        ContactEvent.objects.filter(contact=contact).select_related("by").order_by("id")[:MOST_ENTRIES]
    )
    messages = {
        message.pk: message
        for message in Message.objects.filter(contact=contact)
        .select_related("author")
        .order_by("position")[:MOST_ENTRIES]
    }
    agents = {event.agent_id for event in events} | {event.data.get("target_agent") for event in events}
    names = Names.of(contact, {agent for agent in agents if agent is not None})
    found = [_entry(event, messages, names, with_texts=with_texts) for event in events]
    told = [(entry.at, entry) for entry in found if entry is not None]
    # A script's clock stands still from before its contact is written down.
    begun = next((event.at for event in events if event.kind == "message_received"), contact.created_at)
    told += [(max(step.at, begun), step) for step in _script(contact)]
    told.sort(key=itemgetter(0))
    return list(_with_gaps(entry for _when, entry in told))


def _with_gaps(ordered: Iterable[Entry]) -> Iterator[Entry]:
    before: datetime | None = None
    for entry in ordered:
        gap = 0.0 if before is None else (entry.at - before).total_seconds()
        yield Entry(
            entry.at,
            entry.look,
            entry.title,
            entry.detail,
            entry.text,
            since=_("%(time)s later") % {"time": duration(round(gap))} if gap >= 1 else "",
        )
        before = entry.at


def _entry(
    event: ContactEvent, messages: Mapping[int, Message], names: Names, *, with_texts: bool
) -> Entry | None:
    if event.kind in ("message_received", "message_written"):
        return _text(event, messages, with_texts=with_texts)
    if event.kind == "message_status":
        return None
    teller = TOLD.get(event.kind)
    if teller is None:
        # Written by a part of the product that is newer than this page.
        return Entry(event.at, "script", event.kind.replace("_", " ").capitalize())
    look, tell = teller
    title, detail = tell(event, names)
    return Entry(event.at, look, title, detail)


def _text(event: ContactEvent, messages: Mapping[int, Message], *, with_texts: bool) -> Entry | None:
    message = messages.get(event.data.get("message", 0))
    if message is None:
        return None
    if message.direction == Message.Direction.INBOUND:
        look, title, detail = "text-in", _("The customer wrote"), ""
    else:
        look = "text-out"
        author = message.author
        title = (
            _("%(name)s wrote") % {"name": author.get_full_name() or author.username}
            if author
            else _("The script wrote")
        )
        detail = str(Message.Status(message.status).label)
        if message.status_reason and message.status == Message.Status.FAILED:
            detail = f"{detail} · {message.status_reason}"
    return Entry(event.at, look, title, detail, message.text if with_texts else None)


Tell = Callable[[ContactEvent, Names], tuple[str, str]]


def _agent(event: ContactEvent, names: Names) -> str:
    return names.agents.get(event.agent_id or 0, DASH)


def _said(sentence: Any, *, reasoned: bool = False) -> Tell:
    def tell(event: ContactEvent, names: Names) -> tuple[str, str]:
        title = str(sentence) % {"agent": _agent(event, names)}
        reason = str(event.data.get("reason", "")) if reasoned else ""
        return title, str(REASONS.get(reason, reason.replace("_", " ")))

    return tell


def _queued(event: ContactEvent, names: Names) -> tuple[str, str]:
    skill = names.skills.get(event.data.get("skill", 0), DASH)
    target = names.agents.get(event.data.get("target_agent") or 0)
    detail = _("For %(agent)s alone") % {"agent": target} if target else ""
    return _("Entered the queue of %(skill)s") % {"skill": skill}, detail


def _transferred(event: ContactEvent, names: Names) -> tuple[str, str]:
    target = names.agents.get(event.data.get("target_agent") or 0)
    to = target or names.skills.get(event.data.get("skill", 0), DASH)
    return _("%(agent)s transferred it to %(to)s") % {"agent": _agent(event, names), "to": to}, ""


def _noted(event: ContactEvent, names: Names) -> tuple[str, str]:
    author = event.by.get_full_name() or event.by.username if event.by else DASH
    return _("%(name)s wrote a note for colleagues") % {"name": author}, ""


def _consulted(event: ContactEvent, names: Names) -> tuple[str, str]:
    colleague = names.agents.get(event.data.get("target_agent") or 0, DASH)
    sentence = _("%(agent)s asked %(colleague)s for advice")
    return sentence % {"agent": _agent(event, names), "colleague": colleague}, ""


def _outcome(event: ContactEvent, names: Names) -> tuple[str, str]:
    disposition = names.dispositions.get(event.data.get("disposition") or 0, _("None"))
    tags = ", ".join(names.tags.get(tag, DASH) for tag in event.data.get("tags", ()))
    if event.data.get("is_default"):
        tags = _("The default, as the time was over")
    return _("Disposition: %(name)s") % {"name": disposition}, tags


def _tagged(event: ContactEvent, names: Names) -> tuple[str, str]:
    return _("Tag: %(name)s") % {"name": names.tags.get(event.data.get("tag") or 0, DASH)}, ""


REASONS = {
    "refused_by_agent": gettext_lazy("The agent refused"),
    "refusal_timeout": gettext_lazy("The refusal timeout was reached"),
    "agent_unavailable": gettext_lazy("The agent became unavailable"),
    "agent_vanished": gettext_lazy("The agent's connection was lost"),
    "agent_inactive": gettext_lazy("The agent was deactivated"),
    "script_ended": gettext_lazy("The script ended it"),
    "keyword": gettext_lazy("A keyword such as STOP"),
}

TOLD: Mapping[str, tuple[str, Tell]] = {
    "opened": ("queue", _said(gettext_lazy("The contact began"))),
    "message_completed": ("text-in", _said(gettext_lazy("A late part of a long text came"))),
    "queued": ("queue", _queued),
    "offered": ("agent", _said(gettext_lazy("Offered to %(agent)s"))),
    "accepted": ("agent", _said(gettext_lazy("%(agent)s accepted"))),
    "offer_refused": ("agent", _said(gettext_lazy("%(agent)s refused"))),
    "offer_expired": ("agent", _said(gettext_lazy("%(agent)s let the offer expire"))),
    "offer_withdrawn": ("agent", _said(gettext_lazy("The offer to %(agent)s was taken back"), reasoned=True)),
    "started": ("agent", _said(gettext_lazy("%(agent)s started the contact"))),
    "transferred": ("agent", _transferred),
    "taken_over": ("agent", _said(gettext_lazy("%(agent)s took it over"))),
    "moved": ("queue", _said(gettext_lazy("A supervisor moved it in the queue"))),
    "place_changed": ("queue", _said(gettext_lazy("Its place in the queue changed"))),
    "whispered": ("agent", _said(gettext_lazy("A supervisor whispered to %(agent)s"))),
    "note_added": ("agent", _noted),
    "consulted": ("agent", _consulted),
    "snoozed": ("agent", _said(gettext_lazy("%(agent)s put it aside"))),
    "woken": ("agent", _said(gettext_lazy("%(agent)s has it before him again"))),
    "closed_by_supervisor": ("end", _said(gettext_lazy("A supervisor closed the contact"))),
    "requeued": ("queue", _said(gettext_lazy("Back to the queue from %(agent)s"), reasoned=True)),
    "ended": ("agent", _said(gettext_lazy("%(agent)s ended the contact"))),
    "after_contact_work_extended": (
        "agent",
        _said(gettext_lazy("%(agent)s extended the after-contact work")),
    ),
    "closed": ("end", _said(gettext_lazy("The contact was closed"), reasoned=True)),
    "disposition_set": ("agent", _outcome),
    "tag_added": ("script", _tagged),
    "opt_out_stop": ("text-in", _said(gettext_lazy("The customer opted out"))),
    "opt_out_start": ("text-in", _said(gettext_lazy("The customer opted in again"))),
    "screen_pop_shown": ("agent", _said(gettext_lazy("The screen pop was shown"))),
    "screen_pop_answered": ("agent", _said(gettext_lazy("%(agent)s filled in the screen pop"))),
    "screen_pop_off": ("script", _said(gettext_lazy("The skill shows no screen pops"))),
    "screen_pop_host_refused": ("script", _said(gettext_lazy("The host of the screen pop is not allowed"))),
    "screen_pop_too_many": ("script", _said(gettext_lazy("Too many screen pops: this one was left out"))),
    "update_ignored": (
        "script",
        _said(gettext_lazy("The script changed a contact that did not wait, in vain")),
    ),
    "script_missing": ("script", _said(gettext_lazy("No script is published"))),
    "script_failed": ("script", _said(gettext_lazy("The script failed"))),
    "text_held_back": (
        "script",
        _said(gettext_lazy("A text of the script was held back: too many in an hour")),
    ),
    "request_ignored": ("script", _said(gettext_lazy("The script asked for an agent again, in vain"))),
}
"""What is told of each kind of event: its shape on the line, and its words."""


def _script(contact: Contact) -> Iterator[Entry]:
    for step in TraceStep.objects.filter(contact=contact).order_by("position")[:MOST_ENTRIES]:
        title = f"{step.action_type} {step.label}".strip()
        branch = branch_label(step.action_type, step.branch)
        detail = _("went on by %(branch)s") % {"branch": branch} if branch else ""
        yield Entry(step.at, "script", title, detail)


def decisions(contact: Contact) -> list[Decision]:
    """Why each offer was made, newest last."""
    rows = Decision.objects.filter(contact=contact).select_related("offer__agent__user", "offer__skill")
    return list(rows.order_by("at", "offer_id")[:MOST_ENTRIES])
