"""The Celery application. Its messages are hints: every task's work is a row that the sweeper also finds."""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import worker_process_init

from acdconfig.memory import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acdconfig.settings")

app = Celery("acdconfig")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def _settle(**_signal: object) -> None:
    settle()
