"""The Celery application. Its messages are hints: every task's work is a row that the sweeper also finds."""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import worker_before_create_process

from acdconfig.memory import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acdconfig.settings")

app = Celery("acdconfig")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_before_create_process.connect
def _settle(**_signal: object) -> None:
    """Before the fork, so that the processes share the memory of what is loaded."""
    settle()
