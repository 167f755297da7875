"""Runs the scripts of contacts: from BEGIN, on at an event, on after a wait."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Now

from agents.models import Agent
from contacts.models import Contact, ScriptRun, TraceStep
from contacts.script_effects import (
    ContactCatalogue,
    apply_effect,
    close_without_agent,
    graph_of_version,
    queue,
)
from contacts.services import record_event
from core import shards, sql
from core.clock import database_now
from core.failures import describe
from points_of_contact.selectors import Listener
from scripts.interpreter.engine import advance
from scripts.interpreter.events import (
    ApiAnswered,
    DeadlineReached,
    Event,
    Fired,
    MessageReceived,
    QueueTimedOut,
    Started,
)
from scripts.interpreter.graph import Graph
from scripts.interpreter.limits import LONGEST_TEXT
from scripts.interpreter.run import Run, RunStatus, Step, TraceRow
from skills.models import Skill

logger = logging.getLogger(__name__)

MOST_KEPT = 20
"""Of what comes for a script while its contact is before an agent; more is only in the conversation."""

POSTPONED = timedelta(seconds=60)
"""After a failure that is none of the script's, as of the database."""

MOST_FAILURES = 5
"""In a row; then the script counts as failed, and its contact goes to the queue."""


class UnreadableDefinition(Exception):
    """The version that a contact runs cannot be read any more."""


def start_script(*, contact: Contact, listener: Listener, text: str, number: str, now: datetime) -> None:
    """Run the published script of the contact's point of contact from BEGIN.

    `text` is what the customer wrote, `number` the transport code he wrote to. A contact whose script cannot
    bring it into a queue goes to the skill of its point of contact: a fault in a script must not lose a
    customer. The caller has made or locked the contact.
    """
    if listener.version_id is None:
        record_event(contact_id=contact.pk, kind="script_missing")
        queue(contact, listener.skill, now)
        return
    graph = graph_of_version(listener.version_id)
    if graph is None:
        _begin(contact, listener.version_id, Run(status=RunStatus.FAILED))
        _fail(contact, listener.version_id, "unreadable_definition", listener.skill, now)
        return
    started = Started(
        default_skill=listener.skill.name,
        variables={
            "text": text[:LONGEST_TEXT],
            "customer": contact.customer.address,
            "number": number,
            "skill": listener.skill.name,
        },
    )
    catalogue = ContactCatalogue(contact.business_unit_id, listener.skill)
    step = advance(Run(), graph, event=started, now=now, catalogue=catalogue)
    _begin(contact, listener.version_id, step.run, step.trace)
    _carry_out(contact, listener.version_id, step, catalogue, now)


@transaction.atomic(savepoint=False)
def fire_event(
    *,
    contact_id: int,
    type_: str,
    agent_id: int,
    once: bool = False,
    stops: bool = True,
    **variables: str,
) -> None:
    """An agent did something with a contact, as ONANSWER: what runs ends, and the script goes on there.

    What runs ends also if the script has no such event, as it was meant for a contact that waits; unless
    `stops` is false, when the contact waits on. `once`: not again if the event was in the script before. The
    caller has locked the contact.
    """
    found = sql.found(ScriptRun, "SELECT * FROM contacts_scriptrun WHERE contact_id = %s", [contact_id])
    if found is None:
        return
    script_run, _row = found
    if script_run.status == ScriptRun.Status.FAILED:
        return
    graph = graph_of_version(script_run.version_id)
    if graph is None:
        return
    if type_ in graph.events:
        if once and TraceStep.objects.filter(contact_id=contact_id, action_type=type_).exists():
            return
        contact = _contacts().get(pk=contact_id)
        username = Agent.objects.values_list("user__username", flat=True).get(pk=agent_id)
        event = Fired(type=type_, variables={"agent": username, "skill": contact.skill.name, **variables})
        if stops:
            script_run.state["queue_until"] = None
        _go_on(contact, script_run, graph, event, database_now())
    elif stops and _waits(script_run):
        _save(script_run, Run.from_json(script_run.state).stopped())


def hears(*, contact_id: int, type_: str) -> bool:
    """Whether the script of the contact has this event, and has not failed."""
    found = sql.row(
        "SELECT version_id FROM contacts_scriptrun WHERE contact_id = %s AND status <> 'failed'", [contact_id]
    )
    graph = None if found is None else graph_of_version(found[0])
    return graph is not None and type_ in graph.events


def _waits(script_run: ScriptRun) -> bool:
    """A run that has ended may still have a deadline in the queue."""
    return script_run.status == ScriptRun.Status.WAITING or script_run.queue_until is not None


def stop_script(*, contact_id: int) -> None:
    """Somebody else decides on the contact: what its script waits for, in the queue too, does not matter.

    The caller has locked the contact.
    """
    script_run = ScriptRun.objects.filter(contact_id=contact_id).first()
    if script_run is not None and _waits(script_run):
        _save(script_run, Run.from_json(script_run.state).stopped())


@transaction.atomic(savepoint=False)
def receive_message(*, contact: Contact, text: str, now: datetime) -> None:
    """The customer wrote again: a script that waits for that goes on. The caller has locked the contact.

    While the contact is before an agent the text is kept for the script (see `take_kept`), behind what is
    kept already.
    """
    script_run = ScriptRun.objects.filter(
        contact=contact, status=ScriptRun.Status.WAITING, waits_for_message=True
    ).first()
    graph = None if script_run is None else graph_of_version(script_run.version_id)
    if script_run is not None and graph is not None:
        full = _contacts().get(pk=contact.pk)
        event = MessageReceived(text=text[:LONGEST_TEXT])
        if full.state == Contact.State.OFFERED or script_run.kept:
            _keep(script_run, event)
        else:
            _go_on(full, script_run, graph, event, now)


@transaction.atomic
def take_answer(*, contact_id: int, answer: ApiAnswered) -> bool:
    """Another system answered a call of the contact's script; False if it does not wait for that any more.

    While the contact is before an agent the answer is kept for the script (see `take_kept`), behind what is
    kept already.
    """
    contact = _contacts().select_for_update(of=("self",), no_key=True).filter(pk=contact_id).first()
    script_run = ScriptRun.objects.filter(contact_id=contact_id, status=ScriptRun.Status.WAITING).first()
    graph = None if script_run is None else graph_of_version(script_run.version_id)
    if contact is None or script_run is None or graph is None:
        return False
    if contact.state != Contact.State.OFFERED and not script_run.kept:
        return _go_on(contact, script_run, graph, answer, database_now())
    if Run.from_json(script_run.state).waits_for_call != answer.number:
        return False
    # jsonb refuses NUL, and JSON has no use for it.
    _keep(script_run, replace(answer, body=answer.body.replace("\x00", "")))
    return True


def _keep(script_run: ScriptRun, event: MessageReceived | ApiAnswered) -> None:
    script_run.kept = [*(script_run.kept or []), asdict(event)][:MOST_KEPT]
    script_run.save(update_fields=["kept"])


def take_kept(*, contact_id: int) -> None:
    """Give the script what came while its contact was before an agent, who did not take it.

    Nothing happens while the contact is before an agent again. What an agent's answer or a refusal has ended
    does not wait for it any more: it is forgotten. After a failure that is none of the script's it stays, to
    be tried again (see `_postpone`).
    """
    try:
        while sql.row(_HAS_KEPT, [contact_id]) is not None and _take_first(contact_id):
            pass
    except OperationalError as error:
        # A deadlock or a lost connection passes: `resume_due` gives it to the script then.
        logger.warning("script_kept_postponed", extra={"contact_id": contact_id, "failure": describe(error)})
    except Exception as error:  # noqa: BLE001 - one script holds up neither the others nor the sweeper
        logger.error("script_kept_failed", extra={"contact_id": contact_id, "failure": describe(error)})
        _postpone(contact_id)


# What `_with_kept` says, in a tenth of the time: it is asked of each offer that was not taken.
_HAS_KEPT = """
SELECT FROM contacts_scriptrun
 WHERE contact_id = %s AND kept IS NOT NULL AND status = 'waiting'
   AND (kept_after > statement_timestamp()) IS NOT TRUE
"""


@transaction.atomic
def _take_first(contact_id: int) -> bool:
    """Whether there was something. One at a time: after each an agent may be asked."""
    contact = _not_offered(contact_id)
    script_run = None if contact is None else _with_kept().filter(contact_id=contact_id).first()
    if contact is None or script_run is None or not script_run.kept:
        return False
    first, *rest = script_run.kept
    event = MessageReceived(**first) if "text" in first else ApiAnswered(**first)
    graph = _graph(script_run)
    if not _go_on(contact, script_run, graph, event, database_now(), kept=rest):
        _save(script_run, Run.from_json(script_run.state), kept=rest)
    return True


def _with_kept() -> QuerySet[ScriptRun]:
    """The runs that something is kept for which may be tried now."""
    runs = ScriptRun.objects.filter(kept__isnull=False, status=ScriptRun.Status.WAITING)
    return runs.exclude(kept_after__gt=Now())


def _graph(script_run: ScriptRun) -> Graph:
    graph = graph_of_version(script_run.version_id)
    if graph is None:
        raise UnreadableDefinition(script_run.version_id)
    return graph


def resume_due(*, limit: int = 200) -> int:
    """Go on with scripts whose wait is over; return with how many.

    What was kept comes first: it came before the time was over, or while nothing could be done about that; as
    long as it cannot be taken, the time does not count. A contact that is before an agent at this moment
    stays out: whether he takes it decides how it goes on.
    """
    kept = _with_kept().exclude(contact__state=Contact.State.OFFERED)
    for contact_id in list(_ours(kept).order_by("contact_id").values_list("contact_id", flat=True)[:limit]):
        take_kept(contact_id=contact_id)
    due = (
        _ours(
            ScriptRun.objects.filter(
                status=ScriptRun.Status.WAITING, resume_at__lte=database_now(), kept__isnull=True
            )
        )
        .exclude(contact__state=Contact.State.OFFERED)
        .order_by("resume_at", "id")
        .values_list("contact_id", flat=True)[:limit]
    )
    return sum(_resume_safely(contact_id) for contact_id in list(due))


def time_out_waits(*, limit: int = 200) -> int:
    """Go on with scripts whose contact has waited too long in its queue; return with how many.

    As in `resume_due` what is kept comes first, and a contact that is before an agent stays out.
    """
    due = (
        _ours(ScriptRun.objects.filter(queue_until__lte=database_now(), kept__isnull=True))
        .exclude(contact__state=Contact.State.OFFERED)
        .order_by("queue_until", "id")
        .values_list("contact_id", flat=True)[:limit]
    )
    return sum(_resume_safely(contact_id, QueueTimedOut()) for contact_id in list(due))


def _ours(runs: QuerySet[ScriptRun]) -> QuerySet[ScriptRun]:
    return shards.only_ours(runs, "contact__business_unit_id")


def _resume_safely(contact_id: int, event: DeadlineReached | QueueTimedOut | None = None) -> bool:
    try:
        return _resume(contact_id, event or DeadlineReached())
    except OperationalError as error:
        # A deadlock passes: it is due again at the next sweep. A lost connection shows itself there.
        logger.warning("script_resume_repeated", extra={"contact_id": contact_id, "failure": describe(error)})
        return False
    except Exception as error:  # noqa: BLE001 - one script holds up neither the others nor the sweeper
        logger.error("script_resume_failed", extra={"contact_id": contact_id, "failure": describe(error)})
        _postpone(contact_id)
        return False


def _postpone(contact_id: int) -> None:
    """After a failure that is none of the script's: what was due, and what is kept, is tried again later.

    After `MOST_FAILURES` in a row the script has failed: its contact goes to the queue and is not lost. What
    is kept stays with the run, for who looks into the failure.
    """
    later = database_now() + POSTPONED
    runs = ScriptRun.objects.filter(contact_id=contact_id)
    runs.update(
        failures=F("failures") + 1,
        kept_after=later,
        resume_at=Case(When(resume_at__lt=later, then=Value(later)), default=F("resume_at")),
        queue_until=Case(When(queue_until__lt=later, then=Value(later)), default=F("queue_until")),
    )
    if runs.filter(failures__gte=MOST_FAILURES).exists():
        try:
            _give_up(contact_id)
        except Exception as error:  # noqa: BLE001 - it is later already, and tried again then
            logger.error("script_not_given_up", extra={"contact_id": contact_id, "failure": describe(error)})


@transaction.atomic
def _give_up(contact_id: int) -> None:
    contact = _not_offered(contact_id)
    runs = ScriptRun.objects.filter(contact=contact, failures__gte=MOST_FAILURES)
    script_run = None if contact is None else runs.first()
    if contact is None or script_run is None or not _waits(script_run):
        return
    script_run.resume_at = script_run.queue_until = None
    script_run.waits_for_message = False
    script_run.save(update_fields=["resume_at", "queue_until", "waits_for_message"])
    _fail(contact, script_run.version_id, "unforeseen", _default_skill(contact), database_now())


@transaction.atomic
def _resume(contact_id: int, event: DeadlineReached | QueueTimedOut) -> bool:
    contact = _not_offered(contact_id)
    if contact is None:
        return False
    now = database_now()
    runs = ScriptRun.objects.filter(contact=contact)
    if isinstance(event, QueueTimedOut):
        script_run = runs.filter(queue_until__lte=now).first()
    else:
        script_run = runs.filter(status=ScriptRun.Status.WAITING, resume_at__lte=now).first()
    if script_run is None or script_run.kept:
        return False
    graph = _graph(script_run)
    if isinstance(event, QueueTimedOut) and contact.state != Contact.State.QUEUED:
        # It waits no longer, so it cannot wait too long.
        script_run.state["queue_until"] = None
    elif _go_on(contact, script_run, graph, event, now):
        return True
    # The column does not say what the run says: it would come up again and again.
    _save(script_run, Run.from_json(script_run.state))
    return False


def _not_offered(contact_id: int) -> Contact | None:
    """The contact, locked; None if it is before an agent, or somebody is at it."""
    contacts = _contacts().select_for_update(of=("self",), no_key=True, skip_locked=True)
    return contacts.exclude(state=Contact.State.OFFERED).filter(pk=contact_id).first()


def _contacts() -> QuerySet[Contact]:
    """With what effects need of them."""
    return Contact.objects.select_related("customer", "transport_code", "skill", "point_of_contact__skill")


def _go_on(
    contact: Contact,
    script_run: ScriptRun,
    graph: Graph,
    event: Event,
    now: datetime,
    *,
    kept: Sequence[object] = (),
) -> bool:
    """False: the event did not apply, and nothing was done. `kept`: what is still kept for after it."""
    catalogue = ContactCatalogue(contact.business_unit_id, _default_skill(contact))
    step = advance(Run.from_json(script_run.state), graph, event=event, now=now, catalogue=catalogue)
    if not step.handled:
        return False
    _save(script_run, step.run, kept=kept)
    TraceStep.objects.bulk_create(
        TraceStep(
            contact=contact,
            position=row.position,
            action_id=row.action_id,
            action_type=row.action_type,
            label=row.label,
            branch=row.branch,
            at=row.at,
            values=row.shown_values(),
        )
        for row in step.trace
    )
    _carry_out(contact, script_run.version_id, step, catalogue, now)
    return True


def _default_skill(contact: Contact) -> Skill:
    return contact.point_of_contact.skill if contact.point_of_contact else contact.skill


def _carry_out(
    contact: Contact, version_id: int, step: Step, catalogue: ContactCatalogue, now: datetime
) -> None:
    """What came of an advance: its effects, and what becomes of a contact that the script leaves alone."""
    for effect in step.effects:
        apply_effect(contact, effect, catalogue=catalogue, now=now)
    if step.status is RunStatus.FAILED:
        code = step.failure.code if step.failure else "unknown"
        _fail(contact, version_id, code, catalogue.default_skill, now)
    elif step.status is RunStatus.ENDED and not step.run.agent_requested:
        close_without_agent(contact, now)


_BEGIN = f"""
WITH run AS ({sql.insertion(ScriptRun)} RETURNING id, contact_id), steps AS (
    INSERT INTO contacts_tracestep (contact_id, position, action_id, action_type, label, branch, at, "values")
    SELECT run.contact_id, position, action, type, label, branch, at, "values"
      FROM run, jsonb_to_recordset(%(steps)s)
        AS step(position int, action text, type text, label text, branch text, at timestamptz, "values" jsonb)
)
SELECT id FROM run
"""


def _begin(contact: Contact, version_id: int, run: Run, trace: Sequence[TraceRow] = ()) -> None:
    script_run = ScriptRun(
        contact=contact,
        version_id=version_id,
        status=run.status.value,
        state=run.to_json(),
        resume_at=run.resume_at,
        queue_until=run.queue_until,
        waits_for_message=run.waits_for_message,
        failure=run.failure.code if run.failure else "",
    )
    sql.insert(script_run, _BEGIN, steps=json.dumps([row.as_json() for row in trace]))


def _save(script_run: ScriptRun, run: Run, *, kept: Sequence[object] | None = None) -> None:
    script_run.state = run.to_json()
    script_run.status = run.status.value
    script_run.resume_at = run.resume_at
    script_run.queue_until = run.queue_until
    script_run.waits_for_message = run.waits_for_message
    script_run.failure = run.failure.code if run.failure else ""
    script_run.kept = kept if kept and run.status is RunStatus.WAITING else None
    script_run.kept_after, script_run.failures = None, 0
    script_run.save(
        update_fields=[
            "state",
            "status",
            "resume_at",
            "queue_until",
            "waits_for_message",
            "failure",
            "kept",
            "kept_after",
            "failures",
        ]
    )


def _fail(contact: Contact, version_id: int, code: str, skill: Skill, now: datetime) -> None:
    logger.error(
        "script_failed",
        extra={"contact_id": contact.pk, "version_id": version_id, "failure": code},
    )
    record_event(contact_id=contact.pk, kind="script_failed", version=version_id, failure=code)
    ScriptRun.objects.filter(contact=contact).update(status=ScriptRun.Status.FAILED, failure=code)
    waits = Contact.objects.filter(pk=contact.pk, state=Contact.State.PRE_QUEUE).exists()
    if waits:
        queue(contact, skill, now)
