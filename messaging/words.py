"""Stored codes in words for people, in the language of the moment."""

from __future__ import annotations

from django.utils.translation import gettext

from contacts.models import Message
from messaging.services.outbox import GIVEN_UP, OPTED_OUT, REASONS
from sms_registrations.providers.registry import get_provider


def status_reason(code: str, *, provider: str) -> str:
    """Why a text has the status it has, or nothing; `code` is what is stored as the reason."""
    if not code:
        return ""
    if code in REASONS:
        return gettext(REASONS[code])
    return str(get_provider(provider).explain(code))


def can_send_again(status: str, code: str, *, provider: str) -> bool:
    """Whether sending a failed text once more may help: what is in its way passes.

    Not what the text, the number or the account is the reason of, and never a text of which it is not known
    whether it went out: the customer might get it twice.
    """
    if status != Message.Status.FAILED or code == OPTED_OUT:
        return False
    if code == GIVEN_UP:
        return True
    return get_provider(provider).passes(code)
