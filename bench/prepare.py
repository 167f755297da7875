"""Makes the data of the benchmarks; run inside the product (`manage.py shell`) and prints JSON."""

from __future__ import annotations

import json
import secrets
import sys

from agents.services import create_agent
from organizations.models import BusinessUnit, User
from organizations.services import create_api_token, update_business_unit
from skills.models import Skill
from sms_registrations.models import SmsRegistration


def prepare(*, agents: int) -> dict[str, object]:
    """The demo organisation with so many more agents, each with the most sessions and the longest timeout."""
    unit = BusinessUnit.objects.get(name="Demo")
    admin = User.objects.get(username="admin")
    update_business_unit(by=admin, instance=unit, default_sms_refusal_timeout_seconds=300)
    skill = Skill.objects.get(business_unit=unit, name="Support")
    tokens = []
    for number in range(agents):
        agent = create_agent(
            by=admin,
            business_unit=unit,
            username=f"bench.{number}.{secrets.token_hex(3)}",
            max_concurrent_sms=30,
            skills=[(skill, 1)],
        )
        tokens.append(create_api_token(user=agent.user))
    registration = SmsRegistration.objects.get(business_unit=unit, provider="nexmo")
    supervisor = User.objects.get(username="supervisor")
    return {
        "webhook_token": registration.webhook_token,
        "tokens": tokens,
        "supervisor": create_api_token(user=supervisor),
    }


def main(agents: int = 100) -> None:
    sys.stdout.write(json.dumps(prepare(agents=agents)))
