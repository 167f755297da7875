"""docs/api.md: its examples run, and it names every resource."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from django.conf import settings

from provisioning.resources import IN_ORDER
from reporting.models import Plan
from skills.models import Skill
from tests.factories.organizations import UserFactory

PAGE = Path(settings.BASE_DIR, "docs", "api.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"^acd (.*?) +# (\d{3})$", re.MULTILINE | re.DOTALL)


def examples() -> list[tuple[str, int]]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return [(call, int(status)) for block in blocks for call, status in EXAMPLE.findall(block)]


def request_of(call: str) -> tuple[str, str, str, dict[str, str]]:
    """Method, address, body and headers of the arguments of curl that the page uses."""
    method, address, body, headers = "", "", "", {}
    words = iter(shlex.split(call.partition(" > ")[0] if " > " in call else call))
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _colon, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        else:
            address = word
    return method or ("POST" if body else "GET"), address, body, headers


@pytest.mark.django_db
def test_the_examples_of_the_page_run(api):
    client = api(UserFactory.create(superuser=True))
    calls = examples()
    assert len(calls) >= 18
    for call, status in calls:
        if "$BILLING" in call:
            call = call.replace("$BILLING", str(Skill.objects.get(name="Billing").pk))
        if "$PLAN" in call:
            call = call.replace("$PLAN", str(Plan.objects.get().pk))
        method, address, body, headers = request_of(call)
        url = address.replace("$ACD", "/api/v1")
        answer = client.generic(method, url, body, content_type="application/json", headers=headers)
        assert answer.status_code == status, (call, answer.content)


def test_every_resource_is_on_the_page():
    for resource in IN_ORDER:
        assert f"`{resource.section.replace('_', '-')}`" in PAGE
        assert f"`{resource.section}`" in PAGE
