"""One entry per configured resource: how to make one, change one, and what points at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from organizations.models import BusinessUnit
from tests.factories.agents import AgentFactory, TeamFactory
from tests.factories.campaigns import CampaignFactory
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.hours import HoursOfOperationFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.quick_replies import QuickReplyFactory
from tests.factories.scripts import ScriptFactory, ScriptSecretFactory, plain_queue
from tests.factories.skills import SkillFactory
from tests.factories.sms_registrations import SmsRegistrationFactory


@dataclass(frozen=True)
class Case:
    """`body` makes what the new object refers to, and is the body of POST; `change` is that of PATCH."""

    slug: str
    factory: Any
    body: Callable[[BusinessUnit], dict[str, Any]]
    change: dict[str, Any]
    required: list[str] = field(default_factory=lambda: ["name"])

    @property
    def url(self) -> str:
        return f"/api/v1/{self.slug}"

    def of(self, unit: BusinessUnit) -> Any:
        return self.factory.create(business_unit=unit)


def _skill_body(unit: BusinessUnit) -> dict[str, Any]:
    CampaignFactory.create(name="Service", business_unit=unit)
    for name in ("Resolved", "Spam"):
        DispositionFactory.create(name=name, business_unit=unit)
    TagFactory.create(name="VIP", business_unit=unit)
    agent = AgentFactory.create(business_unit=unit, user__username="olivia")
    return {
        "name": "Support",
        "campaign": "service",
        "dispositions": ["Spam", "Resolved"],
        "tags": ["VIP"],
        "agents": [{"username": agent.user.username, "proficiency": 3}],
        "initial_priority": 110,
        "acceleration": 0.5,
        "max_priority": 1000,
        "service_level_threshold_seconds": 45,
        "require_disposition": True,
    }


def _point_body(unit: BusinessUnit) -> dict[str, Any]:
    SkillFactory.create(name="Support", business_unit=unit)
    ScriptFactory.create(name="Plain queue", business_unit=unit)
    SmsRegistrationFactory.create(transport_code="33612345678", business_unit=unit)
    return {
        "name": "Support by SMS",
        "transport_code": "+33 6 12 34 56 78",
        "skill": "support",
        "script": "Plain queue",
        "ivr_reporting_enabled": True,
    }


def _agent_body(unit: BusinessUnit) -> dict[str, Any]:
    TeamFactory.create(name="Front desk", business_unit=unit)
    SkillFactory.create(name="Support", business_unit=unit)
    return {
        "username": "new.agent",
        "first_name": "Olivia",
        "team": "Front desk",
        "max_concurrent_sms": 5,
        "sms_refusal_timeout_seconds": 20,
        "skills": [{"skill": "Support", "proficiency": 1}],
    }


def _quick_reply_body(unit: BusinessUnit) -> dict[str, Any]:
    SkillFactory.create(name="Support", business_unit=unit)
    return {
        "name": "Greeting",
        "shortcut": "hello",
        "language": "en",
        "text": "Hello {{ customer.name }}, {{ agent.first_name }} here.",
        "skills": ["support"],
    }


CASES = [
    Case(
        "sms-registrations",
        SmsRegistrationFactory,
        lambda _unit: {
            "provider": "nexmo",
            "transport_code": "447700900001",
            "number_type": "long",
            "country": "GB",
            "api_key": "abcd1234",
            "api_secret": "made-up",
            "signature_method": "sha256",
            "signature_secret": "made-up-too",
            "messages_per_second": 2.5,
            "price_per_segment": 0.0333,
            "price_currency": "EUR",
        },
        {"messages_per_second": 30},
        ["provider", "transport_code"],
    ),
    Case(
        "campaigns",
        CampaignFactory,
        lambda _unit: {"name": "Service", "description": "All that helps", "notes": "x"},
        {"description": "Other"},
    ),
    Case(
        "dispositions",
        DispositionFactory,
        lambda _unit: {"name": "Resolved", "classification": "positive"},
        {"classification": "negative"},
    ),
    Case("tags", TagFactory, lambda _unit: {"name": "VIP"}, {"notes": "Very important"}),
    Case(
        "hours-of-operation",
        HoursOfOperationFactory,
        lambda _unit: {
            "name": "Office",
            "time_zone": "Europe/Paris",
            "monday": "09:00-12:00, 13:00-17:00",
            "friday": "22:00-02:00",
            "special_days": [
                {
                    "date": "2026-12-25",
                    "name": "Christmas Day",
                    "hours": "",
                    "is_holiday": True,
                    "every_year": True,
                }
            ],
        },
        {"tuesday": "08:00-24:00"},
    ),
    Case(
        "script-secrets",
        ScriptSecretFactory,
        lambda _unit: {"name": "ERP", "secret_value": "made-up", "hosts": "erp.example.com"},
        {"hosts": "*.example.com"},
        ["name", "secret_value", "hosts"],
    ),
    Case("skills", SkillFactory, _skill_body, {"acceleration": 7.125}, ["name", "campaign"]),
    Case(
        "quick-replies",
        QuickReplyFactory,
        _quick_reply_body,
        {"text": "Bye, {{ agent.first_name }}"},
        ["name", "shortcut", "text"],
    ),
    Case(
        "teams",
        TeamFactory,
        lambda _unit: {"name": "Front desk", "max_concurrent_sms": 4, "max_concurrent_chats": None},
        {"max_concurrent_sms": 6},
    ),
    Case("agents", AgentFactory, _agent_body, {"max_concurrent_sms": 2}, ["username"]),
    Case(
        "scripts",
        ScriptFactory,
        lambda _unit: {"name": "Plain queue", "media_type": "sms", "definition": plain_queue()},
        {"is_active": False},
    ),
    Case(
        "points-of-contact",
        PointOfContactFactory,
        _point_body,
        {"ivr_reporting_enabled": True},
        ["name", "transport_code", "skill", "script"],
    ),
]
