"""Whose changes are kept in the audit: every object that people configure."""

from __future__ import annotations

from django.db.models import Model

from agents.models import Agent, AgentSkill, Team
from campaigns.models import Campaign
from core.audit import track
from dispositions.models import Disposition, Tag
from hours.models import HoursOfOperation
from organizations.models import ApiToken, BusinessUnit, Role, User
from points_of_contact.models import PointOfContact
from quick_replies.models import QuickReply, QuickReplySkill
from scripts.models import Script, ScriptSecret, ScriptTest, ScriptVersion
from skills.models import Skill, SkillDisposition, SkillTag
from sms_registrations.models import SmsRegistration
from supervisor.models import AlertWebhook

TRACKED: tuple[type[Model], ...] = (
    BusinessUnit,
    Campaign,
    Disposition,
    Tag,
    HoursOfOperation,
    Skill,
    SkillDisposition,
    SkillTag,
    QuickReply,
    QuickReplySkill,
    Team,
    Agent,
    AgentSkill,
    Script,
    PointOfContact,
)

USER_FIELDS = (
    "username",
    "first_name",
    "last_name",
    "email",
    "password",
    "is_active",
    "is_superuser",
    "business_unit",
    "language",
)


def install() -> None:
    """Track the models; secrets are logged as changed, without their values."""
    for model in TRACKED:
        track(model)
    # Of a user what is configured: a sign-in is no change.
    track(User, secret=("password",), only=USER_FIELDS, links=("groups",))
    track(Role)
    # Its use is no change either.
    track(ApiToken, only=("user", "expires_at", "revoked_at"))
    # The definition itself is kept by the version.
    track(ScriptVersion, only=("script", "number", "status"))
    track(ScriptTest, only=("script", "name", "expected"))
    track(ScriptSecret, secret=("secret_value",))
    track(AlertWebhook, secret=("signing_secret",))
    track(SmsRegistration, secret=("api_secret", "signature_secret", "webhook_token"))
