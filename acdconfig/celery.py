"""The Celery application. Its messages are hints: every task's work is a row that the sweeper also finds."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acdconfig.settings")

app = Celery("acdconfig")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
