"""What the bare view stores: one row per text, as plainly as Django can."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class BareText(models.Model):
    """A text, its sender, its id."""

    objects: ClassVar[models.Manager[BareText]] = models.Manager()

    message_id = models.CharField(max_length=64, unique=True)
    sender = models.CharField(max_length=64)
    fields = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.message_id
