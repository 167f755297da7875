"""Stored codes in words for people, in the language of the moment."""

from __future__ import annotations

from django.utils.translation import gettext

from contacts.models import Message
from messaging.services.outbox import REASONS
from sms_registrations.providers.registry import get_provider


def status_reason(message: Message) -> str:
    """Why a text has the status it has, or nothing."""
    code = message.status_reason
    if not code:
        return ""
    if code in REASONS:
        return gettext(REASONS[code])
    return str(get_provider(message.transport_code.provider).explain(code))
