"""Celery tasks of messaging. Each is a hint: the rows say what is to be done; twice is harmless."""

from __future__ import annotations

from celery import shared_task

from messaging.services import inbound, outbox


@shared_task(queue="inbound", name="messaging.process_deliveries")
def process_deliveries(**_future: object) -> None:
    """Process what the providers have delivered, and stay for a moment for what comes."""
    inbound.attend()


@shared_task(queue="outbound", name="messaging.send_due")
def send_due(*, registration_id: int, **_future: object) -> None:
    """Send what one registration may send now."""
    outbox.send_due(registration_id=registration_id)
