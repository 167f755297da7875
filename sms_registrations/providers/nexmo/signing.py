"""Signatures of the SMS API: parameters sorted, joined and hashed with a shared secret.

The algorithm is the one of the provider's guide "Signing messages": all parameters except `sig` in byte
order of their names, `&` and `=` inside values replaced by `_`, written as `&name=value...`, then either
md5 of that string followed by the secret (`md5hash`, the default of an account) or an HMAC keyed with the
secret.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sms_registrations.providers.base import Credentials, Verdict, as_text

HMAC_METHODS: Final = {
    "md5": hashlib.md5,
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
}
SIGNATURE_METHODS: Final = ("none", "md5hash", *HMAC_METHODS)
_UNSAFE = str.maketrans("&=", "__")


def sign(parameters: Mapping[str, Any], method: str, secret: str) -> str:
    """The lower-case hexadecimal signature of the parameters.

    A `sig` among them is left out. Raises ValueError for a method that is not in SIGNATURE_METHODS or is
    `none`.
    """
    names = sorted((name for name in parameters if name != "sig"), key=_bytes)
    joined = "".join(f"&{name}={as_text(parameters[name]).translate(_UNSAFE)}" for name in names)
    if method == "md5hash":
        return hashlib.md5(_bytes(joined + secret), usedforsecurity=False).hexdigest()
    if method not in HMAC_METHODS:
        raise ValueError(f"unknown signature method {method!r}")
    return hmac.new(_bytes(secret), _bytes(joined), HMAC_METHODS[method]).hexdigest()


def verify_parameters(
    parameters: Mapping[str, Any], credentials: Credentials, now: datetime, max_age_seconds: int | None
) -> Verdict:
    """Check the `sig` of a webhook of the SMS API.

    With `max_age_seconds` the signed `timestamp` (Unix seconds) must be there and lie within that many
    seconds of `now`, before or after. A registration that asks for signatures but has no secret accepts
    nothing.
    """
    given = as_text(parameters.get("sig")).strip()
    if not given:
        return Verdict.MISSING
    if not credentials.signature_secret or credentials.signature_method not in SIGNATURE_METHODS[1:]:
        return Verdict.WRONG
    if any(isinstance(value, dict | list) for value in parameters.values()):
        # A nested value has no place in the signed string, so it could be added to a captured request.
        return Verdict.WRONG
    if not _matches(given, parameters, credentials):
        return Verdict.WRONG
    if max_age_seconds is not None and not _is_recent(parameters.get("timestamp"), now, max_age_seconds):
        return Verdict.STALE
    return Verdict.OK


def _matches(given: str, parameters: Mapping[str, Any], credentials: Credentials) -> bool:
    """No source settles whether blank values are signed, so with a blank value present both are tried."""
    variants = [parameters]
    filled = {name: value for name, value in parameters.items() if as_text(value).strip()}
    if len(filled) < len(parameters):
        variants.append(filled)
    expected = [
        sign(variant, credentials.signature_method, credentials.signature_secret) for variant in variants
    ]
    results = [hmac.compare_digest(_bytes(given.lower()), _bytes(signature)) for signature in expected]
    return any(results)


def _is_recent(timestamp: Any, now: datetime, max_age_seconds: int) -> bool:
    text = as_text(timestamp).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        return False
    return abs(now.timestamp() - int(text)) <= max_age_seconds


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
