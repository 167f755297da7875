"""Runs inside the product's shell: readies the demo organisation for its pictures, and prints the ids."""

from __future__ import annotations

import json

from agents.models import Agent, Team
from agents.services import update_agent
from campaigns.models import Campaign
from dispositions.models import Disposition, Tag
from hours.models import WEEKDAYS, HoursOfOperation
from hours.services import create_hours
from organizations.models import BusinessUnit, Role, User
from points_of_contact.models import PointOfContact
from points_of_contact.services import create_point_of_contact
from quick_replies.models import QuickReply
from reporting.models import Plan, Report
from reporting.services.saved import save_report
from scripts.models import Script
from scripts.services import create_script
from scripts.starters import menu
from skills.models import Skill
from skills.services import create_skill, update_skill
from sms_registrations.models import SmsRegistration
from sms_registrations.services import create_sms_registration
from supervisor.models import AlertWebhook
from supervisor.services.webhooks import create_webhook
from tests.screens.table import BUSY, MENU_LINE, OFFERED
from tests.screens.yesterday import make_yesterday


def main() -> None:
    """One session for each of two agents, patience with offers, a skill without agents, some history."""
    admin = User.objects.get(username="admin")
    unit = BusinessUnit.objects.get(name="Demo")
    for username in (BUSY, OFFERED):
        agent = Agent.objects.get(user__username=username)
        update_agent(by=admin, instance=agent, max_concurrent_sms=1, sms_refusal_timeout_seconds=300)
    support = Skill.objects.get(business_unit=unit, name="Support")
    update_skill(by=admin, instance=support, acceleration=2, tags=Tag.objects.filter(business_unit=unit))
    update_skill(by=admin, instance=support, initial_priority=5, use_screen_pops=True)
    if not Skill.objects.filter(business_unit=unit, name="Returns").exists():
        create_skill(by=admin, business_unit=unit, name="Returns", campaign=support.campaign)
    if not HoursOfOperation.objects.filter(business_unit=unit, name="Office").exists():
        create_hours(
            by=admin,
            business_unit=unit,
            name="Office",
            time_zone="Europe/Paris",
            **dict.fromkeys(WEEKDAYS[:5], "09:00-12:00, 13:00-17:30"),
            special_days=[{"date": "2026-12-25", "name": "Christmas Day", "every_year": True}],
        )
    if not Script.objects.filter(business_unit=unit, name="Menu").exists():
        _more(unit, admin)
    make_yesterday(unit, admin)
    print(json.dumps(ids(unit)))  # noqa: T201 - the answer to the process that asked


def _more(unit: BusinessUnit, admin: User) -> None:
    """What the demo has none of: a menu with a number of its own, a webhook for alerts, a saved report."""
    create_point_of_contact(
        by=admin,
        business_unit=unit,
        name="Menu by SMS",
        transport_code=create_sms_registration(
            by=admin,
            business_unit=unit,
            name="Menu line",
            provider=SmsRegistration.Provider.SIMULATOR,
            transport_code=f"+{MENU_LINE}",
        ),
        skill=Skill.objects.get(business_unit=unit, name="Sales"),
        script=create_script(by=admin, business_unit=unit, name="Menu", definition=menu()),
        ivr_reporting_enabled=True,
    )
    create_webhook(
        by=admin, business_unit=unit, name="On call", url="https://chat.example.invalid/hooks/on-call"
    )
    save_report(
        by=admin,
        business_unit=unit,
        name="Yesterday by the hour",
        kind="volumes",
        choices="period=yesterday&by=hour",
        frequency=Report.Frequency.DAILY,
        recipients="manager@example.com",
        is_shared=True,
    )


def ids(unit: BusinessUnit) -> dict[str, int]:
    """By the names in the table of screens."""
    found = {"Demo": unit.pk}
    for model in (
        SmsRegistration,
        Campaign,
        Skill,
        Script,
        PointOfContact,
        Disposition,
        Tag,
        Team,
        HoursOfOperation,
        QuickReply,
        AlertWebhook,
        Report,
    ):
        found |= dict(model.objects.filter(business_unit=unit).values_list("name", "pk"))
    found["plan"] = Plan.objects.filter(business_unit=unit).earliest("pk").pk
    found |= dict(Role.objects.values_list("name", "pk"))
    agents = Agent.objects.filter(business_unit=unit).values_list("user__username", "pk", "user_id")
    for username, agent, user in agents:
        found |= {username: agent, f"user {username}": user}
    return found
