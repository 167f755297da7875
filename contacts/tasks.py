"""Celery tasks of contacts. Each is a hint: the rows say what is to be done; twice is harmless."""

from __future__ import annotations

from celery import shared_task

from contacts import api_calls


@shared_task(queue="bulk", name="contacts.make_calls")
def make_calls(**_future: object) -> None:
    """Make the calls of scripts to other systems."""
    api_calls.make_calls()
