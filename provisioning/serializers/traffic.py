"""What customers and agents do, as answers show it: read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agents.models import Agent
from contacts.models import Contact, Customer, Message, TraceStep
from dispositions.models import Disposition
from organizations.models import BusinessUnit
from points_of_contact.models import PointOfContact
from provisioning.serializers.base import OutputSerializer, reference
from routing.matching import Waiting, milliseconds, priority
from routing.models import Decision, Offer
from skills.models import Skill
from sms_registrations.models import SmsRegistration


class CustomerOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)

    class Meta:
        model = Customer
        fields = ["id", "business_unit", "address", "e164", "name", "notes", "created_at", "updated_at"]


class ContactOutput(OutputSerializer):
    """`priority` is the one of the moment of the answer, and null unless the contact waits in a queue."""

    business_unit = reference(BusinessUnit)
    customer = reference(Customer)
    transport_code = reference(SmsRegistration)
    point_of_contact = reference(PointOfContact, allow_null=True)
    skill = reference(Skill)
    agent = reference(Agent, allow_null=True)
    priority = serializers.SerializerMethodField()
    script = serializers.SerializerMethodField()
    disposition = reference(Disposition, allow_null=True)
    tags = serializers.SerializerMethodField()

    class Meta:
        model = Contact
        fields = [
            "id",
            "business_unit",
            "state",
            "direction",
            "media_type",
            "customer",
            "transport_code",
            "point_of_contact",
            "skill",
            "agent",
            "priority",
            "script",
            "queued_at",
            "accepted_at",
            "ended_at",
            "acw_until",
            "closed_at",
            "last_inbound_at",
            "last_outbound_at",
            "message_count",
            "unread",
            "disposition",
            "tags",
            "notes",
            "created_at",
            "updated_at",
        ]

    def get_priority(self, contact: Contact) -> float | None:
        lane = contact.lane
        if lane is None or contact.queue_key is None or contact.queued_at is None:
            return None
        if contact.state not in (Contact.State.QUEUED, Contact.State.OFFERED):
            return None
        waiting = Waiting(
            contact.pk,
            contact.queue_key,
            lane.acceleration_milli,
            lane.max_priority_milli,
            milliseconds(contact.queued_at),
        )
        read_at: datetime = contact.read_at  # type: ignore[attr-defined]  # annotated by the view's query
        return priority(waiting, milliseconds(read_at))

    @extend_schema_field(
        {
            "type": "object",
            "nullable": True,
            "properties": {
                "name": {"type": "string"},
                "version": {"type": "integer"},
                "status": {"type": "string"},
                "failure": {"type": "string"},
            },
        }
    )
    def get_script(self, contact: Contact) -> dict[str, Any] | None:
        """The run of the script, pinned to the version it began with."""
        run = getattr(contact, "script_run", None)
        if run is None:
            return None
        version = run.version
        return {
            "name": version.script.name,
            "version": version.number,
            "status": run.status,
            "failure": run.failure,
        }

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_tags(self, contact: Contact) -> list[str]:
        return sorted(tag.name for tag in contact.tags.all())


class MessageOutput(OutputSerializer):
    contact = serializers.IntegerField(source="contact_id", read_only=True)
    transport_code = reference(SmsRegistration)
    author = serializers.CharField(source="author.username", read_only=True, allow_null=True, default=None)
    provider_message_ids = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = [
            "id",
            "contact",
            "position",
            "direction",
            "transport_code",
            "text",
            "is_incomplete",
            "status",
            "status_reason",
            "encoding",
            "segments",
            "author",
            "provider_message_ids",
            "created_at",
            "provider_sent_at",
        ]

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of the language, so it cannot be the name of an attribute."""
        fields = super().get_fields()
        fields["from"] = serializers.CharField(source="from_address", read_only=True)
        fields["to"] = serializers.CharField(source="to_address", read_only=True)
        return fields

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_provider_message_ids(self, message: Message) -> list[str]:
        parts = sorted(message.parts.all(), key=lambda part: (part.number, part.pk))
        return [part.provider_message_id for part in parts]


class OfferOutput(OutputSerializer):
    contact = serializers.IntegerField(source="contact_id", read_only=True)
    agent = reference(Agent)
    skill = reference(Skill)

    class Meta:
        model = Offer
        fields = [
            "id",
            "contact",
            "agent",
            "skill",
            "state",
            "reason",
            "offered_at",
            "expires_at",
            "settled_at",
        ]


class TraceStepOutput(OutputSerializer):
    """One action that the contact passed, and the branch it left by."""

    action = serializers.CharField(source="action_id", read_only=True)
    type = serializers.CharField(source="action_type", read_only=True)

    class Meta:
        model = TraceStep
        fields = ["position", "action", "type", "label", "branch", "at", "values"]


class DecisionOutput(OutputSerializer):
    """Why an offer was made: the contacts that were compared and the agents that were considered."""

    offer = serializers.IntegerField(source="offer_id", read_only=True)
    contact = serializers.IntegerField(source="contact_id", read_only=True)
    agent = serializers.CharField(source="offer.agent.user.username", read_only=True)
    outcome = serializers.CharField(source="offer.state", read_only=True)
    reason = serializers.CharField(source="offer.reason", read_only=True)

    class Meta:
        model = Decision
        fields = [
            "offer",
            "contact",
            "at",
            "agent",
            "outcome",
            "reason",
            "contacts_considered",
            "agents_considered",
        ]
