"""Runs inside the product's shell: builds business units to test with, and prints what they are as JSON."""

from __future__ import annotations

import json
from typing import Any

from agents.services import create_agent
from campaigns.services import create_campaign
from dispositions.services import create_disposition, create_tag
from organizations.models import BusinessUnit
from organizations.roles import AGENT, SUPERVISOR, ensure_roles, role
from organizations.services import create_api_token, create_business_unit
from points_of_contact.services import create_point_of_contact
from scripts.services import create_script
from scripts.starters import plain_queue
from skills.models import Skill
from skills.services import create_skill
from sms_registrations.services import create_sms_registration


def main(wishes: list[dict[str, Any]]) -> None:
    """One business unit for each wish: the arguments of `build`."""
    ensure_roles()
    print(json.dumps([build(**wish) for wish in wishes]))  # noqa: T201 - the answer to the process that asked


def build(
    *,
    name: str,
    number: str,
    agents: int,
    limit: int,
    timeout: int,
    disposition: bool,
    provider: str,
    password: str | None,
) -> dict[str, Any]:
    """With one number of the provider, one skill and its agents. `timeout` in seconds."""
    unit = create_business_unit(
        by=None, name=name, time_zone="UTC", default_sms_refusal_timeout_seconds=timeout
    )
    registration = create_sms_registration(
        by=None,
        business_unit=unit,
        provider=provider,
        transport_code=number,
        api_key="abcd1234",
        api_secret="not-a-secret",
        messages_per_second=30,
    )
    skill = create_skill(
        by=None,
        business_unit=unit,
        name=f"Skill-{name}",
        campaign=create_campaign(by=None, business_unit=unit, name="Service"),
        require_disposition=disposition,
        after_contact_work_seconds=0,
        dispositions=[create_disposition(by=None, business_unit=unit, name="Resolved")],
        tags=[create_tag(by=None, business_unit=unit, name="VIP")],
    )
    script = create_script(by=None, business_unit=unit, name="Plain queue", definition=plain_queue())
    create_point_of_contact(
        by=None, business_unit=unit, name="By SMS", transport_code=registration, skill=skill, script=script
    )
    return {
        "number": registration.transport_code,
        "skill": skill.pk,
        "inbound": registration.inbound_webhook_url,
        "status": registration.status_webhook_url,
        "agents": [
            _agent(unit, f"{name}.{place}", skill, proficiency=min(place, 20), limit=limit, password=password)
            for place in range(1, agents + 1)
        ],
    }


def _agent(
    unit: BusinessUnit, username: str, skill: Skill, *, proficiency: int, limit: int, password: str | None
) -> dict[str, Any]:
    agent = create_agent(
        by=None,
        business_unit=unit,
        username=username,
        password=password,
        max_concurrent_sms=limit,
        skills=[(skill, proficiency)],
    )
    agent.user.groups.add(role(AGENT))
    return {"id": agent.pk, "username": username, "token": create_api_token(user=agent.user)}


def add_supervisor(*, unit: str, username: str, password: str) -> None:
    """A supervisor of a business unit, who is an agent without skills too."""
    agent = create_agent(
        by=None,
        business_unit=BusinessUnit.objects.get(name=unit),
        username=username,
        password=password,
    )
    agent.user.groups.set([role(SUPERVISOR)])
