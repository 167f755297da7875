"""Turns stored deliveries into messages of contacts, one customer's after the other."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from django.db import OperationalError, transaction
from django.db.models import F

from contacts.models import Contact, Customer, Message
from contacts.script_runs import receive_message, start_script
from contacts.services import (
    AUTOMATIC,
    Incoming,
    add_inbound_message,
    add_outbound_message,
    find_or_create_customer,
    lock_open_contact,
    open_inbound_contact,
    record_event,
)
from core import sql
from core.clock import database_now
from core.errors import DomainError
from core.failures import describe
from core.hints import INBOUND, TURN_SECONDS, hearing_work, hint_work
from messaging.models import Delivery
from messaging.services import opt_outs
from messaging.services.assembly import Joined, add_part, due_assemblies, postpone_assembly, take_due
from messaging.services.opt_outs import Keyword, Wish
from messaging.services.receipts import apply_receipt
from points_of_contact.selectors import Listener, listener_of
from sms_registrations.models import SmsRegistration
from sms_registrations.providers.base import InboundText
from sms_registrations.providers.registry import get_provider

logger = logging.getLogger(__name__)

WATCH_LOCK = 0x41434402
WATCH_SECONDS = 2.0
"""How long a process stays for what comes: a worker that is told to stop waits for it."""

RELIEF_SECONDS = 1.0
"""How long whoever leaves the watch goes on, at most, until another has it."""

LOOK_UP_SECONDS = 0.1
"""How often he looks for the other meanwhile."""

HELP_FROM = 10
"""So many pending deliveries are more than the process on watch can be left alone with."""

MAX_ATTEMPTS = 8
BINARY_TEXT = "[binary message]"


class NoPointOfContact(DomainError):
    """Nobody configured what happens to texts to this number: the text is kept, parked."""

    code = "no_point_of_contact"


def process_deliveries(*, seconds: float = TURN_SECONDS) -> int:
    """Process what is pending, oldest first; return how much. Any number of processes may do so at once.

    Ends after about `seconds` and then asks to be continued: under a lasting rush there is always more.
    """
    ends = time.monotonic() + seconds
    done = 0
    while _process_next():
        done += 1
        if time.monotonic() >= ends:
            hint_work(INBOUND)
            break
    return done


def attend(*, seconds: float = WATCH_SECONDS) -> None:
    """Process what is pending and, for a while, what comes: one task for many texts.

    One process has the watch; another helps with what is pending and has nothing to stay for. Who had
    something to do sends for a relief, and goes on until it is there: a task may take its time to come.
    """
    with sql.planned_by_indexes():
        _attend(seconds)


def _attend(seconds: float) -> None:
    if not _take_watch():
        process_deliveries()
        return
    with hearing_work() as wait:
        try:
            had_work = _keep_watch(wait, seconds)
        finally:
            sql.execute("SELECT pg_advisory_unlock(%s)", [WATCH_LOCK])
        if had_work:
            hint_work(INBOUND)
            _keep_watch(wait, RELIEF_SECONDS, until=_is_watched)
    # What came while the relay still relied on the watch.
    process_deliveries(seconds=0)


def _take_watch() -> bool:
    return sql.row("SELECT pg_try_advisory_lock(%s)", [WATCH_LOCK]) == (True,)


def _is_watched() -> bool:
    return sql.row("SELECT pg_try_advisory_xact_lock_shared(%s)", [WATCH_LOCK]) != (True,)


def _keep_watch(
    wait: Callable[[float], bool], seconds: float, *, until: Callable[[], bool] | None = None
) -> bool:
    """Process what is pending and what comes; whether anything was."""
    ends = time.monotonic() + seconds
    had_work = False
    has_heard = True
    while (left := ends - time.monotonic()) > 0 and not (until and until()):
        # Without a hint there is hardly ever anything: a look costs a third of a claim that finds nothing.
        if (has_heard or _is_any_pending()) and _process_next():
            had_work = True
            has_heard = wait(0)
        else:
            has_heard = wait(min(left, LOOK_UP_SECONDS) if until else left)
    return had_work


def _is_any_pending() -> bool:
    found = sql.row(
        "SELECT 1 FROM messaging_delivery "
        "WHERE processed_at IS NULL AND parked_at IS NULL AND try_after <= clock_timestamp() LIMIT 1"
    )
    return found is not None


class Attendance(Enum):
    """How the deliveries are looked after at this moment."""

    NOBODY = auto()
    KEEPS_UP = auto()
    NEEDS_HELP = auto()


_ATTENDANCE = f"""
SELECT NOT pg_try_advisory_xact_lock_shared(%s), (
    SELECT count(*) FROM (
        SELECT FROM messaging_delivery
         WHERE processed_at IS NULL AND parked_at IS NULL AND try_after <= clock_timestamp()
         LIMIT {HELP_FROM}) few)
"""


def attendance() -> Attendance:
    """Whether a process has the watch, and whether it keeps up."""
    is_watched, pending = sql.row(_ATTENDANCE, [WATCH_LOCK]) or (False, 0)
    if not is_watched:
        return Attendance.NOBODY
    return Attendance.NEEDS_HELP if pending >= HELP_FROM else Attendance.KEEPS_UP


def has_overdue_deliveries(*, age_seconds: float) -> bool:
    """Whether something has been waiting longer than a hint needs to be acted upon."""
    found = sql.row(
        "SELECT 1 FROM messaging_delivery WHERE processed_at IS NULL AND parked_at IS NULL "
        "AND greatest(received_at, try_after) < clock_timestamp() - make_interval(secs => %s) LIMIT 1",
        [age_seconds],
    )
    return found is not None


# Of each customer only the oldest pending delivery counts, and of these the oldest that nobody is at. It is
# marked with the claim; a process that fails takes the mark back with everything else. The lock of the
# customer is for what the rows do not show: an older delivery that was not committed yet, or a long text
# that is delivered without its missing part. A crash takes the mark back with all that was done: it is done
# again, so nobody waits for the disk.
_CLAIM = f"""
UPDATE messaging_delivery d
   SET processed_at = date_trunc('milliseconds', clock_timestamp())
  FROM sms_registrations_smsregistration r
 WHERE d.id = (
    SELECT p.id FROM messaging_delivery p
     WHERE p.processed_at IS NULL AND p.parked_at IS NULL AND p.try_after <= clock_timestamp()
       AND NOT EXISTS (
           SELECT FROM messaging_delivery e
            WHERE e.serial_key = p.serial_key AND e.id < p.id
              AND e.processed_at IS NULL AND e.parked_at IS NULL)
     ORDER BY p.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
   AND r.id = d.registration_id AND pg_try_advisory_xact_lock(d.serial_key)
RETURNING d.id, d.kind, d.fields, d.received_at, d.processed_at, d.attempts,
          r.id, r.business_unit_id, r.provider, r.transport_code, {sql.WITHOUT_WAITING_FOR_THE_DISK}
"""


def _claim() -> Delivery | None:
    """The next delivery, marked as processed in this transaction; None when there is none to be had."""
    found = sql.row(_CLAIM)
    if found is None:
        return None
    delivery_id, kind, fields, received_at, processed_at, attempts, *number = found
    registration_id, unit_id, provider, code, _setting = number
    delivery = sql.known(
        Delivery,
        id=delivery_id,
        registration_id=registration_id,
        kind=kind,
        fields=json.loads(fields),
        received_at=received_at,
        processed_at=processed_at,
        attempts=attempts,
    )
    delivery.registration = sql.known(
        SmsRegistration, id=registration_id, business_unit_id=unit_id, provider=provider, transport_code=code
    )
    return delivery


def _process_next() -> bool:
    """Process the oldest pending delivery of a customer; False when there is none to be had."""
    delivery: Delivery | None = None
    try:
        with transaction.atomic(durable=True):
            delivery = _claim()
            if delivery is None or delivery.processed_at is None:
                return False
            if not _handle(delivery, delivery.processed_at):
                Delivery.objects.filter(pk=delivery.pk).update(processed_at=None)
            return True
    except NoPointOfContact:
        if delivery is None:
            raise
        _park_unanswered(delivery)
        return True
    except DomainError as error:
        if delivery is None:
            raise
        _park(delivery, error.code)
        return True
    except Exception as error:
        # The edge of one delivery: it is tried again and then parked, and holds up nobody else's meanwhile.
        if delivery is None:
            raise
        _postpone_failed(delivery, error)
        return True


def _handle(delivery: Delivery, now: datetime) -> bool:
    """True when it is done, False when it is to be tried again later."""
    provider = get_provider(delivery.registration.provider)
    if delivery.kind == Delivery.Kind.RECEIPT:
        return apply_receipt(delivery=delivery, receipt=provider.parse_receipt(delivery.fields), now=now)
    _handle_text(delivery.registration, provider.parse_inbound(delivery.fields), now)
    return True


def _park(delivery: Delivery, reason: str) -> None:
    logger.warning("delivery_parked", extra={"delivery_id": delivery.pk, "reason": reason})
    Delivery.objects.filter(pk=delivery.pk).update(
        parked_at=database_now(), failure=reason, attempts=F("attempts") + 1
    )


@transaction.atomic
def _park_unanswered(delivery: Delivery) -> None:
    """Nobody listens on the number: the text is kept. A wish to stop holds all the same."""
    registration = delivery.registration
    inbound = get_provider(registration.provider).parse_inbound(delivery.fields)
    keyword = opt_outs.keyword_of(inbound.text) if inbound.part is None else None
    if keyword is not None:
        customer = find_or_create_customer(
            business_unit_id=registration.business_unit_id, address=inbound.sender
        )
        _record_wish(registration, customer, keyword, database_now())
    _park(delivery, NoPointOfContact.code)


def _postpone_failed(delivery: Delivery, error: Exception) -> None:
    failure = describe(error)
    attempts = delivery.attempts + 1
    logger.error(
        "delivery_failed", extra={"delivery_id": delivery.pk, "attempts": attempts, "failure": failure}
    )
    if attempts >= MAX_ATTEMPTS:
        _park(delivery, failure)
        return
    Delivery.objects.filter(pk=delivery.pk).update(
        attempts=attempts, failure=failure, try_after=database_now() + timedelta(seconds=2**attempts)
    )


@dataclass(frozen=True, slots=True)
class WholeText:
    """What a customer wrote, joined from its parts as far as they came."""

    customer: Customer
    recipient: str
    text: str
    parts: list[tuple[int, str]]
    sent_at: datetime | None
    is_incomplete: bool = False


def _handle_text(registration: SmsRegistration, inbound: InboundText, now: datetime) -> None:
    customer = find_or_create_customer(business_unit_id=registration.business_unit_id, address=inbound.sender)
    text = inbound.text or (BINARY_TEXT if inbound.is_binary else "")
    if inbound.part is None or inbound.is_binary:
        parts = [(1, inbound.provider_message_id)]
        deliver_text(
            registration=registration,
            whole=WholeText(customer, inbound.recipient, text, parts, inbound.sent_at),
            now=now,
        )
        return
    joined = add_part(registration=registration, sender=customer.address, inbound=inbound, now=now)
    if joined is not None:
        deliver_joined(registration=registration, joined=joined, sent_at=inbound.sent_at, now=now)


def deliver_joined(
    *, registration: SmsRegistration, joined: Joined, sent_at: datetime | None, now: datetime
) -> None:
    """Deliver a long text whose parts are together, or whose time to wait for them is over."""
    customer = find_or_create_customer(
        business_unit_id=registration.business_unit_id, address=joined.assembly.sender
    )
    whole = WholeText(
        customer,
        registration.transport_code,
        joined.text,
        joined.parts,
        sent_at,
        is_incomplete=not joined.is_complete,
    )
    message = deliver_text(registration=registration, whole=whole, now=now)
    joined.assembly.message = message
    joined.assembly.save(update_fields=["message"])


def deliver_text(*, registration: SmsRegistration, whole: WholeText, now: datetime) -> Message:
    """Join the text to the customer's open contact, or open one and run its script.

    A wish to stop or start is recorded first. Raises NoPointOfContact when nothing listens on the number.
    """
    keyword = None if whole.is_incomplete else opt_outs.keyword_of(whole.text)
    contact = lock_open_contact(
        registration_id=registration.pk, customer_id=whole.customer.pk, or_asking=keyword is None
    )
    listener = _listener(registration) if contact is None else None
    if keyword is not None:
        changed = _record_wish(registration, whole.customer, keyword, now)
    incoming = Incoming(
        sender=whole.customer.address,
        recipient=whole.recipient,
        text=whole.text,
        parts=whole.parts,
        provider_sent_at=whole.sent_at,
        is_incomplete=whole.is_incomplete,
    )
    if listener is not None:
        contact, message = open_inbound_contact(
            listener=listener, customer=whole.customer, incoming=incoming, now=now
        )
    else:
        assert contact is not None
        message = add_inbound_message(contact=contact, incoming=incoming, now=now)
    if keyword is not None:
        _answer_wish(contact, keyword, changed=changed, now=now)
    if listener is not None and keyword is None:
        number = registration.transport_code
        start_script(contact=contact, listener=listener, text=whole.text, number=number, now=now)
    elif listener is not None:
        _close_without_agent(contact, now)
    elif keyword is None:
        receive_message(contact=contact, text=whole.text, now=now)
    return message


def _listener(registration: SmsRegistration) -> Listener:
    listener = listener_of(transport_code_id=registration.pk)
    if listener is None:
        raise NoPointOfContact("No active point of contact listens on this transport code.")
    return listener


def _record_wish(registration: SmsRegistration, customer: Customer, keyword: Keyword, now: datetime) -> bool:
    if keyword.wish is Wish.STOP:
        return opt_outs.record_stop(
            registration_id=registration.pk, customer_id=customer.pk, keyword=keyword, now=now
        )
    return opt_outs.record_start(registration_id=registration.pk, customer_id=customer.pk, now=now)


def _answer_wish(contact: Contact, keyword: Keyword, *, changed: bool, now: datetime) -> None:
    """One confirmation, and only when something changed: a second STOP is answered with silence."""
    record_event(contact_id=contact.pk, kind=f"opt_out_{keyword.wish.value}", changed=changed)
    if not changed:
        return
    texts = opt_outs.STOPPED if keyword.wish is Wish.STOP else opt_outs.STARTED
    add_outbound_message(
        contact=contact,
        text=texts[keyword.language],
        now=now,
        priority=AUTOMATIC,
        ignores_opt_out=keyword.wish is Wish.STOP,
    )


def _close_without_agent(contact: Contact, now: datetime) -> None:
    """A lone STOP or START needs no agent."""
    Contact.objects.filter(pk=contact.pk).update(
        state=Contact.State.CLOSED, ended_at=now, closed_at=now, updated_at=now
    )
    record_event(contact_id=contact.pk, kind="closed", reason="keyword")


def deliver_incomplete(*, limit: int = 100) -> int:
    """Deliver long texts whose missing parts did not come in time, marked incomplete; return how many.

    A text that cannot be delivered is kept and tried again later: it holds up neither others nor the sweeper.
    """
    return sum(_deliver_or_postpone(assembly_id) for assembly_id in due_assemblies(limit=limit))


def _deliver_or_postpone(assembly_id: int) -> bool:
    try:
        return _deliver_due(assembly_id)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge of one text: one that fails must not stop the sweeper
        failure = error.code if isinstance(error, DomainError) else describe(error)
        logger.error("assembly_failed", extra={"assembly_id": assembly_id, "failure": failure})
        postpone_assembly(assembly_id=assembly_id)
        return False


@transaction.atomic
def _deliver_due(assembly_id: int) -> bool:
    joined = take_due(assembly_id=assembly_id)
    if joined is None:
        return False
    deliver_joined(registration=joined.assembly.registration, joined=joined, sent_at=None, now=database_now())
    return True
