"""What provisioning itself keeps: files between their preview and their application."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Upload(models.Model):
    """A file that somebody looks at before it is applied, with what it would do. Kept for an hour."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    section = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    changed_rows_only = models.BooleanField(default=False)
    preview = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            # Those that are over.
            models.Index(fields=["created_at"], name="upload_age")
        ]

    def __str__(self) -> str:
        return self.name
