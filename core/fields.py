"""A text column that is encrypted at rest."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


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
