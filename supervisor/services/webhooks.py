"""Tells other systems of alerts: rows that are tried until they are taken.

An attempt is counted, and the next one set, before the call is made. So a worker that is killed in the middle
of it has lost nothing but time; the receiver may then hear the same thing twice, under the same key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils.translation import gettext as _

from core import configuration, sql
from core.clock import database_now
from core.configuration import rule_broken
from core.failures import describe
from core.hints import ALERTS, TURN_SECONDS, hint_work
from core.outgoing import CallFailed, CallRefused, call
from core.permissions import Verb, require
from organizations.models import BusinessUnit, User
from organizations.rules import check_unit
from supervisor.facts import AlertCleared, AlertRaised
from supervisor.models import Alert, AlertDelivery, AlertWebhook

logger = logging.getLogger(__name__)

LOCK = 0x41434405
CALL_SECONDS = 5.0
KEPT = timedelta(days=30)
SHORTEST_SECRET = 16

PAUSES = (15, 60, 300, 900, 3600, 7200, 14_400)
"""Seconds from one attempt to the next; after the last of them it is given up. Together some eight hours."""

UNITS = {
    Alert.Kind.OLDEST_WAIT: "seconds",
    Alert.Kind.WAITING: "contacts",
    Alert.Kind.SERVICE_LEVEL: "percent",
    Alert.Kind.MISSED_OFFERS: "offers",
    Alert.Kind.PROVIDER_FAILING: "percent",
}

GONE = 410
"""The status by which a receiver says that it is not to be told again."""


# -- Configuration ---------------


def create_webhook(*, by: User | None, business_unit: BusinessUnit, **values: Any) -> AlertWebhook:
    """Create a webhook; without a signing secret it gets a random one. Raises NotAllowed, RuleBroken."""
    check_unit(business_unit, values)
    if not values.get("signing_secret"):
        values.pop("signing_secret", None)
    values = _checked(values)
    return configuration.save(AlertWebhook(), by=by, values={"business_unit": business_unit, **values})


def update_webhook(*, by: User | None, instance: AlertWebhook, **values: Any) -> AlertWebhook:
    """Change a webhook; what waits goes to the address it has then. Raises NotAllowed, RuleBroken."""
    check_unit(instance.business_unit, values)
    return configuration.save(instance, by=by, values=_checked(values))


def delete_webhook(*, by: User | None, instance: AlertWebhook) -> None:
    """Delete a webhook and the log of what it was told. Raises NotAllowed."""
    require(by, AlertWebhook, Verb.DELETE)
    with transaction.atomic():
        instance.deliveries.all().delete()
        configuration.delete(instance, by=by)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """Each kind once. Raises RuleBroken."""
    broken: dict[str, list[str]] = {}
    if "url" in values and not _is_address(values["url"]):
        broken["url"] = [_("Enter an address that begins with https://, without a name or password in it.")]
    if "kinds" in values and not values["kinds"]:
        broken["kinds"] = [_("Choose at least one alert.")]
    if "signing_secret" in values and len(values["signing_secret"]) < SHORTEST_SECRET:
        broken["signing_secret"] = [_("Use at least %(number)s characters.") % {"number": SHORTEST_SECRET}]
    if broken:
        raise rule_broken(broken)
    return {**values, "kinds": list(dict.fromkeys(values["kinds"]))} if "kinds" in values else values


def _is_address(url: str) -> bool:
    """Where it leads is checked when it is called: names may change."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc:
        return False
    is_vouched_for = f"{parts.hostname}:{port or 80}" in settings.OUTGOING_PRIVATE_HOSTS
    return parts.scheme == "https" or (parts.scheme == "http" and is_vouched_for)


# -- What is to be told ---------------


def tell_raised(fact: AlertRaised) -> None:
    """Heard in the transaction that raises the alert: it is told if and only if it was."""
    _tell(fact.alert_id, AlertDelivery.Event.RAISED)


def tell_cleared(fact: AlertCleared) -> None:
    """Whoever was told of the beginning is told of the end, if he wants to be."""
    _tell(fact.alert_id, AlertDelivery.Event.CLEARED)


def _tell(alert_id: int, event: AlertDelivery.Event) -> None:
    alert = Alert.objects.select_related("business_unit").get(pk=alert_id)
    # Their secrets are read when they are told: an unreadable one must not keep the alert from the board.
    webhooks = AlertWebhook.objects.defer("signing_secret").filter(
        business_unit=alert.business_unit, is_active=True, kinds__contains=[alert.kind]
    )
    if event is AlertDelivery.Event.CLEARED:
        webhooks = webhooks.filter(tells_end=True, deliveries__alert=alert).distinct()
    deliveries = [
        AlertDelivery(webhook=webhook, alert=alert, event=event, payload=_content(alert, event))
        for webhook in webhooks.order_by("id")
    ]
    if deliveries:
        AlertDelivery.objects.bulk_create(deliveries)
        hint_work(ALERTS)


def _content(alert: Alert, event: AlertDelivery.Event) -> dict[str, Any]:
    return {
        "event": event.value,
        "business_unit": {"id": alert.business_unit_id, "name": alert.business_unit.name},
        "alert": {
            "id": alert.pk,
            "kind": alert.kind,
            "subject": {
                "type": Alert.SUBJECTS[Alert.Kind(alert.kind)],
                "id": alert.subject_id,
                "name": alert.subject,
            },
            "value": round(alert.value, 1),
            "threshold": round(alert.threshold, 1),
            "unit": UNITS[Alert.Kind(alert.kind)],
            "raised_at": alert.raised_at.isoformat(),
            "cleared_at": alert.cleared_at.isoformat() if alert.cleared_at else None,
        },
    }


@transaction.atomic
def send_test(*, by: User, webhook: AlertWebhook) -> AlertDelivery:
    """Tell the webhook something that says that it is a test. Raises NotAllowed."""
    require(by, AlertWebhook, Verb.EDIT)
    unit = webhook.business_unit
    content = {
        "event": AlertDelivery.Event.TEST.value,
        "business_unit": {"id": unit.pk, "name": unit.name},
        "alert": None,
    }
    delivery = AlertDelivery.objects.create(
        webhook=webhook, event=AlertDelivery.Event.TEST, payload=content, alert=None
    )
    hint_work(ALERTS)
    return delivery


# -- Telling it ---------------

# What is due next, with the attempt counted and the next one set. A test goes out while it is off, too.
_CLAIM = """
UPDATE supervisor_alertdelivery d
   SET attempts = attempts + 1,
       due_at = clock_timestamp() + make_interval(
           secs => (%(pauses)s::int[])[LEAST(attempts + 1, cardinality(%(pauses)s::int[]))])
 WHERE id = (
    SELECT d.id FROM supervisor_alertdelivery d JOIN supervisor_alertwebhook w ON w.id = d.webhook_id
     WHERE d.state = 'waiting' AND d.due_at <= clock_timestamp() AND (w.is_active OR d.event = 'test')
     ORDER BY d.due_at, d.id LIMIT 1 FOR NO KEY UPDATE OF d SKIP LOCKED)
RETURNING id
"""

_HAS_DUE = """
SELECT 1 FROM supervisor_alertdelivery d JOIN supervisor_alertwebhook w ON w.id = d.webhook_id
 WHERE d.state = 'waiting' AND d.due_at <= clock_timestamp() - make_interval(secs => %s)
   AND (w.is_active OR d.event = 'test')
 LIMIT 1
"""


def has_due(*, age_seconds: float = 0.0) -> bool:
    """Whether something has been due for longer than that."""
    return sql.row(_HAS_DUE, [age_seconds]) is not None


def deliver_due(*, seconds: float = TURN_SECONDS) -> int:
    """Tell what is due, for about so many seconds; return how many attempts were made.

    One process at a time, so that receivers that do not answer hold up each other and nobody else.
    """
    ends = time.monotonic() + seconds
    made = 0
    if sql.row("SELECT pg_try_advisory_lock(%s)", [LOCK]) != (True,):
        return 0
    try:
        while (claimed := sql.row(_CLAIM, {"pauses": list(PAUSES)})) is not None:
            _attempt(AlertDelivery.objects.get(pk=claimed[0]))
            made += 1
            if time.monotonic() >= ends:
                break
    finally:
        sql.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    if made and has_due():
        hint_work(ALERTS)
    return made


def _attempt(one: AlertDelivery) -> None:
    status, failure = None, ""
    try:
        status = _call(one)
    except (CallRefused, CallFailed) as error:
        failure = error.code
    except ImproperlyConfigured as error:
        failure = "secret_unreadable"
        logger.error("alert_secret_unreadable", extra={"failure": describe(error)})
    is_taken = status is not None and 200 <= status < 300
    is_last = status == GONE or one.attempts > len(PAUSES)
    if is_taken:
        state = AlertDelivery.State.DELIVERED
    else:
        state = AlertDelivery.State.GIVEN_UP if is_last else AlertDelivery.State.WAITING
        facts = {"delivery_id": one.pk, "status": status, "failure": failure, "attempt": one.attempts}
        logger.warning("alert_not_delivered", extra=facts)
    AlertDelivery.objects.filter(pk=one.pk).update(
        state=state,
        status=status,
        failure=failure,
        finished_at=None if state == AlertDelivery.State.WAITING else database_now(),
    )


def _call(one: AlertDelivery) -> int:
    """Post it once; return the status. Raises CallRefused, CallFailed, ImproperlyConfigured."""
    body = json.dumps({"id": str(one.key), **one.payload}, ensure_ascii=False, separators=(",", ":"))
    at = int(database_now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "acdconfig",
        "Acd-Delivery": str(one.key),
        "Acd-Event": one.event,
        "Acd-Attempt": str(one.attempts),
        "Acd-Signature": f"t={at},v1={signature(one.webhook.signing_secret, at, body)}",
    }
    return call("POST", one.webhook.url, headers=headers, body=body, seconds=CALL_SECONDS).status


def signature(secret: str, at: int, body: str) -> str:
    """HMAC-SHA-256 over the second since 1970, a dot, and the body: what a receiver compares, in hex."""
    return hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()


def remove_old_deliveries() -> int:
    """Forget what was told, or given up, long ago."""
    over = AlertDelivery.objects.filter(finished_at__lt=database_now() - KEPT)
    deleted, _by_model = over.delete()
    return deleted
