"""Celery tasks of the desk. Each is a hint: the rows say what is to be done; twice is harmless."""

from __future__ import annotations

from celery import shared_task

from workspace.services import web_push


@shared_task(queue="bulk", name="workspace.deliver_pushes")
def deliver_pushes(**_future: object) -> None:
    """Notify agents who have no page open."""
    web_push.deliver_due()
