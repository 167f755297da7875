"""Where providers deliver texts and receipts.

Answers: 200 once the raw payload is committed, also for duplicates and for a check of the URL; 401 for a
wrong or missing signature where one is required; 404 for an unknown token; 503 when it could not be stored,
so that the provider tries again. Nothing else happens in the request.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.failures import describe
from messaging.services.intake import credentials_of, store_delivery, store_unreadable
from sms_registrations.models import SmsRegistration
from sms_registrations.providers.base import UnreadablePayload, WebhookRequest
from sms_registrations.providers.registry import get_provider

logger = logging.getLogger(__name__)

REMEMBERED_SECONDS = 2.0
MAX_BODY = 262_144

_remembered: dict[tuple[str, str], tuple[float, SmsRegistration]] = {}


def _registration(provider: str, token: str) -> SmsRegistration | None:
    """The registration of a token; remembered for a moment, as each text would ask for it again."""
    key = (provider, token)
    now = time.monotonic()
    known = _remembered.get(key)
    if known is not None and known[0] > now:
        return known[1]
    found = SmsRegistration.objects.filter(provider=provider, webhook_token=token).first()
    if found is not None:
        if len(_remembered) > 1000:
            _remembered.clear()
        _remembered[key] = (now + REMEMBERED_SECONDS, found)
    return found


def forget_registrations() -> None:
    """Read registrations anew: used by tests."""
    _remembered.clear()


def _as_received(request: HttpRequest) -> WebhookRequest:
    return WebhookRequest(
        method=request.method or "GET",
        content_type=request.META.get("CONTENT_TYPE", ""),
        query_string=request.META.get("QUERY_STRING", ""),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
    )


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, provider: str, token: str, **_path: str) -> HttpResponse:
    """Take one webhook call of a provider."""
    try:
        return _receive(request, provider, token)
    except DatabaseError as error:
        logger.error("webhook_not_stored", extra={"failure": describe(error)})
        return HttpResponse("not stored, try again\n", status=503, headers={"Retry-After": "5"})


def _receive(request: HttpRequest, code: str, token: str) -> HttpResponse:
    registration = _registration(code, token)
    if registration is None:
        return HttpResponse("unknown address\n", status=404)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
        return HttpResponse("too large\n", status=413)
    provider = get_provider(code)
    received = _as_received(request)
    try:
        payload = provider.read(received)
    except UnreadablePayload:
        if registration.signature_method != SmsRegistration.SignatureMethod.NONE:
            return HttpResponse("not signed\n", status=401)
        store_unreadable(registration=registration, body=received.body or received.query_string.encode())
        return HttpResponse("kept\n")
    if payload is None or not payload.fields:
        return HttpResponse("ready\n")
    verdict = provider.verify(received, payload, credentials_of(registration), datetime.now(UTC))
    if not verdict.is_accepted:
        logger.warning(
            "webhook_refused", extra={"registration_id": registration.pk, "verdict": verdict.value}
        )
        return HttpResponse(f"signature {verdict.value}\n", status=401)
    store_delivery(registration=registration, provider=provider, payload=payload)
    return HttpResponse("stored\n")


urlpatterns = [
    path("webhooks/<slug:provider>/<str:token>/inbound", receive, name="webhook-inbound"),
    path("webhooks/<slug:provider>/<str:token>/status", receive, name="webhook-status"),
]
