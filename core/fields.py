"""Columns of our own kinds: text that is encrypted at rest, the transaction that wrote a row."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import Func
from django.db.models.functions import Cast


@lru_cache(maxsize=4)
def _cipher(keys: str) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])
    except ValueError as error:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEY must be one or more keys, each 32 random bytes in URL-safe base64, "
            "separated by commas"
        ) from error


class EncryptedTextField(models.TextField):
    """Text stored as a Fernet token (AES-128-CBC with HMAC-SHA-256).

    Encrypts with the first key of FIELD_ENCRYPTION_KEY and reads with any of them, so keys rotate by putting
    the new one in front. A value that no key opens raises ImproperlyConfigured: a backup without its key must
    fail loudly.
    """

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if not value:
            return value
        return _cipher(settings.FIELD_ENCRYPTION_KEY).encrypt(value.encode()).decode()

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        if not value:
            return value
        try:
            return _cipher(settings.FIELD_ENCRYPTION_KEY).decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise ImproperlyConfigured(
                f"{self.model.__name__}.{self.name} cannot be read with FIELD_ENCRYPTION_KEY: "
                "put back the key it was written with"
            ) from error


class TransactionField(models.BigIntegerField):
    """Which transaction wrote the row, filled in by the database; null in rows older than the column.

    Keys are given in the order of writing and become visible in the order of committing. What is lower than
    `pg_snapshot_xmin(pg_current_snapshot())` in this column is there for good, so that whoever reads up to
    that number and remembers it misses nothing.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        number = Func(function="pg_current_xact_id", output_field=models.TextField())
        as_text = Cast(number, models.TextField())
        kwargs |= {"null": True, "editable": False, "db_default": Cast(as_text, models.BigIntegerField())}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for own in ("null", "editable", "db_default"):
            kwargs.pop(own, None)
        return name, path, args, kwargs
