"""Whose changes are kept in the audit: every object that people configure."""

from __future__ import annotations

from auditlog.registry import auditlog

from agents.models import Agent, AgentSkill, Team
from campaigns.models import Campaign
from dispositions.models import Disposition, Tag
from organizations.models import BusinessUnit, User
from points_of_contact.models import PointOfContact
from scripts.models import Script, ScriptVersion
from skills.models import Skill, SkillDisposition, SkillTag
from sms_registrations.models import SmsRegistration

NOISE = ["created_at", "updated_at"]
SECRETS = ["api_secret", "signature_secret", "webhook_token"]


def install() -> None:
    """Register the models; secrets are left out altogether."""
    for model in (BusinessUnit, Campaign, Disposition, Tag, Skill, Team, Agent, Script, PointOfContact):
        auditlog.register(model, exclude_fields=NOISE)
    for model in (SkillDisposition, SkillTag, AgentSkill, ScriptVersion):
        auditlog.register(model)
    auditlog.register(User, exclude_fields=["password", "last_login"])
    auditlog.register(SmsRegistration, exclude_fields=NOISE + SECRETS)
