"""The demo organisation: small, whole, and ready to be texted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from agents.services import create_agent, create_team
from campaigns.services import create_campaign
from core import configuration
from dispositions.services import create_disposition, create_tag
from organizations.models import BusinessUnit, User
from organizations.roles import AGENT, SUPERVISOR, ensure_roles, role
from organizations.services import create_business_unit
from points_of_contact.services import create_point_of_contact
from quick_replies.services import create_quick_reply
from scripts.services import create_script
from scripts.starters import plain_queue
from skills.models import Skill
from skills.services import create_skill
from sms_registrations.models import SmsRegistration
from sms_registrations.services import create_sms_registration

USERNAMES = ("admin", "supervisor", "agent.one", "agent.two")
UNIT = "Demo"


@transaction.atomic
def load_demo(*, passwords: Mapping[str, str]) -> bool:
    """Make the demo organisation unless it is there; True when it was made."""
    ensure_roles()
    if BusinessUnit.objects.filter(name=UNIT).exists():
        return False
    unit = create_business_unit(by=None, name=UNIT, time_zone="Europe/Paris")
    admin = _person(unit, "admin", passwords, first_name="Alex", last_name="Admin")
    admin.is_superuser = True
    admin.save(update_fields=["is_superuser"])
    supervisor = _person(unit, "supervisor", passwords, first_name="Sam", last_name="Supervisor")
    supervisor.groups.add(role(SUPERVISOR))
    skills = _channels(unit, admin)
    _quick_replies(unit, admin)
    _agents(unit, admin, skills, passwords)
    # Without skills no offer comes to him, but he can take conversations over.
    create_agent(by=admin, business_unit=unit, username="supervisor")
    return True


def _person(unit: BusinessUnit, username: str, passwords: Mapping[str, str], **names: str) -> User:
    user = User(username=username, business_unit=unit)
    user.set_password(passwords[username])
    return configuration.save(user, by=None, values=names)


QUICK_REPLIES = (
    (
        "Greeting",
        "hello",
        "en",
        "Hello{% if customer.name != '' %} {{ customer.name }}{% endif %}, {{ agent.first_name }} here.",
    ),
    ("Thanks", "thanks", "en", "Thank you for writing to {{ business_unit.name }}. Have a nice day!"),
    (
        "Salutation",
        "bonjour",
        "fr",
        "Bonjour, {{ agent.first_name }} à votre écoute. Votre numéro de commande, svp ?",
    ),
    ("Order number", "order", "", "Order / commande no. ?"),
)


def _quick_replies(unit: BusinessUnit, admin: User) -> None:
    for name, shortcut, language, text in QUICK_REPLIES:
        create_quick_reply(
            by=admin, business_unit=unit, name=name, shortcut=shortcut, language=language, text=text
        )


def _channels(unit: BusinessUnit, admin: User) -> dict[str, Skill]:
    support_line, sales_line = (
        create_sms_registration(
            by=admin,
            business_unit=unit,
            name=name,
            provider=SmsRegistration.Provider.SIMULATOR,
            transport_code=code,
            messages_per_second=20,
            price_per_segment=Decimal("0.06"),
            price_currency="EUR",
        )
        for name, code in (("Support line", "+15550100100"), ("Sales line", "+15550100200"))
    )
    nexmo = create_sms_registration(
        by=admin,
        business_unit=unit,
        name="Nexmo line",
        provider=SmsRegistration.Provider.NEXMO,
        transport_code="+447700900001",
        api_key="demo",
        api_secret=secrets.token_urlsafe(16),
        notes="Made-up credentials: texts come in by webhook, sending needs a real account.",
    )
    campaign = create_campaign(by=admin, business_unit=unit, name="Customer service")
    outcomes = [
        create_disposition(by=admin, business_unit=unit, name=name, classification=kind)
        for name, kind in (("Resolved", "positive"), ("Follow-up", "none"), ("Spam", "negative"))
    ]
    marks = [create_tag(by=admin, business_unit=unit, name=name) for name in ("Complaint", "Billing", "VIP")]
    common: dict[str, Any] = {
        "by": admin,
        "business_unit": unit,
        "campaign": campaign,
        "dispositions": outcomes,
        "tags": marks,
    }
    skills = {
        "Support": create_skill(name="Support", require_disposition=True, **common),
        "Sales": create_skill(name="Sales", initial_priority=5, acceleration=2, **common),
        "Callbacks": create_skill(
            name="Callbacks", direction=Skill.Direction.OUTBOUND, transport_code=support_line, **common
        ),
    }
    script = create_script(by=admin, business_unit=unit, name="Plain queue", definition=plain_queue())
    for name, line, skill in (
        ("Support by SMS", support_line, "Support"),
        ("Sales by SMS", sales_line, "Sales"),
        ("Support by Nexmo", nexmo, "Support"),
    ):
        create_point_of_contact(
            by=admin,
            business_unit=unit,
            name=name,
            transport_code=line,
            skill=skills[skill],
            script=script,
            ivr_reporting_enabled=True,
        )
    return skills


def _agents(unit: BusinessUnit, admin: User, skills: dict[str, Skill], passwords: Mapping[str, str]) -> None:
    team = create_team(by=admin, business_unit=unit, name="Front desk")
    for username, first, last, proficiency in (
        ("agent.one", "Olivia", "One", 1),
        ("agent.two", "Theo", "Two", 5),
    ):
        agent = create_agent(
            by=admin,
            business_unit=unit,
            username=username,
            first_name=first,
            last_name=last,
            password=passwords[username],
            team=team,
            skills=[(skill, proficiency) for skill in skills.values()],
        )
        agent.user.groups.add(role(AGENT))
