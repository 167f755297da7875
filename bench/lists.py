"""How soon the large lists of the configuration open. Runs inside the product's shell and prints JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from agents.models import Agent, AgentSkill, AgentState
from campaigns.models import Campaign
from contacts.models import Contact, Customer, Lane, Message
from organizations.models import BusinessUnit, User
from points_of_contact.models import PointOfContact
from scripts.models import Script
from skills.models import Skill
from sms_registrations.models import SmsRegistration

SKILLS, AGENTS, CAMPAIGNS, NUMBERS = 10_000, 1_000, 200, 2_000
SKILLS_OF_AGENT, CONTACTS = 10, 6_000
ROUNDS = 20
BATCH = 1_000
"""Rows of one INSERT: a statement takes 65,535 parameters."""

LISTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("skills", "skills_skill", {}),
    ("skills by agents", "skills_skill", {"o": "-4"}),
    ("skills, searched", "skills_skill", {"q": "skill-77"}),
    ("agents", "agents_agent", {}),
    ("registrations", "sms_registrations_smsregistration", {}),
    ("points of contact", "points_of_contact_pointofcontact", {}),
    ("campaigns", "campaigns_campaign", {}),
)
FORMS = (
    ("form of a skill", "skills_skill"),
    ("form of a point of contact", "points_of_contact_pointofcontact"),
)


def fill(unit: BusinessUnit) -> None:
    """Many of everything, with a day's traffic."""
    campaigns = Campaign.objects.bulk_create(
        Campaign(business_unit=unit, name=f"Campaign {number}") for number in range(CAMPAIGNS)
    )
    skills = Skill.objects.bulk_create(
        (
            Skill(business_unit=unit, name=f"skill-{number}", campaign=campaigns[number % CAMPAIGNS])
            for number in range(SKILLS)
        ),
        batch_size=BATCH,
    )
    users = User.objects.bulk_create(
        (
            User(username=f"bench{number}", first_name="Ann", last_name=f"Agent {number}", business_unit=unit)
            for number in range(AGENTS)
        ),
        batch_size=BATCH,
    )
    agents = Agent.objects.bulk_create(Agent(user=user, business_unit=unit) for user in users)
    AgentState.objects.bulk_create(AgentState(agent=agent, limit=3, slots=3) for agent in agents)
    AgentSkill.objects.bulk_create(
        (
            AgentSkill(agent=agent, skill=skills[(place * 37 + number * 11) % SKILLS])
            for place, agent in enumerate(agents)
            for number in range(SKILLS_OF_AGENT)
        ),
        batch_size=BATCH,
    )
    numbers = SmsRegistration.objects.bulk_create(
        (
            SmsRegistration(business_unit=unit, provider="simulator", transport_code=f"44770{number:06}")
            for number in range(NUMBERS)
        ),
        batch_size=BATCH,
    )
    script = Script.objects.filter(business_unit=unit)[0]
    PointOfContact.objects.bulk_create(
        (
            PointOfContact(
                business_unit=unit,
                name=f"Point {number}",
                transport_code=one,
                skill=skills[number % SKILLS],
                script=script,
            )
            for number, one in enumerate(numbers)
        ),
        batch_size=BATCH,
    )
    _traffic(unit, skills, agents, numbers)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _traffic(
    unit: BusinessUnit, skills: list[Skill], agents: list[Agent], numbers: list[SmsRegistration]
) -> None:
    """Two thirds are answered, the others wait."""
    customers = Customer.objects.bulk_create(
        (Customer(business_unit=unit, address=f"33600{number:06}") for number in range(CONTACTS)),
        batch_size=BATCH,
    )
    busy = skills[: SKILLS // 10]
    lanes = Lane.objects.bulk_create(
        Lane(skill=skill, acceleration_milli=1000, max_priority_milli=1_000_000) for skill in busy
    )
    moment = now()
    contacts = []
    for number, customer in enumerate(customers):
        queued_at = moment - timedelta(seconds=number % 600)
        is_answered = number % 3 != 0
        contacts.append(
            Contact(
                business_unit=unit,
                customer=customer,
                transport_code=numbers[number % NUMBERS],
                skill=busy[number % len(busy)],
                state=Contact.State.ACTIVE if is_answered else Contact.State.QUEUED,
                agent=agents[number % AGENTS] if is_answered else None,
                lane=lanes[number % len(lanes)],
                queue_key=0,
                queued_at=queued_at,
                accepted_at=queued_at + timedelta(seconds=number % 60) if is_answered else None,
            )
        )
    Contact.objects.bulk_create(contacts, batch_size=BATCH)
    Message.objects.bulk_create(
        (
            Message(
                contact=contact,
                position=1,
                direction="inbound",
                status="received",
                transport_code=contact.transport_code,
                from_address=contact.customer.address,
                to_address=contact.transport_code.transport_code,
                text="Hello",
            )
            for contact in contacts
        ),
        batch_size=BATCH,
    )


def measure() -> list[dict[str, Any]]:
    """For each page the milliseconds of every round, and its queries."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="admin"))
    pages = [(name, reverse(f"admin:{page}_changelist"), data) for name, page, data in LISTS]
    pages += [(name, reverse(f"admin:{page}_add"), {}) for name, page in FORMS]
    pages.append(("overview", reverse("admin:index"), {}))
    return [_measured(client, name, address, data) for name, address, data in pages]


def _measured(client: Client, name: str, address: str, data: dict[str, str]) -> dict[str, Any]:
    queries = 0

    def count(execute: Any, *arguments: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*arguments)

    with connection.execute_wrapper(count):
        first = client.get(address, data)
    assert first.status_code == 200, (name, first.status_code)
    print(name, queries, file=sys.stderr, flush=True)
    took = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        client.get(address, data)
        took.append((time.perf_counter() - began) * 1000)
    low, middle, high = statistics.quantiles(took, n=4)
    return {
        "name": name,
        "median": middle,
        "quartiles": [low, high],
        "queries": queries,
        "kilobytes": len(first.content) / 1024,
    }


def main() -> None:
    fill(BusinessUnit.objects.get(name="Demo"))
    sys.stdout.write(json.dumps(measure()))
