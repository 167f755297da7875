"""Celery tasks of the console. Each is a hint: the rows say what is to be done; twice is harmless."""

from __future__ import annotations

from celery import shared_task

from supervisor.services import webhooks


@shared_task(queue="bulk", name="supervisor.deliver_alerts")
def deliver_alerts(**_future: object) -> None:
    """Tell other systems of alerts."""
    webhooks.deliver_due()
