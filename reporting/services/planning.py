"""Plans: kept under a name, worked out by a task, one after the other."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from core import configuration, sql
from core.clock import database_now
from core.configuration import rule_broken
from core.errors import DomainError, NotAllowed, RuleBroken
from core.failures import describe
from organizations.models import BusinessUnit, User
from reporting.access import require_plan
from reporting.models import Plan, Report
from reporting.planning import draft as drafts
from reporting.planning import past as pasts
from reporting.planning.draft import Document
from reporting.planning.outcome import TooLong, replayed
from reporting.planning.past import LONGEST_DAYS, Period

logger = logging.getLogger(__name__)

LOST_AFTER = timedelta(seconds=90)
"""Whoever works on a plan and has given no sign of life for so long is gone; another begins again."""
MOST_ATTEMPTS = 3
BUDGET_SECONDS = 45.0
"""For reading and replaying together: a task is killed after CELERY_TASK_TIME_LIMIT, a minute."""
PLANS_LOCK = 0x41434406
"""Whoever has this advisory lock works a plan out."""
READING = 30
"""Percent of the progress that belong to reading the log."""


def create_plan(*, by: User, business_unit: BusinessUnit, name: str, first: date, last: date) -> Plan:
    """Keep a plan for these days, both included; what was is read and replayed by the task.

    Raises NotAllowed, and RuleBroken with the sentences by field.
    """
    require_plan(by)
    now = database_now()
    if first > last:
        raise rule_broken({"last": [_("The last day must not be before the first.")]})
    if (last - first).days >= LONGEST_DAYS:
        raise rule_broken({"last": [_("Choose at most %(days)s days.") % {"days": LONGEST_DAYS}]})
    if Period(business_unit, first, last, now).begin >= now:
        raise rule_broken({"first": [_("Choose days that have begun.")]})
    values = {"business_unit": business_unit, "name": name, "first": first, "last": last}
    return configuration.save(Plan(owner=by, read_at=now), by=by, values=values, part_of=Report)


@transaction.atomic
def change_plan(*, by: User, instance: Plan, given: Mapping[str, str]) -> Plan:
    """Try another draft, as a form says it; it is replayed anew.

    Raises NotAllowed, and RuleBroken with the sentences by field.
    """
    _require_owner(by, instance)
    # As it is now: a worker may have taken it, or be done with it, since it was read.
    plan = Plan.objects.select_for_update(no_key=True).get(pk=instance.pk)
    if plan.base is None:
        raise rule_broken({"name": [_("What was is still being read. Wait until it is.")]})
    draft = drafts.read(given, drafts.complete(plan.base))
    values = {"name": given.get("name", plan.name).strip(), "draft": draft, **_AGAIN}
    return configuration.save(plan, by=by, values=values, part_of=Report)


@transaction.atomic
def run_again(*, by: User, instance: Plan) -> Plan:
    """Work a plan out once more, as after a failure.

    Raises NotAllowed, and RuleBroken while it is worked on.
    """
    _require_owner(by, instance)
    plan = Plan.objects.select_for_update(no_key=True).get(pk=instance.pk)
    if plan.state in (Plan.State.WAITING, Plan.State.RUNNING):
        raise RuleBroken(_("It is being worked out already."), code="is_busy")
    return configuration.save(plan, by=by, values=dict(_AGAIN), part_of=Report)


def rename_plan(*, by: User, instance: Plan, name: str) -> Plan:
    """Give a plan another name; it is not replayed. Raises NotAllowed, RuleBroken."""
    _require_owner(by, instance)
    return configuration.save(instance, by=by, values={"name": name.strip()}, part_of=Report)


def copy_plan(*, by: User, instance: Plan) -> Plan:
    """A plan of his own with the same days and draft. Raises NotAllowed."""
    require_plan(by)
    name = _("Copy of %(name)s") % {"name": instance.name}
    taken = set(Plan.objects.filter(owner=by).values_list("name", flat=True))
    number, free = 2, name[:100]
    while free in taken:
        free = f"{name[:90]} ({number})"
        number += 1
    same = ("business_unit", "first", "last", "base", "draft", "result", "state", "progress", "problem")
    values = {field: getattr(instance, field) for field in same}
    if instance.state == Plan.State.RUNNING:
        values |= _AGAIN
    copied = Plan(owner=by, read_at=instance.read_at)
    return configuration.save(copied, by=by, values={**values, "name": free}, part_of=Report)


def delete_plan(*, by: User, instance: Plan) -> None:
    """Forget a plan of his own. Raises NotAllowed."""
    _require_owner(by, instance)
    instance.delete()


_AGAIN: Mapping[str, Any] = {"state": Plan.State.WAITING, "progress": 0, "attempts": 0, "problem": ""}


def _require_owner(by: User, plan: Plan) -> None:
    require_plan(by)
    if plan.owner_id != by.pk and not by.is_superuser:
        raise NotAllowed(_("Only its owner changes a plan. Make a copy of it."))


# -- Working them out ---------------


def has_waiting() -> bool:
    """Whether a task is worth sending for."""
    return _to_work_out().exists()


def work_out_next() -> bool:
    """Work out the plan that has waited longest; False: none waits, or another process works one out.

    One process at a time, so that plans take no worker from the other tasks. One that is killed leaves its
    plan to the next, three times at most.
    """
    if sql.row("SELECT pg_try_advisory_lock(%s)", [PLANS_LOCK]) != (True,):
        return False
    try:
        return _work_out_one()
    finally:
        sql.execute("SELECT pg_advisory_unlock(%s)", [PLANS_LOCK])


def _work_out_one() -> bool:
    plan = _claim()
    if plan is None:
        return False
    try:
        with translation.override(plan.owner.language):
            _work_out(plan)
    except _Superseded:
        logger.info("plan_superseded", extra={"plan_id": plan.pk})
    except DomainError as error:
        _settle(plan, state=Plan.State.FAILED, problem=str(error.message)[:300])
    except Exception as error:  # noqa: BLE001 - the edge of one plan: its page says that it failed
        logger.error("plan_failed", extra={"plan_id": plan.pk, "failure": describe(error)})
        _settle(plan, state=Plan.State.FAILED, problem=describe(error)[:300])
    return True


class _Superseded(Exception):
    """Its owner asked for something else meanwhile, or deleted it."""


def _to_work_out() -> Any:
    lost = Q(state=Plan.State.RUNNING, beat_at__lt=database_now() - LOST_AFTER)
    return Plan.objects.filter(Q(state=Plan.State.WAITING) | lost)


@transaction.atomic
def _claim() -> Plan | None:
    plan: Plan | None = (
        _to_work_out()
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("owner", "business_unit")
        .order_by("beat_at", "pk")
        .first()
    )
    if plan is None:
        return None
    plan.state, plan.progress, plan.beat_at = Plan.State.RUNNING, 0, database_now()
    plan.attempts += 1
    plan.turn += 1
    if plan.attempts > MOST_ATTEMPTS:
        plan.state = Plan.State.FAILED
        with translation.override(plan.owner.language):
            plan.problem = _(
                "Who worked on it was lost %(times)s times, as happens when it takes too long. Choose fewer "
                "days, or run it again."
            ) % {"times": MOST_ATTEMPTS}
    plan.save(update_fields=["state", "progress", "attempts", "turn", "beat_at", "problem"])
    return plan if plan.state == Plan.State.RUNNING else None


def _work_out(plan: Plan) -> None:
    ends = time.monotonic() + BUDGET_SECONDS
    period = Period(plan.business_unit, plan.first, plan.last, plan.read_at)
    # A plan is about the skills of its first time: documents that it keeps name no others.
    skills = [skill["id"] for skill in plan.base["skills"]] if plan.base is not None else None

    def tell_of_reading(share: float) -> None:
        if time.monotonic() > ends:
            raise TooLong
        _tell(plan, share * READING)

    past = pasts.read(period, tell_of_reading, skills=skills)
    if plan.base is None:
        plan.base = drafts.base_of(
            past, pasts.staff(period, past.skills), period.unit, pasts.usual_absence(period)
        )
    base: Document = drafts.complete(plan.base)
    draft: Document = drafts.complete(plan.draft or base)

    def tell(share: float) -> None:
        _tell(plan, READING + share * (100 - READING))

    result = replayed(past, base, draft, period, tell, ends=ends)
    _settle(plan, state=Plan.State.DONE, base=base, draft=draft, result=result, progress=100, problem="")


def _tell(plan: Plan, percent: float) -> None:
    _settle(plan, progress=min(100, round(percent)), beat_at=database_now())


def _settle(plan: Plan, **values: Any) -> None:
    """Raises _Superseded when it is not the running plan that was claimed any more."""
    mine = Plan.objects.filter(pk=plan.pk, state=Plan.State.RUNNING, turn=plan.turn)
    if not mine.update(**values):
        raise _Superseded
