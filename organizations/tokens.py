"""Making and checking bearer tokens."""

from __future__ import annotations

import hashlib
import secrets

PREFIX = "acd_"


def new_token() -> str:
    """A fresh token with 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is stored. A plain SHA-256 is enough: 256 random bits cannot be guessed from it."""
    return hashlib.sha256(token.encode()).hexdigest()
