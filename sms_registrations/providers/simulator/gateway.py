"""The far end of a trial: every text arrives, except at the numbers kept for trying what else may happen."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final

from core.phone import provider_digits
from core.text import segment
from sms_registrations.providers.base import OutgoingText, SendKind, SendOutcome
from sms_registrations.providers.simulator.words import explain


class SimulatorGateway:
    """Takes every text without leaving the machine. Keeps nothing."""

    def send(self, outgoing: OutgoingText) -> SendOutcome:
        behaviour = BEHAVIOURS.get(provider_digits(outgoing.to)[-4:], _delivered)
        return behaviour(outgoing)


def _delivered(outgoing: OutgoingText) -> SendOutcome:
    return _accepted(outgoing, "delivered")


def _failed(outgoing: OutgoingText) -> SendOutcome:
    return _accepted(outgoing, "failed", "absent")


def _undeliverable(outgoing: OutgoingText) -> SendOutcome:
    return _accepted(outgoing, "undeliverable", "gone")


def _opted_out(outgoing: OutgoingText) -> SendOutcome:
    return _accepted(outgoing, "rejected", "opted_out")


def _expired(outgoing: OutgoingText) -> SendOutcome:
    return _accepted(outgoing, "expired", "expired")


def _silent(outgoing: OutgoingText) -> SendOutcome:
    return _accepted(outgoing, "")


def _refused(outgoing: OutgoingText) -> SendOutcome:
    return SendOutcome(SendKind.REFUSED, reason_code="refused", reason=explain("refused"))


def _unknown(outgoing: OutgoingText) -> SendOutcome:
    return SendOutcome(SendKind.AMBIGUOUS, reason_code="no_answer", reason=explain("no_answer"))


# Endings that exist in the ranges kept for fiction in Britain, France and North America.
BEHAVIOURS: Final[dict[str, Callable[[OutgoingText], SendOutcome]]] = {
    "0191": _failed,
    "0192": _undeliverable,
    "0193": _refused,
    "0194": _unknown,
    "0195": _silent,
    "0196": _opted_out,
    "0197": _expired,
}


def _accepted(outgoing: OutgoingText, status: str, error: str = "") -> SendOutcome:
    """Accept, one id per part, and report the given status for each part."""
    parts = max(1, segment(outgoing.text).segments)
    stem = uuid.uuid4().hex
    ids = tuple(f"sim-{stem}-{number}" for number in range(1, parts + 1))
    receipts = tuple(_receipt(outgoing, identity, status, error) for identity in ids) if status else ()
    return SendOutcome(
        SendKind.ACCEPTED,
        provider_ids=ids,
        segments=parts,
        status_codes=("0",) * parts,
        receipts=receipts,
    )


def _receipt(outgoing: OutgoingText, identity: str, status: str, error: str) -> dict[str, Any]:
    return {
        "messageId": identity,
        "clientRef": outgoing.client_ref,
        "from": outgoing.sender,
        "to": outgoing.to,
        "status": status,
        "error": error,
    }
