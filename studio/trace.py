"""The way of a real contact through the version it ran, to be drawn on the canvas."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from contacts.models import Contact, Message, ScriptRun, TraceStep
from core.permissions import Verb, allows
from organizations.models import User
from organizations.selectors import objects_within_reach
from scripts.interpreter.actions.askcaller import RESPONDED
from scripts.interpreter.failures import Failure, explain
from scripts.interpreter.graph import Graph
from scripts.interpreter.reading import parse
from scripts.interpreter.registry import REGISTRY
from scripts.interpreter.run import CorruptRun, Run, TraceRow
from scripts.interpreter.trial import step_as_json

MOST_STEPS: Final = 2_000
WRITING: Final = frozenset({"ASKCALLER", "ENDTEXT", "SENDTEXT"})
"""Actions that send the customer a text."""


def runs_within_reach(user: User) -> QuerySet[ScriptRun]:
    """The runs of contacts that the user reaches, with what the page of a trace needs."""
    rows = ScriptRun.objects.select_related("version__script__business_unit", "contact")
    return objects_within_reach(rows, user, "contact__business_unit")


def may_read_texts(user: User) -> bool:
    return allows(user, Message, Verb.VIEW)


def trace_of(run: ScriptRun, user: User) -> dict[str, Any]:
    """Every step with its time, values and branch, and the texts between them for who may read them."""
    with_texts = may_read_texts(user)
    steps = list(TraceStep.objects.filter(contact_id=run.contact_id).order_by("position")[: MOST_STEPS + 1])
    parsed = parse(run.version.definition).graph
    entries = (
        [] if parsed is None else [_step(parsed, step, with_texts=with_texts) for step in steps[:MOST_STEPS]]
    )
    texts = _texts(run.contact) if with_texts else []
    entries = _told(entries, texts)
    return {
        "contact": run.contact_id,
        "address": _life(run.contact_id),
        "entries": entries,
        "standing": _standing(run),
        "failure": _failure(run),
        "with_texts": with_texts,
        "is_cut": len(steps) > MOST_STEPS,
    }


def _told(steps: list[dict[str, Any]], texts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By time. At one moment a customer's text comes before the steps that it leads to, a text to him after
    the step that wrote it."""
    told: list[dict[str, Any]] = []
    ours = deque(text for text in texts if text["kind"] == "text_out")
    theirs = deque(text for text in texts if text["kind"] == "text_in")
    for step in steps:
        while theirs and theirs[0]["at"] <= step["at"]:
            told.append(theirs.popleft())
        told.append(step)
        writes = step["type"] in WRITING and step["branch"] != RESPONDED
        if writes and ours and ours[0]["at"] == step["at"]:
            told.append(ours.popleft())
    # What agents wrote, and what came after the last step; the sort keeps the order of equal moments.
    return sorted([*told, *ours, *theirs], key=lambda entry: entry["at"])


def _step(graph: Graph, step: TraceStep, *, with_texts: bool) -> dict[str, Any]:
    action = REGISTRY.get(step.action_type)
    is_hidden = not with_texts and (action is None or action.keeps_words)
    row = TraceRow(
        position=step.position,
        action_id=step.action_id,
        action_type=step.action_type,
        label=step.label,
        branch=step.branch,
        at=step.at,
        # Masked when it was stored; words of the customer are for who may read them.
        values=step.values,
        sensitive=frozenset(step.values) if is_hidden else frozenset(),
    )
    return {"kind": "step", "at": step.at.isoformat(), **step_as_json(graph, row)}


def _texts(contact: Contact) -> list[dict[str, Any]]:
    rows = Message.objects.filter(contact=contact).order_by("position")[:MOST_STEPS]
    return [
        {
            "kind": "text_in" if message.direction == Message.Direction.INBOUND else "text_out",
            "at": message.created_at.isoformat(),
            "text": message.text,
        }
        for message in rows
    ]


def _standing(run: ScriptRun) -> str:
    label = str(ScriptRun.Status(run.status).label)
    return _("Script: %(script)s. Contact: %(contact)s.") % {
        "script": label,
        "contact": run.contact.get_state_display(),
    }


def _failure(run: ScriptRun) -> str | None:
    """Why it failed: with its gaps where the state of the run still has them."""
    if not run.failure:
        return None
    try:
        failure = Run.from_json(run.state).failure
    except CorruptRun:
        failure = None
    return str(explain(failure or Failure(code=run.failure)))


def _life(contact_id: int) -> str | None:
    """The page of the reports, a room above this one that may be left out."""
    try:
        return reverse("report-contact", args=[contact_id])
    except NoReverseMatch:
        return None
