"""Celery tasks of the console. A hint: what is beyond its threshold is in the rows; twice is harmless."""

from __future__ import annotations

from celery import shared_task

from supervisor.services import alerts


@shared_task(queue="bulk", name="supervisor.look_for_trouble")
def look_for_trouble(**_future: object) -> None:
    """Raise and clear alerts."""
    alerts.evaluate_alerts()
