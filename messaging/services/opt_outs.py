"""Customers who told a number to stop, and those who let it start again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core import sql
from core.text import fold_keyword
from messaging.models import OptOut
from messaging.services.intake import serial_key

STOP_WORDS = {
    "en": ("stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout",
           "opt out", "opt-out", "remove"),
    "fr": ("arret", "arrete", "arretez", "arreter", "arrett", "desabonner", "desabonnement", "desinscrire",
           "desinscription"),
}  # fmt: skip
START_WORDS = {
    "en": ("start", "unstop", "yes start", "resume"),
    "fr": ("nonarret", "reprendre", "recommencer"),
}

STOPPED = {
    "en": "You will receive no more messages from this number. Reply START to receive them again.",
    "fr": "Vous ne recevrez plus de messages de ce numéro. Répondez START pour en recevoir à nouveau.",
}
STARTED = {
    "en": "You will receive messages from this number again. Reply STOP to end them.",
    "fr": "Vous recevrez à nouveau les messages de ce numéro. Répondez STOP pour y mettre fin.",
}


class Wish(StrEnum):
    """What a keyword asks for."""

    STOP = "stop"
    START = "start"


@dataclass(frozen=True, slots=True)
class Keyword:
    """A text that is a wish and nothing else."""

    wish: Wish
    language: str
    word: str


def _table() -> dict[str, Keyword]:
    table: dict[str, Keyword] = {}
    for wish, words in ((Wish.STOP, STOP_WORDS), (Wish.START, START_WORDS)):
        for language, family in words.items():
            for word in family:
                table.setdefault(word, Keyword(wish, language, word))
    return table


_KEYWORDS = _table()


def keyword_of(text: str) -> Keyword | None:
    """The wish that the whole text expresses, whatever its case, accents and final punctuation."""
    return _KEYWORDS.get(fold_keyword(text))


def record_stop(*, registration_id: int, customer_id: int, keyword: Keyword, now: datetime) -> bool:
    """Opt the customer out of one number; True unless he was already.

    Waits for a send to him that is under way, so that none is submitted after this commits.
    """
    lock_pair(registration_id=registration_id, customer_id=customer_id, exclusive=True)
    _row, created = OptOut.objects.get_or_create(
        registration_id=registration_id,
        customer_id=customer_id,
        opted_in_at=None,
        defaults={"keyword": keyword.word, "opted_out_at": now},
    )
    return created


def record_start(*, registration_id: int, customer_id: int, now: datetime) -> bool:
    """Undo the opt-out; True if there was one."""
    lock_pair(registration_id=registration_id, customer_id=customer_id, exclusive=True)
    return bool(
        OptOut.objects.filter(
            registration_id=registration_id, customer_id=customer_id, opted_in_at__isnull=True
        ).update(opted_in_at=now)
    )


def is_opted_out(*, registration_id: int, customer_id: int) -> bool:
    """Whether an opt-out is in force now."""
    found = sql.row(
        "SELECT FROM messaging_optout "
        "WHERE registration_id = %s AND customer_id = %s AND opted_in_at IS NULL LIMIT 1",
        [registration_id, customer_id],
    )
    return found is not None


def lock_pair(*, registration_id: int, customer_id: int, exclusive: bool) -> None:
    """Hold the pair (our number, customer) until the transaction ends: senders together, STOP alone."""
    key = serial_key(registration_id=registration_id, kind="opt-out", about=str(customer_id))
    function = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
    sql.execute(f"SELECT {function}(%s)", [key])
