"""Reads what an agent's requests say, in the natural keys of his business unit."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from agents.models import Agent
from contacts.models import Contact
from core.errors import NotAllowed, NotFound, RuleBroken
from core.phone import AddressKind, normalise_address
from core.text import nfc
from dispositions.models import Disposition, Tag
from organizations.models import User
from skills.models import Skill

MAX_TEXT = 1530
"""Ten joined segments of the GSM alphabet: what providers recommend not to exceed."""


NOT_OUTBOUND = _("Choose one of your outbound skills.")


class TextInput(serializers.Serializer[Any]):
    """A text to send."""

    text = serializers.CharField(max_length=MAX_TEXT, trim_whitespace=False)

    def validate_text(self, value: str) -> str:
        if not value.strip():
            raise serializers.ValidationError(_("Write a text first."))
        return nfc(value.replace("\x00", ""))


class ReplyInput(TextInput):
    """A text to send, and perhaps the quick reply that it was made from."""

    quick_reply = serializers.IntegerField(required=False, allow_null=True, default=None)


class TypedInput(serializers.Serializer[Any]):
    """What has been typed so far; nothing forgets it."""

    text = serializers.CharField(max_length=MAX_TEXT, trim_whitespace=False, allow_blank=True)

    def validate_text(self, value: str) -> str:
        return value.replace("\x00", "")


class SnoozeInput(serializers.Serializer[Any]):
    """Until when a contact is put aside; null: until the customer's next text."""

    until = serializers.DateTimeField(required=False, allow_null=True, default=None)


class NoteInput(serializers.Serializer[Any]):
    """Words for colleagues."""

    text = serializers.CharField(trim_whitespace=False, allow_blank=True)


class ConsultationInput(NoteInput):
    """A question to a colleague, who is named by his user name."""

    agent = serializers.CharField()


class ParticipantInput(serializers.Serializer[Any]):
    """Who is to leave: the asking agent himself unless said."""

    agent = serializers.CharField(required=False)


class StateInput(serializers.Serializer[Any]):
    """The status that an agent chooses."""

    state = serializers.CharField()
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=60)


class PushKeysInput(serializers.Serializer[Any]):
    """The keys of a browser, in URL-safe base64."""

    p256dh = serializers.CharField(max_length=100)
    auth = serializers.CharField(max_length=30)


class PushSubscriptionInput(serializers.Serializer[Any]):
    """What `PushSubscription.toJSON()` of a browser gives."""

    endpoint = serializers.CharField(max_length=1000)
    keys = PushKeysInput()


class PushEndpointInput(serializers.Serializer[Any]):
    """Which browser."""

    endpoint = serializers.CharField(max_length=1000)


class NextStateInput(serializers.Serializer[Any]):
    """Why the agent becomes unavailable after what he has."""

    reason = serializers.CharField(max_length=60)


class TransferInput(serializers.Serializer[Any]):
    """A skill or an agent, and a note for whoever takes it."""

    skill = serializers.CharField(required=False)
    agent = serializers.CharField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, default="")


class DispositionInput(serializers.Serializer[Any]):
    """The outcome of a contact."""

    disposition = serializers.CharField(required=False, allow_null=True, allow_blank=True, default=None)
    notes = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)
    tags = serializers.ListField(child=serializers.CharField(), required=False, default=list)


class PopInput(serializers.Serializer[Any]):
    """What an agent entered in the form of a screen pop, by variable."""

    values = serializers.DictField(child=serializers.CharField(allow_blank=True, trim_whitespace=True))

    def validate_values(self, values: dict[str, str]) -> dict[str, str]:
        return {name: nfc(value.replace("\x00", "")) for name, value in values.items()}


class StartInput(TextInput):
    """An outbound contact."""

    skill = serializers.CharField()
    to = serializers.CharField(max_length=64)


NO_AGENT = _("Only agents have a workspace: ask an administrator to make you one.")


def agent_of(user: User) -> Agent:
    """The agent that a user is. Raises NotAllowed when he is none."""
    agent = Agent.objects.select_related("business_unit").filter(user=user, is_active=True).first()
    if agent is None:
        raise NotAllowed(NO_AGENT)
    agent.user = user
    return agent


def own_contact(agent: Agent, contact_id: int) -> Contact:
    """One of the agent's contacts. Raises NotFound."""
    contact = (
        Contact.objects.select_related("customer", "transport_code", "skill")
        .filter(pk=contact_id, agent=agent)
        .first()
    )
    if contact is None:
        raise NotFound(_("There is no such contact among yours."))
    return contact


def skill_named(agent: Agent, name: str) -> Skill:
    """A skill of the agent's business unit. Raises RuleBroken."""
    skill = (
        Skill.objects.select_related("transport_code", "business_unit")
        .filter(business_unit_id=agent.business_unit_id, name__iexact=name)
        .first()
    )
    if skill is None:
        message = _("There is no skill with this name.")
        raise RuleBroken(message, fields={"skill": [message]})
    return skill


def agent_named(agent: Agent, username: str) -> Agent:
    """Another agent of the business unit. Raises RuleBroken."""
    other = Agent.objects.filter(business_unit_id=agent.business_unit_id, user__username=username).first()
    if other is None:
        message = _("There is no agent with this user name.")
        raise RuleBroken(message, fields={"agent": [message]})
    return other


def outcome_of(
    agent: Agent, *, disposition: str | None, tags: list[str]
) -> tuple[Disposition | None, list[Tag]]:
    """Disposition and tags by name. Raises RuleBroken."""
    found = None
    if disposition:
        found = Disposition.objects.filter(
            business_unit_id=agent.business_unit_id, name__iexact=disposition
        ).first()
        if found is None:
            message = _("There is no disposition with this name.")
            raise RuleBroken(message, fields={"disposition": [message]})
    names = {name.casefold() for name in tags}
    known = [
        tag
        for tag in Tag.objects.filter(business_unit_id=agent.business_unit_id)
        if tag.name.casefold() in names
    ]
    if len(known) != len(names):
        message = _("There is no tag with this name.")
        raise RuleBroken(message, fields={"tags": [message]})
    return found, known


def address_to_text(raw: str, *, country: str) -> str:
    """The number that an agent wants to text. Raises RuleBroken when it cannot be one."""
    address = normalise_address(raw, region=country or None)
    if address.kind is AddressKind.ALPHANUMERIC or not address.raw:
        message = _("Enter a phone number with its country code, such as +33 6 12 34 56 78.")
        raise RuleBroken(message, fields={"to": [message]})
    return address.raw
