"""Joins the parts of long texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from contacts.services import complete_message
from core import shards, sql
from core.clock import database_now
from messaging.models import Assembly, AssemblyPart
from messaging.services.intake import serial_key
from sms_registrations.models import SmsRegistration
from sms_registrations.providers.base import InboundText

WAIT = timedelta(seconds=30)
"""How long the parts that have come wait for the others."""

RETRY = timedelta(minutes=5)
"""How long a text that could not be delivered waits for the next try."""

LATE = timedelta(hours=24)
"""How long a late part still finds its text: as long as the provider repeats a call. References repeat."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A text joined from the parts that have come, in the order of their numbers."""

    assembly: Assembly
    text: str
    parts: list[tuple[int, str]]
    is_complete: bool


def _join(assembly: Assembly) -> Joined:
    parts = list(assembly.parts.order_by("number"))
    return Joined(
        assembly=assembly,
        text="".join(part.text for part in parts),
        parts=[(part.number, part.provider_message_id) for part in parts],
        is_complete=len(parts) == assembly.total,
    )


def add_part(
    *, registration: SmsRegistration, sender: str, inbound: InboundText, now: datetime
) -> Joined | None:
    """Keep a part; return the text when this part makes it whole and nobody has seen it yet.

    A part that comes after its text was delivered incomplete is put into it. The caller processes the texts
    of one customer one after the other.
    """
    assert inbound.part is not None
    assembly = _open_assembly(registration, sender, inbound, now)
    AssemblyPart.objects.create(
        assembly=assembly,
        number=inbound.part.number,
        provider_message_id=inbound.provider_message_id,
        text=inbound.text,
    )
    joined = _join(assembly)
    if joined.is_complete:
        assembly.is_complete = True
        assembly.save(update_fields=["is_complete"])
    if assembly.message is not None:
        complete_message(
            message=assembly.message,
            text=joined.text,
            parts=joined.parts,
            is_incomplete=not joined.is_complete,
        )
        return None
    return joined if joined.is_complete else None


def _open_assembly(
    registration: SmsRegistration, sender: str, inbound: InboundText, now: datetime
) -> Assembly:
    assert inbound.part is not None
    part = inbound.part
    found = (
        Assembly.objects.select_related("message")
        .filter(
            registration=registration,
            sender=sender,
            reference=part.ref,
            total=part.total,
            is_complete=False,
            started_at__gt=now - LATE,
        )
        .exclude(parts__number=part.number)
        .order_by("-id")
        .first()
    )
    if found is not None:
        return found
    return Assembly.objects.create(
        registration=registration,
        sender=sender,
        reference=part.ref,
        total=part.total,
        started_at=now,
        deliver_at=now + WAIT,
        serial_key=serial_key(registration_id=registration.pk, kind="inbound", about=sender),
    )


def due_assemblies(*, limit: int = 100) -> list[int]:
    """Incomplete texts whose time to wait is over."""
    unit = (
        "(SELECT r.business_unit_id FROM sms_registrations_smsregistration r WHERE r.id = y.registration_id)"
    )
    due = sql.rows(
        "SELECT y.id FROM messaging_assembly y WHERE NOT y.is_complete AND y.message_id IS NULL "
        f"AND y.deliver_at <= clock_timestamp() AND {shards.ours(unit)} ORDER BY y.deliver_at, y.id LIMIT %s",
        [limit],
    )
    return [assembly_id for (assembly_id,) in due]


def postpone_assembly(*, assembly_id: int) -> None:
    """Its delivery failed: try again after a while, in which somebody may mend what is wrong."""
    Assembly.objects.filter(pk=assembly_id).update(deliver_at=database_now() + RETRY)


@transaction.atomic
def take_due(*, assembly_id: int) -> Joined | None:
    """What has come of a due text, for delivery in this transaction; None if it is no longer due."""
    assembly = Assembly.objects.select_related("registration").get(pk=assembly_id)
    sql.execute("SELECT pg_advisory_xact_lock(%s)", [assembly.serial_key])
    assembly.refresh_from_db()
    if assembly.is_complete or assembly.message_id is not None or assembly.deliver_at > database_now():
        return None
    return _join(assembly)
