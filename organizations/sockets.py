"""Who opens a WebSocket: by the session of his browser, or by a token."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http.cookie import parse_cookie
from django.utils.crypto import constant_time_compare

from organizations.authentication import user_of_token
from organizations.models import User

UNAUTHENTICATED, GOING_TOO_FAST, TOO_BIG = 4401, 4429, 4413
"""The codes that a socket of the product is closed with."""


def frame_of(text: str) -> dict[str, Any]:
    """What a browser sent; nothing if it is no object of JSON."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return frame if isinstance(frame, dict) else {}


def user_of_scope(scope: dict[str, Any]) -> User | None:
    """The user that the headers or the query of an ASGI connection prove; nobody without a proof."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    authorization = headers.get("authorization", "")
    token = authorization[7:] if authorization.lower().startswith("bearer ") else None
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    token = token or next(iter(query.get("token", [])), None)
    if token:
        return user_of_token(token.strip())
    session_key = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    return _user_of_session(session_key) if session_key else None


def _user_of_session(session_key: str) -> User | None:
    """The user whose session this is, while his password is the one he signed in with."""
    session = SessionStore(session_key)
    user_id, backend = session.get(SESSION_KEY), session.get(BACKEND_SESSION_KEY)
    if user_id is None or backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return None
    stamp = session.get(HASH_SESSION_KEY, "")
    return user if constant_time_compare(stamp, user.get_session_auth_hash()) else None


def socket_url(*, host: str, is_secure: bool, path: str) -> str:
    """The address of a socket: on the page's own origin, or on the sockets' own port beside it."""
    scheme = "wss" if is_secure else "ws"
    if settings.SOCKET_PORT:
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return f"{scheme}://{name}:{settings.SOCKET_PORT}{path}"
    return f"{scheme}://{host}{path}"
