"""The bodies of POST, PUT and PATCH, one class per resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from agents.models import Agent, Team
from campaigns.models import Campaign
from dispositions.models import Disposition, Tag
from hours.models import WEEKDAYS, HoursOfOperation
from organizations.models import COOL_DOWNS, BusinessUnit
from points_of_contact.models import PointOfContact
from provisioning.fields import (
    AgentSkillsField,
    DocumentField,
    DocumentListField,
    NaturalKeyField,
    NaturalKeyListField,
    SkillAgentsField,
)
from provisioning.serializers.base import READ_ONLY, InputSerializer, UnitField
from quick_replies.models import QuickReply
from scripts.models import Script, ScriptSecret
from skills.models import Skill
from skills.names import NAME_SENTENCE
from sms_registrations.models import SmsRegistration

SECRETS = ("api_secret", "signature_secret", "secret_value")


class BusinessUnitInput(InputSerializer):
    class Meta:
        model = BusinessUnit
        fields = [
            "name",
            "is_active",
            "time_zone",
            "default_sms_refusal_timeout_seconds",
            "default_max_concurrent_sms",
            "default_max_concurrent_chats",
            "skill_name_pattern",
            "screen_pop_hosts",
            "push_shows_texts",
            "refused_after_miss",
            "misses_before_refused",
            "refused_after_refusal",
            "reoffer_delay_seconds",
            "vanished_grace_seconds",
            *COOL_DOWNS,
        ]


class SmsRegistrationInput(InputSerializer):
    business_unit = UnitField()
    # The service takes out spaces and signs before the rules of the model apply.
    transport_code = serializers.CharField(
        max_length=40, help_text=_("The number or code that customers text, in any usual way of writing.")
    )
    ignored_fields = (*READ_ONLY, "inbound_webhook_url", "status_webhook_url")
    kept_fields = ("name", "api_secret", "signature_secret")

    class Meta:
        model = SmsRegistration
        fields = [
            "business_unit",
            "name",
            "is_active",
            "provider",
            "transport_code",
            "number_type",
            "country",
            "api_key",
            "api_secret",
            "signature_method",
            "signature_secret",
            "messages_per_second",
            "price_per_segment",
            "price_currency",
            "notes",
        ]
        extra_kwargs = {
            "name": {"required": False, "help_text": _("The transport code unless said.")},
            "api_secret": {"write_only": True},
            "signature_secret": {"write_only": True},
        }


class CampaignInput(InputSerializer):
    business_unit = UnitField()

    class Meta:
        model = Campaign
        fields = ["business_unit", "name", "is_active", "description", "notes"]


# The agent's desk has an input of this name too: the outcome of one contact.
@extend_schema_serializer(component_name="ConfiguredDispositionInput")
class DispositionInput(InputSerializer):
    business_unit = UnitField()

    class Meta:
        model = Disposition
        fields = ["business_unit", "name", "is_active", "classification", "notes"]


class TagInput(InputSerializer):
    business_unit = UnitField()

    class Meta:
        model = Tag
        fields = ["business_unit", "name", "is_active", "notes"]


class HoursOfOperationInput(InputSerializer):
    business_unit = UnitField()
    special_days = DocumentListField(
        required=False,
        help_text=_("Objects with date, name, hours, is_holiday (true) and every_year (false)."),
    )

    class Meta:
        model = HoursOfOperation
        fields = [
            "business_unit",
            "name",
            "is_active",
            "time_zone",
            "override",
            *WEEKDAYS,
            "special_days",
            "notes",
        ]
        extra_kwargs = {
            day: {"help_text": _("Such as 09:00-12:00, 13:00-17:00; blank is closed.")} for day in WEEKDAYS
        }


class ScriptSecretInput(InputSerializer):
    business_unit = UnitField()
    kept_fields = ("secret_value",)

    class Meta:
        model = ScriptSecret
        fields = ["business_unit", "name", "is_active", "secret_value", "hosts", "notes"]
        extra_kwargs = {"secret_value": {"write_only": True}}


class SkillInput(InputSerializer):
    business_unit = UnitField()
    # The service brings it into Unicode's composed form before the rules of the model apply.
    name = serializers.CharField(max_length=100, help_text=NAME_SENTENCE)
    campaign = NaturalKeyField(Campaign)
    transport_code = NaturalKeyField(SmsRegistration, required=False, allow_null=True)
    default_disposition = NaturalKeyField(Disposition, required=False, allow_null=True)
    overflow_skill = NaturalKeyField(Skill, required=False, allow_null=True)
    dispositions = NaturalKeyListField(Disposition, required=False)
    tags = NaturalKeyListField(Tag, required=False)
    agents = SkillAgentsField(required=False)
    kept_fields = ("agents",)

    class Meta:
        model = Skill
        fields = [
            "business_unit",
            "name",
            "is_active",
            "media_type",
            "direction",
            "outbound_strategy",
            "campaign",
            "transport_code",
            "notes",
            "use_screen_pops",
            "screen_pop_url",
            "screen_pop_trigger",
            "initial_priority",
            "acceleration",
            "max_priority",
            "queue_order",
            "returning_agent_seconds",
            "overflow_skill",
            "overflow_after_seconds",
            "service_level_threshold_seconds",
            "service_level_goal_percent",
            "short_abandon_enabled",
            "short_abandon_threshold_seconds",
            "require_disposition",
            "after_contact_work_seconds",
            "after_contact_work_extension_seconds",
            "default_disposition",
            "dispositions",
            "tags",
            "agents",
        ]

    def replacing(self, values: Mapping[str, Any]) -> dict[str, Any]:
        replaced = super().replacing(values)
        if replaced["direction"] == Skill.Direction.OUTBOUND and "outbound_strategy" not in values:
            replaced["outbound_strategy"] = Skill.OutboundStrategy.MANUAL
        return replaced


class QuickReplyInput(InputSerializer):
    business_unit = UnitField()
    shortcut = serializers.CharField(
        max_length=31, help_text=_("What an agent types after a slash; the slash may be sent too.")
    )
    skills = NaturalKeyListField(Skill, required=False, help_text=_("None: those of all skills."))
    ignored_fields = (*READ_ONLY, "times_used", "last_used_at")

    class Meta:
        model = QuickReply
        fields = ["business_unit", "name", "shortcut", "is_active", "language", "text", "skills", "notes"]


class TeamInput(InputSerializer):
    business_unit = UnitField()

    class Meta:
        model = Team
        fields = [
            "business_unit",
            "name",
            "is_active",
            "max_concurrent_sms",
            "max_concurrent_chats",
            *COOL_DOWNS,
        ]


class AgentInput(InputSerializer):
    business_unit = UnitField()
    username = serializers.CharField(
        max_length=150,
        validators=[AbstractUser.username_validator],
        help_text=_("The account is made if it does not exist. It cannot be changed later."),
    )
    first_name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    last_name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    team = NaturalKeyField(Team, required=False, allow_null=True)
    skills = AgentSkillsField(required=False)
    ignored_fields = (*READ_ONLY, "name", "effective")
    kept_fields = ("first_name", "last_name")

    class Meta:
        model = Agent
        fields = [
            "business_unit",
            "username",
            "first_name",
            "last_name",
            "is_active",
            "team",
            "max_concurrent_sms",
            "max_concurrent_chats",
            "sms_refusal_timeout_seconds",
            *COOL_DOWNS,
            "skills",
        ]

    def validate_username(self, username: str) -> str:
        if self.instance is not None and username != self.instance.user.username:
            raise serializers.ValidationError(_("The user name cannot be changed."))
        return username


class ScriptInput(InputSerializer):
    business_unit = UnitField()
    definition = DocumentField(
        required=False, help_text=_("Actions and branches. Publishes a version unless it already is the one.")
    )
    ignored_fields = (*READ_ONLY, "version", "status")
    kept_fields = ("definition",)

    class Meta:
        model = Script
        fields = ["business_unit", "name", "is_active", "media_type", "definition"]


class PointOfContactInput(InputSerializer):
    business_unit = UnitField()
    transport_code = NaturalKeyField(SmsRegistration)
    skill = NaturalKeyField(Skill)
    script = NaturalKeyField(Script)

    class Meta:
        model = PointOfContact
        fields = [
            "business_unit",
            "name",
            "is_active",
            "media_type",
            "transport_code",
            "skill",
            "script",
            "ivr_reporting_enabled",
        ]
