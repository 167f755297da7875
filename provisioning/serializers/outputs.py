"""Configured objects as answers show them. Secrets have no field here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agents.models import Agent, Team
from agents.selectors import effective_limits
from campaigns.models import Campaign
from dispositions.models import Disposition, Tag
from hours.models import HoursOfOperation
from organizations.models import COOL_DOWNS, BusinessUnit
from points_of_contact.models import PointOfContact
from provisioning.fields import AgentSkillsField, DocumentField, DocumentListField, SkillAgentsField
from provisioning.serializers.base import OutputSerializer, reference
from provisioning.serializers.inputs import (
    SECRETS,
    BusinessUnitInput,
    CampaignInput,
    DispositionInput,
    HoursOfOperationInput,
    PointOfContactInput,
    QuickReplyInput,
    ScriptSecretInput,
    SmsRegistrationInput,
    TagInput,
    TeamInput,
)
from quick_replies.models import QuickReply
from scripts.models import Script, ScriptSecret, ScriptVersion
from skills.models import Skill
from sms_registrations.models import SmsRegistration


def _with_stamps(fields: list[str]) -> list[str]:
    return ["id", *fields, "created_at", "updated_at"]


class BusinessUnitOutput(OutputSerializer):
    class Meta:
        model = BusinessUnit
        fields = _with_stamps(BusinessUnitInput.Meta.fields)


class SmsRegistrationOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)
    inbound_webhook_url = serializers.CharField(read_only=True)
    status_webhook_url = serializers.CharField(read_only=True)

    class Meta:
        model = SmsRegistration
        fields = [
            *_with_stamps([name for name in SmsRegistrationInput.Meta.fields if name not in SECRETS]),
            "inbound_webhook_url",
            "status_webhook_url",
        ]


class CampaignOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)

    class Meta:
        model = Campaign
        fields = _with_stamps(CampaignInput.Meta.fields)


class DispositionOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)

    class Meta:
        model = Disposition
        fields = _with_stamps(DispositionInput.Meta.fields)


class TagOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)

    class Meta:
        model = Tag
        fields = _with_stamps(TagInput.Meta.fields)


class HoursOfOperationOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)
    special_days = DocumentListField(read_only=True)

    class Meta:
        model = HoursOfOperation
        fields = _with_stamps(HoursOfOperationInput.Meta.fields)


class ScriptSecretOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)

    class Meta:
        model = ScriptSecret
        fields = _with_stamps([name for name in ScriptSecretInput.Meta.fields if name not in SECRETS])


class QuickReplyOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)
    skills = serializers.SerializerMethodField()
    times_used = serializers.IntegerField(source="times")
    last_used_at = serializers.DateTimeField(source="last_use")

    class Meta:
        model = QuickReply
        fields = _with_stamps([*QuickReplyInput.Meta.fields, "times_used", "last_used_at"])

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_skills(self, reply: QuickReply) -> list[str]:
        return sorted(row.skill.name for row in reply.quick_reply_skills.all())


class SkillOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)
    campaign = reference(Campaign)
    transport_code = reference(SmsRegistration, allow_null=True)
    default_disposition = reference(Disposition, allow_null=True)
    overflow_skill = reference(Skill, allow_null=True)
    dispositions = serializers.SerializerMethodField()
    tags = serializers.SerializerMethodField()
    agents = SkillAgentsField(source="agent_skills", read_only=True)

    class Meta:
        model = Skill
        fields = _with_stamps(
            [
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
        )

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_dispositions(self, skill: Skill) -> list[str]:
        rows = sorted(skill.skill_dispositions.all(), key=lambda row: (row.position, row.pk))
        return [row.disposition.name for row in rows]

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_tags(self, skill: Skill) -> list[str]:
        rows = sorted(skill.skill_tags.all(), key=lambda row: (row.position, row.pk))
        return [row.tag.name for row in rows]


class TeamOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)

    class Meta:
        model = Team
        fields = _with_stamps(TeamInput.Meta.fields)


class AgentOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)
    username = serializers.CharField(source="user.username", read_only=True)
    name = serializers.SerializerMethodField(help_text=_("The person's name, else the username."))
    first_name = serializers.CharField(source="user.first_name", read_only=True)
    last_name = serializers.CharField(source="user.last_name", read_only=True)
    team = reference(Team, allow_null=True)
    effective = serializers.SerializerMethodField(
        help_text=_("What holds of the limits and cool-downs, and who set it: agent, team or business_unit.")
    )
    skills = AgentSkillsField(source="agent_skills", read_only=True)

    class Meta:
        model = Agent
        fields = _with_stamps(
            [
                "business_unit",
                "username",
                "name",
                "first_name",
                "last_name",
                "is_active",
                "team",
                "max_concurrent_sms",
                "max_concurrent_chats",
                "sms_refusal_timeout_seconds",
                *COOL_DOWNS,
                "effective",
                "skills",
            ]
        )

    def get_name(self, agent: Agent) -> str:
        return str(agent)

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "object"}})
    def get_effective(self, agent: Agent) -> dict[str, dict[str, Any]]:
        return {
            name: {"value": one["value"], "source": one["source"].value}
            for name, one in asdict(effective_limits(agent)).items()
        }


class ScriptOutput(OutputSerializer):
    """`definition`, `version`, `status` are those of the published version, or of the draft without one."""

    business_unit = reference(BusinessUnit)
    definition = serializers.SerializerMethodField()
    version = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()

    class Meta:
        model = Script
        fields = _with_stamps(
            ["business_unit", "name", "is_active", "media_type", "definition", "version", "status"]
        )

    @staticmethod
    def _shown(script: Script) -> ScriptVersion | None:
        """Not the draft beside it: what was read and is sent back must not publish unfinished work."""
        versions = {version.status: version for version in script.versions.all()}
        draft = versions.get(ScriptVersion.Status.DRAFT)
        return versions.get(ScriptVersion.Status.PUBLISHED, draft)

    @extend_schema_field(DocumentField)
    def get_definition(self, script: Script) -> Any:
        shown = self._shown(script)
        return shown.definition if shown else None

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_version(self, script: Script) -> int | None:
        shown = self._shown(script)
        return shown.number if shown else None

    @extend_schema_field(serializers.ChoiceField(choices=ScriptVersion.Status.choices, allow_null=True))
    def get_status(self, script: Script) -> str | None:
        shown = self._shown(script)
        return shown.status if shown else None


class PointOfContactOutput(OutputSerializer):
    business_unit = reference(BusinessUnit)
    transport_code = reference(SmsRegistration)
    skill = reference(Skill)
    script = reference(Script)

    class Meta:
        model = PointOfContact
        fields = _with_stamps(PointOfContactInput.Meta.fields)
