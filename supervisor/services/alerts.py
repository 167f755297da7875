"""Raises and clears alerts: what is beyond its threshold, by one look every few seconds of whoever leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from core import events, sql
from core.clock import database_now
from organizations.models import BusinessUnit
from supervisor import selectors
from supervisor.facts import AlertCleared, AlertRaised
from supervisor.models import Alert, UnitThresholds

KEPT = timedelta(days=30)
LEAST_COUNTED = 5
"""A service level of fewer contacts says nothing yet."""

BACK_PERCENT = 90
"""An alert about seconds, contacts or failures ends below so much of its threshold: it must not flicker."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is beyond its threshold now, or so near that an alert about it goes on."""

    kind: Alert.Kind
    subject_id: int
    subject: str
    value: float
    threshold: float
    is_beyond: bool


def evaluate_alerts() -> int:
    """Look at every business unit that is active; return how many alerts were raised or cleared.

    Of those that are not any more nothing is expected: their alerts are over.
    """
    changed = sum(_evaluate(unit) for unit in BusinessUnit.objects.filter(is_active=True).order_by("id"))
    left = Alert.objects.filter(business_unit__is_active=False, cleared_at=None).order_by("id")
    return changed + sum(_clear(alert) for alert in left)


def _evaluate(unit: BusinessUnit) -> int:
    troubles = list(troubles_of(unit, database_now()))
    found = {(one.kind.value, one.subject_id) for one in troubles}
    cleared = 0
    for alert in Alert.objects.filter(business_unit=unit, cleared_at=None).order_by("id"):
        if (alert.kind, alert.subject_id) not in found:
            cleared += _clear(alert)
    raised = sum(_raise(unit, one) for one in troubles if one.is_beyond)
    return raised + cleared


@transaction.atomic
def _raise(unit: BusinessUnit, trouble: Trouble) -> bool:
    row = sql.row(
        "INSERT INTO supervisor_alert (business_unit_id, kind, subject_id, subject, value, threshold) "
        "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id",
        [
            unit.pk,
            trouble.kind.value,
            trouble.subject_id,
            trouble.subject[:150],
            trouble.value,
            trouble.threshold,
        ],
    )
    if row is None:
        return False
    events.publish(AlertRaised(alert_id=row[0], business_unit_id=unit.pk))
    return True


@transaction.atomic
def _clear(alert: Alert) -> bool:
    cleared = Alert.objects.filter(pk=alert.pk, cleared_at=None).update(cleared_at=database_now())
    if cleared:
        events.publish(AlertCleared(alert_id=alert.pk, business_unit_id=alert.business_unit_id))
    return bool(cleared)


def troubles_of(unit: BusinessUnit, now: datetime) -> Iterator[Trouble]:
    """What is beyond a threshold, or was and is not far enough from it yet."""
    yield from _skills(unit, now)
    limits = UnitThresholds.objects.filter(business_unit=unit).first() or UnitThresholds(business_unit=unit)
    since = now - timedelta(minutes=limits.missed_minutes)
    for agent_id, name, number in selectors.missed_of(unit.pk, since):
        yield Trouble(
            Alert.Kind.MISSED_OFFERS,
            agent_id,
            name,
            number,
            limits.missed_offers,
            number >= limits.missed_offers,
        )
    for pk, name, tried, failed in selectors.failures_of(unit.pk, now):
        percent = 100 * failed / tried
        if failed >= selectors.PROVIDER_LEAST:
            trouble = _upper(Alert.Kind.PROVIDER_FAILING, pk, name, percent, limits.failed_percent)
            if trouble is not None:
                yield trouble


def _skills(unit: BusinessUnit, now: datetime) -> Iterator[Trouble]:
    queues = selectors.queues_of(unit.pk)
    today = selectors.today_of(unit, now)
    begun = selectors.oldest_offered_of(unit.pk)
    for skill in selectors.skills_of(unit.pk):
        pk, name = skill["id"], skill["name"]
        queue, level = queues.get(pk), today.get(pk)
        waits = [at for at in (queue.oldest_at if queue else None, begun.get(pk)) if at is not None]
        candidates = [
            _upper(Alert.Kind.OLDEST_WAIT, pk, name, (now - min(waits)).total_seconds(), skill["wait_limit"])
            if waits
            else None,
            _upper(Alert.Kind.WAITING, pk, name, queue.waiting, skill["waiting_limit"])
            if queue and skill["waiting_limit"]
            else None,
        ]
        yield from (one for one in candidates if one is not None)
        if level is not None and level.percent is not None:
            counted = level.answered + level.abandoned
            if counted >= LEAST_COUNTED and level.percent < skill["level_limit"]:
                yield Trouble(
                    Alert.Kind.SERVICE_LEVEL, pk, name, level.percent, skill["level_limit"], is_beyond=True
                )


def _upper(kind: Alert.Kind, pk: int, name: str, value: float, limit: float) -> Trouble | None:
    """A value that must not reach a limit; None when it is well below."""
    if value * 100 < limit * BACK_PERCENT:
        return None
    return Trouble(kind, pk, name, value, limit, value >= limit)


def remove_old_alerts() -> int:
    """Forget alerts that were over long ago."""
    deleted, _by_model = Alert.objects.filter(cleared_at__lt=database_now() - KEPT).delete()
    return deleted
