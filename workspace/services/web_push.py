"""Notifications to browsers of agents who have no page open, by Web Push (RFC 8030, 8291, 8292).

What is told comes from the agent's feed, which is there anyway: each subscription remembers up to which
number it has been told. A hint says that there is something; the rows say what. Told at most once: the number
is raised before the call is made.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from agents.models import Agent
from core import sql
from core.errors import RuleBroken
from core.failures import describe
from core.hints import PUSHES, TURN_SECONDS, hint_work
from core.outgoing import CallFailed, CallRefused, call
from core.phone import shown_address
from routing.services.presence import FAREWELL, VANISHED
from workspace.models import Push, PushSubscription

logger = logging.getLogger(__name__)

LOCK = 0x41434407
CALL_SECONDS = 5.0
MOST_BROWSERS = 10
"""Of one agent; the one that was renewed longest ago goes first."""

MOST_AT_ONCE = 5
"""A browser that was told of more than that in one go would not be read any more."""

REACHABLE = timedelta(minutes=30)
"""How long after his page was gone an agent is told: not at night of what is said in the next shift."""

WORTH_TELLING = timedelta(minutes=5)
TEXT_TTL_SECONDS = 3600
EXCERPT = 120
POINT_BYTES, AUTH_BYTES = 65, 16
LONGEST_ENDPOINT = 1000
GONE = frozenset({404, 410})
"""The statuses by which a push service says that the browser has unsubscribed."""

TOLD = ("offer.made", "message.received", "notice.added", "state.changed")


# -- Keys ---------------


def is_on() -> bool:
    """Whether this installation has a key to push with."""
    return bool(settings.VAPID_PRIVATE_KEY)


def _private_key() -> ec.EllipticCurvePrivateKey:
    try:
        number = int.from_bytes(_decoded(settings.VAPID_PRIVATE_KEY))
        return ec.derive_private_key(number, ec.SECP256R1())
    except (ValueError, binascii.Error) as error:
        raise ImproperlyConfigured("VAPID_PRIVATE_KEY must be 32 bytes in URL-safe base64") from error


def public_key() -> str:
    """What browsers subscribe with; blank when pushes are off. Raises ImproperlyConfigured."""
    if not is_on():
        return ""
    return _encoded(_private_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


# -- Subscriptions ---------------


@transaction.atomic
def subscribe(*, agent: Agent, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """This browser is told from now on, and no longer anybody else who used it. Raises RuleBroken."""
    _check(endpoint, p256dh, auth)
    found, _is_new = PushSubscription.objects.update_or_create(
        endpoint=endpoint, defaults={"agent": agent, "p256dh": p256dh, "auth": auth, "seq": _last_seq(agent)}
    )
    kept = PushSubscription.objects.filter(agent=agent).order_by("-renewed_at", "-id")[:MOST_BROWSERS]
    PushSubscription.objects.filter(agent=agent).exclude(pk__in=[one.pk for one in kept]).delete()
    return found


def unsubscribe(*, agent: Agent, endpoint: str) -> None:
    """This browser of the agent is told nothing any more."""
    PushSubscription.objects.filter(agent=agent, endpoint=endpoint).delete()


def _last_seq(agent: Agent) -> int:
    found = sql.row("SELECT last_seq FROM workspace_feed WHERE agent_id = %s", [agent.pk])
    return 0 if found is None else int(found[0])


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    """Where the address leads is checked when it is called, since names may change."""
    broken: dict[str, list[str]] = {}
    parts = urlsplit(endpoint)
    is_vouched_for = parts.netloc in settings.OUTGOING_PRIVATE_HOSTS
    if (parts.scheme != "https" and not is_vouched_for) or "@" in parts.netloc or not parts.netloc:
        broken["endpoint"] = [_("This is no address of a push service.")]
    if not _is_point(p256dh):
        broken["p256dh"] = [_("This is no key of a browser.")]
    try:
        is_secret = len(_decoded(auth)) == AUTH_BYTES
    except (ValueError, binascii.Error):
        is_secret = False
    if not is_secret:
        broken["auth"] = [_("This is no key of a browser.")]
    if broken:
        raise RuleBroken(next(iter(broken.values()))[0], fields=broken)


def _is_point(text: str) -> bool:
    try:
        data = _decoded(text)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)
    except (ValueError, binascii.Error):
        return False
    return len(data) == POINT_BYTES


# -- What is to be told ---------------

# Of agents whose browser is gone, by their lease: what came after it went and was not told yet.
_BEHIND = f"""
  FROM workspace_pushsubscription s
  JOIN agents_agentstate a ON a.agent_id = s.agent_id
  JOIN workspace_feed f ON f.agent_id = s.agent_id
  JOIN agents_agent g ON g.id = s.agent_id AND g.is_active
  JOIN organizations_user u ON u.id = g.user_id AND u.is_active
  JOIN organizations_businessunit b ON b.id = g.business_unit_id
 WHERE f.last_seq > s.seq
   AND a.lease_until <= clock_timestamp() + make_interval(secs => {FAREWELL.total_seconds():g})
   AND a.lease_until > clock_timestamp() - make_interval(secs => {REACHABLE.total_seconds():g})
"""

_CLAIM = f"""
SELECT s.id, s.agent_id, s.endpoint, s.p256dh, s.auth, s.seq, f.last_seq, a.lease_until, u.language,
       b.push_shows_texts
{_BEHIND} ORDER BY s.id LIMIT 1 FOR NO KEY UPDATE OF s SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class Browser:
    """Where and how one browser is told."""

    pk: int
    agent_id: int
    endpoint: str
    p256dh: str
    auth: str
    language: str
    shows_texts: bool


@dataclass(frozen=True, slots=True)
class Notification:
    """What one browser is told: `payload` is what its service worker shows, for `ttl` seconds."""

    payload: dict[str, Any]
    ttl: int


def has_due() -> bool:
    """Whether somebody without a page has not been told of something."""
    return is_on() and sql.row(f"SELECT 1 {_BEHIND} LIMIT 1") is not None


def deliver_due(*, seconds: float = TURN_SECONDS) -> int:
    """Tell what is due, for about so many seconds; return how many notifications were sent.

    One process at a time. Without a key nothing is told.
    """
    if not is_on() or sql.row("SELECT pg_try_advisory_lock(%s)", [LOCK]) != (True,):
        return 0
    ends, sent = time.monotonic() + seconds, 0
    try:
        while (claimed := _claim()) is not None:
            browser, notifications = claimed
            sent += sum(_send(browser, one) for one in notifications)
            if time.monotonic() >= ends:
                hint_work(PUSHES)
                break
    finally:
        sql.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return sent


@transaction.atomic
def _claim() -> tuple[Browser, list[Notification]] | None:
    """One browser that is behind, and what it is told; it counts as told from here on."""
    found = sql.row(_CLAIM)
    if found is None:
        return None
    pk, agent_id, endpoint, p256dh, auth, seq, last_seq, lease_until, language, shows_texts = found
    PushSubscription.objects.filter(pk=pk).update(seq=last_seq)
    browser = Browser(pk, agent_id, endpoint, p256dh, auth, language, shows_texts)
    pushes = Push.objects.filter(
        agent_id=agent_id, seq__gt=seq, seq__lte=last_seq, type__in=TOLD, at__gte=lease_until - FAREWELL
    ).order_by("seq")
    with translation.override(language):
        told = [one for push in pushes if (one := _notification(push, shows_texts=shows_texts)) is not None]
    # Of several about the same thing only the last would stay on the screen.
    latest = {one.payload["tag"]: one for one in told}
    return browser, list(latest.values())[-MOST_AT_ONCE:]


_IS_PENDING = """
SELECT extract(epoch FROM expires_at - clock_timestamp())::int FROM routing_offer
 WHERE id = %s AND state = 'pending'
"""

_AGE = "SELECT clock_timestamp() - %s::timestamptz"


def _notification(push: Push, *, shows_texts: bool) -> Notification | None:
    """What is said of a push; nothing if it is not worth saying any more."""
    if _age(push.at) > WORTH_TELLING:
        return None
    data = push.data
    match push.type:
        case "offer.made":
            return _of_offer(data, shows_texts=shows_texts)
        case "message.received":
            return _of_text(data, shows_texts=shows_texts)
        case "notice.added":
            title = _("A supervisor has a message for you")
            return _worth(TEXT_TTL_SECONDS, tag=f"notice-{data['id']}", title=title)
        case _:
            if data["reason"] != VANISHED:
                return None
            title = _("You get no more offers: the connection was lost")
            return _worth(TEXT_TTL_SECONDS, tag="state", title=title)


def _age(at: datetime) -> timedelta:
    found = sql.row(_AGE, [at])
    assert found is not None
    age: timedelta = found[0]
    return age


def _of_offer(data: dict[str, Any], *, shows_texts: bool) -> Notification | None:
    pending = sql.row(_IS_PENDING, [data["id"]])
    if pending is None or pending[0] <= 0:
        return None
    return _worth(
        pending[0],
        tag=f"offer-{data['id']}",
        title=_("Offer: %(skill)s") % {"skill": data["skill"]},
        body=_said(_who(data), data["text"]) if shows_texts else "",
        offer=data["id"],
        stays=True,
    )


def _of_text(data: dict[str, Any], *, shows_texts: bool) -> Notification:
    contact = data["contact"]
    return _worth(
        TEXT_TTL_SECONDS,
        tag=f"text-{contact}",
        title=_("A customer has written to you"),
        body=_said("", data["message"]["text"]) if shows_texts else "",
        contact=contact,
    )


def _who(data: dict[str, Any]) -> str:
    return data["customer_name"] or shown_address(data["customer"])


def _said(who: str, text: str) -> str:
    line = " ".join(text.split())[:EXCERPT]
    return f"{who}: {line}" if who else line


def _worth(ttl: int, **payload: Any) -> Notification:
    return Notification({"body": "", "contact": None, "offer": None, "stays": False} | payload, ttl)


# -- Telling it ---------------


def _send(browser: Browser, notification: Notification) -> bool:
    """Whether the push service took it. A browser that is gone is forgotten, as is a forbidden address."""
    try:
        status = _post(browser, notification)
    except CallRefused as error:
        logger.warning("push_refused", extra={"subscription_id": browser.pk, "failure": error.code})
        _forget(browser)
        return False
    except CallFailed as error:
        logger.warning("push_failed", extra={"subscription_id": browser.pk, "failure": error.code})
        return False
    except (ValueError, http_ece.ECEException) as error:
        logger.error("push_failed", extra={"subscription_id": browser.pk, "failure": describe(error)})
        return False
    if status in GONE:
        _forget(browser)
    elif not 200 <= status < 300:
        logger.warning("push_failed", extra={"subscription_id": browser.pk, "status": status})
    return 200 <= status < 300


def _forget(browser: Browser) -> None:
    # Unless it has subscribed anew in the meantime.
    PushSubscription.objects.filter(pk=browser.pk, p256dh=browser.p256dh, auth=browser.auth).delete()


def _post(browser: Browser, notification: Notification) -> int:
    """Post it once; return the status. Raises CallRefused, CallFailed, ValueError."""
    headers = {
        "Authorization": _authorization(browser.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(notification.ttl),
        "Urgency": "high",
        # What is newer about the same thing replaces what the browser has not fetched yet.
        "Topic": notification.payload["tag"],
        "User-Agent": "acdconfig",
    }
    body = encrypted(json.dumps(notification.payload), p256dh=browser.p256dh, auth=browser.auth)
    return call("POST", browser.endpoint, headers=headers, body=body, seconds=CALL_SECONDS).status


def encrypted(text: str, *, p256dh: str, auth: str) -> bytes:
    """What only the browser with these keys can read (RFC 8291). Raises ValueError for impossible keys."""
    return bytes(
        http_ece.encrypt(
            text.encode(),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=_decoded(p256dh),
            auth_secret=_decoded(auth),
            version="aes128gcm",
        )
    )


def _authorization(endpoint: str) -> str:
    """Who we are, to the push service and nobody else, for an hour (RFC 8292)."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + 3600,
        "sub": settings.VAPID_SUBJECT,
    }
    return f"vapid t={jwt.encode(claims, _private_key(), algorithm='ES256')}, k={public_key()}"
