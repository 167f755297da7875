"""What every stored object shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _


class TimeStamped(models.Model):
    """Knows when it was made and last changed, by the database's clock."""

    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        abstract = True


class Numbered(models.Model):
    """Has no name, and what could serve as one is personal: it is called by its kind and its number."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title_of(self.pk)

    @classmethod
    def title_of(cls, number: object) -> str:
        """As a title has it, in the language of whoever reads it: Contact 5, Client 5."""
        return f"{capfirst(str(cls._meta.verbose_name))} {number}"


class Configurable(TimeStamped):
    """A named object that admins configure. It is deactivated rather than deleted while in use."""

    name = models.CharField(_("name"), max_length=100)
    is_active = models.BooleanField(_("active"), default=True)

    constraint_fields: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """By the name of a constraint, the inputs that it is about: the first blank one carries the message."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class IdempotentRequest(models.Model):
    """A POST with an Idempotency-Key and the answer it got, kept for 24 hours. May hold personal data."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, db_index=False, on_delete=models.CASCADE, related_name="+"
    )
    key = models.CharField(max_length=200)
    path = models.CharField(max_length=500)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # Of concurrent repeats one inserts; the others wait for its commit here.
            models.UniqueConstraint(fields=["user", "key", "path"], name="idempotent_request_unique")
        ]
        indexes = [
            # Those that are over.
            models.Index(fields=["created_at"], name="idempotent_request_age")
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"
