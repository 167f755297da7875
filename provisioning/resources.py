"""The configured resources: which serializers, queries and services belong to each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, Prefetch, QuerySet
from django.db.models.functions import Coalesce

from agents.models import Agent, AgentSkill, Team
from agents.services import (
    create_agent,
    create_staffed_skill,
    create_team,
    delete_agent,
    delete_team,
    update_agent,
    update_staffed_skill,
    update_team,
)
from campaigns.models import Campaign
from campaigns.services import create_campaign, delete_campaign, update_campaign
from dispositions.models import Disposition, Tag
from dispositions.services import (
    create_disposition,
    create_tag,
    delete_disposition,
    delete_tag,
    update_disposition,
    update_tag,
)
from hours.models import HoursOfOperation
from hours.services import create_hours, delete_hours, update_hours
from organizations.models import BusinessUnit, User
from organizations.services import create_business_unit, delete_business_unit, update_business_unit
from points_of_contact.models import PointOfContact
from points_of_contact.services import (
    create_point_of_contact,
    delete_point_of_contact,
    update_point_of_contact,
)
from provisioning.serializers import inputs, outputs
from provisioning.serializers.base import InputSerializer, OutputSerializer
from quick_replies.models import QuickReply, QuickReplySkill
from quick_replies.services import create_quick_reply, delete_quick_reply, update_quick_reply
from scripts.models import Script, ScriptSecret, ScriptVersion
from scripts.secrets import create_secret, delete_secret, update_secret
from scripts.services import create_script, delete_script, update_script
from skills.models import Skill, SkillDisposition, SkillTag
from skills.services import delete_skill
from sms_registrations.models import SmsRegistration
from sms_registrations.services import (
    create_sms_registration,
    delete_sms_registration,
    update_sms_registration,
)

Service = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of configured object, as the REST views and the configuration document treat it."""

    section: str
    """Its name in the configuration document; with hyphens, in addresses."""
    model: type[Model]
    input: type[InputSerializer]
    output: type[OutputSerializer]
    queryset: Callable[[], QuerySet[Any]]
    """Everything the output needs, in a fixed number of queries."""
    create_object: Service
    update_object: Service
    delete_object: Service

    @property
    def unit_path(self) -> str:
        """From the object to its business unit."""
        return "pk" if self.model is BusinessUnit else "business_unit"

    def create(self, *, by: User | None, unit: BusinessUnit | None, values: Mapping[str, Any]) -> Any:
        """Make the object by its service."""
        place = {} if unit is None else {"business_unit": unit}
        return self.create_object(by=by, **place, **values)

    def update(self, *, by: User | None, instance: Any, values: Mapping[str, Any]) -> None:
        """Change the object by its service; only what `values` names."""
        self.update_object(by=by, instance=instance, **values)


def _skills() -> QuerySet[Skill]:
    referred = ("business_unit", "campaign", "transport_code", "default_disposition", "overflow_skill")
    return Skill.objects.select_related(*referred).prefetch_related(
        Prefetch("skill_dispositions", SkillDisposition.objects.select_related("disposition")),
        Prefetch("skill_tags", SkillTag.objects.select_related("tag")),
        Prefetch("agent_skills", AgentSkill.objects.select_related("agent__user")),
    )


def _quick_replies() -> QuerySet[QuickReply]:
    return (
        QuickReply.objects.select_related("business_unit")
        .annotate(times=Coalesce("use__times_used", 0), last_use=F("use__last_used_at"))
        .prefetch_related(
            Prefetch("quick_reply_skills", QuickReplySkill.objects.select_related("skill")),
        )
    )


def _agents() -> QuerySet[Agent]:
    return Agent.objects.select_related("business_unit", "user", "team").prefetch_related(
        Prefetch("agent_skills", AgentSkill.objects.select_related("skill"))
    )


def _scripts() -> QuerySet[Script]:
    current = ScriptVersion.objects.exclude(status=ScriptVersion.Status.SUPERSEDED)
    return Script.objects.select_related("business_unit").prefetch_related(Prefetch("versions", current))


def _of_unit(model: type[Model]) -> Callable[[], QuerySet[Any]]:
    return lambda: model._default_manager.select_related("business_unit")


BUSINESS_UNITS = Resource(
    "business_units",
    BusinessUnit,
    inputs.BusinessUnitInput,
    outputs.BusinessUnitOutput,
    BusinessUnit.objects.all,
    create_business_unit,
    update_business_unit,
    delete_business_unit,
)
SMS_REGISTRATIONS = Resource(
    "sms_registrations",
    SmsRegistration,
    inputs.SmsRegistrationInput,
    outputs.SmsRegistrationOutput,
    _of_unit(SmsRegistration),
    create_sms_registration,
    update_sms_registration,
    delete_sms_registration,
)
CAMPAIGNS = Resource(
    "campaigns",
    Campaign,
    inputs.CampaignInput,
    outputs.CampaignOutput,
    _of_unit(Campaign),
    create_campaign,
    update_campaign,
    delete_campaign,
)
DISPOSITIONS = Resource(
    "dispositions",
    Disposition,
    inputs.DispositionInput,
    outputs.DispositionOutput,
    _of_unit(Disposition),
    create_disposition,
    update_disposition,
    delete_disposition,
)
TAGS = Resource(
    "tags",
    Tag,
    inputs.TagInput,
    outputs.TagOutput,
    _of_unit(Tag),
    create_tag,
    update_tag,
    delete_tag,
)
QUICK_REPLIES = Resource(
    "quick_replies",
    QuickReply,
    inputs.QuickReplyInput,
    outputs.QuickReplyOutput,
    _quick_replies,
    create_quick_reply,
    update_quick_reply,
    delete_quick_reply,
)
HOURS_OF_OPERATION = Resource(
    "hours_of_operation",
    HoursOfOperation,
    inputs.HoursOfOperationInput,
    outputs.HoursOfOperationOutput,
    _of_unit(HoursOfOperation),
    create_hours,
    update_hours,
    delete_hours,
)
SCRIPT_SECRETS = Resource(
    "script_secrets",
    ScriptSecret,
    inputs.ScriptSecretInput,
    outputs.ScriptSecretOutput,
    _of_unit(ScriptSecret),
    create_secret,
    update_secret,
    delete_secret,
)
TEAMS = Resource(
    "teams",
    Team,
    inputs.TeamInput,
    outputs.TeamOutput,
    _of_unit(Team),
    create_team,
    update_team,
    delete_team,
)
SKILLS = Resource(
    "skills",
    Skill,
    inputs.SkillInput,
    outputs.SkillOutput,
    _skills,
    create_staffed_skill,
    update_staffed_skill,
    delete_skill,
)
AGENTS = Resource(
    "agents",
    Agent,
    inputs.AgentInput,
    outputs.AgentOutput,
    _agents,
    create_agent,
    update_agent,
    delete_agent,
)
SCRIPTS = Resource(
    "scripts",
    Script,
    inputs.ScriptInput,
    outputs.ScriptOutput,
    _scripts,
    create_script,
    update_script,
    delete_script,
)
POINTS_OF_CONTACT = Resource(
    "points_of_contact",
    PointOfContact,
    inputs.PointOfContactInput,
    outputs.PointOfContactOutput,
    lambda: PointOfContact.objects.select_related("business_unit", "transport_code", "skill", "script"),
    create_point_of_contact,
    update_point_of_contact,
    delete_point_of_contact,
)

IN_ORDER = (
    BUSINESS_UNITS,
    SMS_REGISTRATIONS,
    CAMPAIGNS,
    DISPOSITIONS,
    TAGS,
    HOURS_OF_OPERATION,
    SCRIPT_SECRETS,
    TEAMS,
    SKILLS,
    QUICK_REPLIES,
    AGENTS,
    SCRIPTS,
    POINTS_OF_CONTACT,
)
"""Each after everything it refers to: scripts name skills, agents, hours; points of contact name scripts."""
