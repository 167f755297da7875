"""`Idempotency-Key`: a POST repeated within 24 hours gets the first answer and has no second effect."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView

from core import sql
from core.errors import Conflict, RuleBroken
from core.models import IdempotentRequest

KEPT = timedelta(hours=24)
MAX_KEY_LENGTH = 200
REPLAYED_HEADERS = ("ETag", "Location")
_PURGED_AT_ONCE = 100

P = ParamSpec("P")
View = TypeVar("View", bound=APIView)
Handler = Callable[Concatenate[View, Request, P], Response]


class IdempotencyConflict(Conflict):
    """The key was used for something else."""

    code = "idempotency_conflict"


def idempotent(handler: Handler[View, P]) -> Handler[View, P]:
    """Wrap a handler of POST requests.

    With the header, the handler runs in the same transaction that stores its answer, so either both are there
    or neither. Concurrent repeats wait for the first and then get its answer. Errors are not stored: they had
    no effect, and the repeat may succeed. Raises IdempotencyConflict if the key was used with another body.
    """

    @wraps(handler)
    def once(view: View, request: Request, *args: P.args, **kwargs: P.kwargs) -> Response:
        key = request.headers.get("Idempotency-Key", "").strip()
        if not key:
            return handler(view, request, *args, **kwargs)
        if len(key) > MAX_KEY_LENGTH:
            sentence = _("The key has at most %(maximum)d characters.") % {"maximum": MAX_KEY_LENGTH}
            raise RuleBroken(sentence, fields={"Idempotency-Key": [sentence]})
        _purge()
        with transaction.atomic():
            row = _row_of(request, key)
            if row.status is not None:
                return _replay(row)
            response = handler(view, request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                _store(row, response)
            return response

    once.takes_idempotency_key = True  # type: ignore[attr-defined]  # the schema asks for it
    return once  # type: ignore[return-value]  # the wrapper names its first arguments


_FORGET = """
DELETE FROM core_idempotentrequest
 WHERE user_id = %(user)s AND key = %(key)s AND path = %(path)s
   AND created_at < statement_timestamp() - %(kept)s
"""
# Waits for whoever uses the key at this moment, and finds what he stored; the change of nothing is the lock.
_TAKE = """
INSERT INTO core_idempotentrequest (user_id, key, path, body_digest, headers)
VALUES (%(user)s, %(key)s, %(path)s, %(digest)s, '{}')
    ON CONFLICT (user_id, key, path) DO UPDATE SET key = EXCLUDED.key
RETURNING *
"""


def _row_of(request: Request, key: str) -> IdempotentRequest:
    """The locked row of this key: new, or with the answer that was given."""
    body = json.dumps(request.data, sort_keys=True, cls=JSONEncoder)
    digest = hashlib.sha256(body.encode()).hexdigest()
    identity = {"user": request.user.pk, "key": key, "path": request.get_full_path()[:500]}
    sql.execute(_FORGET, {**identity, "kept": KEPT})
    found = sql.found(IdempotentRequest, _TAKE, {**identity, "digest": digest})
    assert found is not None
    row, _columns = found
    if row.body_digest != digest:
        raise IdempotencyConflict(
            _("This Idempotency-Key was used with another body. Use a new key for a new request.")
        )
    return row


def _store(row: IdempotentRequest, response: Response) -> None:
    headers = {name: response[name] for name in REPLAYED_HEADERS if name in response}
    sql.execute(
        "UPDATE core_idempotentrequest SET status = %s, headers = %s, body = %s WHERE id = %s",
        [response.status_code, json.dumps(headers), json.dumps(response.data, cls=JSONEncoder), row.pk],
    )


def _replay(row: IdempotentRequest) -> Response:
    headers: dict[str, Any] = {**row.headers, "Idempotency-Replayed": "true"}
    return Response(row.body, status=row.status, headers=headers)


_PURGE = """
DELETE FROM core_idempotentrequest WHERE id = ANY (ARRAY(
    SELECT id FROM core_idempotentrequest WHERE created_at < statement_timestamp() - %s
     ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED))
"""


def _purge() -> None:
    """Forget a few keys that are over, each time one is used."""
    sql.execute(_PURGE, [KEPT, _PURGED_AT_ONCE])
