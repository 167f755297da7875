"""Signed webhooks of the Messages API: a JWT in the Authorization header that names the hash of the body.

The token is always HS256 with the account's signature secret, whatever method the account uses elsewhere (the
provider's guide "Webhooks", decoding signed webhooks).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

import jwt
from jwt.algorithms import HMACAlgorithm

from sms_registrations.providers.base import Credentials, Verdict, WebhookRequest


class _SharedSecret(HMACAlgorithm):
    """HS256 with a secret of any length: its length is the provider's choice, not ours to complain about."""

    def check_key_length(self, key: bytes) -> None:
        return None


_verifier = jwt.PyJWS(algorithms=[])
_verifier.register_algorithm("HS256", _SharedSecret(HMACAlgorithm.SHA256))


def read_token(token: str, secret: str) -> dict[str, Any] | None:
    """The claims of a token signed with the secret, or None for any other token. Claims are not judged."""
    if not secret or not token.isascii():
        return None
    try:
        claims = json.loads(_verifier.decode(token, secret.encode(), algorithms=["HS256"]))
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def verify_token(
    request: WebhookRequest, credentials: Credentials, now: datetime, max_age_seconds: int | None
) -> Verdict:
    """Check that the account's secret signed this very body.

    `payload_hash` must be the SHA-256 of the raw body and `api_key` the account's, where the registration
    knows it. With `max_age_seconds`, `iat` must lie within that many seconds of `now`. An `exp` in the
    past is stale.
    """
    scheme, _separator, token = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return Verdict.MISSING
    claims = read_token(token.strip(), credentials.signature_secret)
    if claims is None:
        return Verdict.WRONG
    if not _same(claims.get("payload_hash"), hashlib.sha256(request.body).hexdigest()):
        return Verdict.WRONG
    if credentials.api_key and not _same(claims.get("api_key"), credentials.api_key.lower()):
        return Verdict.WRONG
    return Verdict.OK if _is_current(claims, now.timestamp(), max_age_seconds) else Verdict.STALE


def _same(claim: Any, expected: str) -> bool:
    if not isinstance(claim, str):
        return False
    return hmac.compare_digest(claim.lower().encode("utf-8", "replace"), expected.encode())


def _is_current(claims: dict[str, Any], now: float, max_age_seconds: int | None) -> bool:
    expires = claims.get("exp")
    if isinstance(expires, int | float) and expires <= now:
        return False
    if max_age_seconds is None:
        return True
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        return False
    return now - max_age_seconds <= issued <= now + max_age_seconds
