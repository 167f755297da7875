"""Celery tasks of the reports. Each is a hint: the rows say what is to be done; twice is harmless."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction

from core.failures import describe
from reporting.services import planning, roll_up, sending

SECONDS_AT_ONCE = 20.0
"""A task may take a minute."""


@shared_task(queue="bulk", name="reporting.roll_up")
def roll_up_figures(**_future: object) -> None:
    """Bring the figures up to date."""
    roll_up.catch_up(seconds=SECONDS_AT_ONCE)


@shared_task(queue="bulk", name="reporting.send_due")
def send_due_reports(**_future: object) -> None:
    """Send the saved reports that are due."""
    sending.send_due()


@shared_task(queue="bulk", name="reporting.work_out_plan")
def work_out_plan(**_future: object) -> None:
    """Work out one plan that waits; the next has a task of its own."""
    planning.work_out_next()


def send_for_plans() -> None:
    """Have the plans worked out that wait. A hint only: the sweeper sends again."""

    def send() -> None:
        try:
            work_out_plan.apply_async(retry=False, expires=60)
        except (OSError, work_out_plan.OperationalError) as error:
            planning.logger.warning("plan_waits", extra={"failure": describe(error)})

    transaction.on_commit(send)
