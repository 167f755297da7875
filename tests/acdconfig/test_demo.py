"""`manage.py load_demo`: whole, idempotent, and only where nobody else reaches it."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from acdconfig.demo import USERNAMES
from agents.models import Agent, AgentState
from organizations.models import BusinessUnit, User
from points_of_contact.models import PointOfContact
from scripts.selectors import published_version
from skills.models import Skill
from sms_registrations.models import SmsRegistration

pytestmark = pytest.mark.django_db


def load(*arguments: str) -> str:
    out = StringIO()
    call_command("load_demo", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _embedded(settings: Any) -> None:
    settings.EMBEDDED = True


def test_people_can_sign_in_and_agents_can_work(monkeypatch: pytest.MonkeyPatch):
    passwords = {name: f"a passphrase of {name}" for name in USERNAMES}
    monkeypatch.setenv("ACD_DEMO_PASSWORDS", json.dumps(passwords))
    printed = load()
    assert not any(password in printed for password in passwords.values())
    for username, password in passwords.items():
        assert User.objects.get(username=username).check_password(password)
    assert User.objects.get(username="admin").is_superuser
    assert User.objects.get(username="supervisor").has_perm("contacts.view_contact")
    assert not Agent.objects.get(user__username="supervisor").agent_skills.exists()
    for agent in Agent.objects.exclude(user__username="supervisor"):
        assert agent.agent_skills.count() == Skill.objects.count() == 3
        assert not agent.user.is_staff
        assert AgentState.objects.get(agent=agent).limit == 3


def test_texts_find_their_way():
    load()
    points = PointOfContact.objects.select_related("skill", "script", "transport_code")
    assert {point.transport_code.provider for point in points} == {"simulator", "nexmo"}
    for point in points:
        assert point.is_active
        assert point.skill.direction == Skill.Direction.INBOUND
        assert published_version(point.script) is not None
        assert point.skill.skill_dispositions.exists()
    assert Skill.objects.get(direction="outbound").transport_code is not None
    assert SmsRegistration.objects.get(provider="nexmo").inbound_webhook_url.startswith("http")


def test_generated_passwords_are_printed_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ACD_DEMO_PASSWORDS", raising=False)
    lines = dict(line.split(": ") for line in load().splitlines() if ": " in line)
    for username in USERNAMES:
        assert User.objects.get(username=username).check_password(lines[username])


def test_again_it_changes_nothing():
    load()
    before = list(SmsRegistration.objects.order_by("pk").values())
    people = list(User.objects.order_by("pk").values())
    load()
    assert list(SmsRegistration.objects.order_by("pk").values()) == before
    assert list(User.objects.order_by("pk").values()) == people
    assert BusinessUnit.objects.count() == 1


def test_not_on_a_real_installation(settings: Any):
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="--force"):
        load()
    assert not User.objects.exists()
    load("--force")
    assert User.objects.filter(username="admin").exists()
