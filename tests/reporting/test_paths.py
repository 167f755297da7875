"""The ways through scripts."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils.html import escape

from agents.models import Agent
from contacts.models import Contact
from points_of_contact.models import PointOfContact
from reporting.models import ContactPath, PathInterval
from reporting.services import roll_up
from skills.models import Skill
from tests.conftest import People
from tests.factories.contacts import TraceStepFactory
from tests.factories.organizations import UserFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.reporting.past import at, contact_with, rebuild

MARCH = {"period": "chosen", "from": "2026-03-02", "to": "2026-03-03"}
ANSWERED = ((20, "queued"), (50, "accepted"), (110, "ended"), (120, "closed"))


@pytest.fixture
def point(people: People) -> PointOfContact:
    point = PointOfContactFactory.create(business_unit=people.unit, ivr_reporting_enabled=True, name="Line")
    point.script.versions.update(
        definition={
            "actions": [
                {"id": "begin", "type": "BEGIN", "label": "A text arrives"},
                {"id": "menu", "type": "CASE", "label": "Which topic?"},
                {"id": "agent", "type": "REQAGENT", "label": ""},
            ],
            "branches": [],
        }
    )
    return point


def came(
    point: PointOfContact, *steps: tuple[float, str, str], happened: Any = (), agent: Agent | None = None
) -> Contact:
    """A contact and its trace: (seconds, action, branch)."""
    events = [
        (seconds, kind, *([agent] if kind in ("accepted", "ended") else [])) for seconds, kind in happened
    ]
    contact = contact_with(point.skill, *events, point_of_contact=point)
    for position, (seconds, action, branch) in enumerate(steps, 1):
        TraceStepFactory.create(
            contact=contact, position=position, action_id=action, branch=branch, at=at(seconds)
        )
    return contact


WAY = ((0, "begin", "default"), (5, "menu", "1"), (20, "agent", ""))


@pytest.fixture
def pages(people: People, client: Client) -> Client:
    client.force_login(people.admin)
    return client


def ways(pages: Client, **query: str) -> Any:
    return pages.get("/reports/paths/", {**MARCH, **query}).context["tables"]


def test_how_many_took_which_way(pages: Client, people: People, point: PointOfContact):
    came(point, *WAY, happened=ANSWERED, agent=people.agent)
    came(point, *WAY, happened=((20, "queued"), (80, "closed")))
    came(point, (0, "begin", "default"), (15, "menu", "stop"), happened=((30, "closed"),))
    rebuild()
    found, exits, days = (shown["table"] for shown in ways(pages))
    rows = {(row["position"], row["action"], row["branch"], row["target"]): row for row in found.rows}
    start = rows[1, "BEGIN A text arrives", "Default", "CASE Which topic?"]
    assert (start["contacts"], start["percent"], start["mean_seconds"]) == (3, 100.0, 8.3)
    assert rows[2, "CASE Which topic?", "1", "REQAGENT"]["percent"] == 66.7
    assert rows[2, "CASE Which topic?", "stop", "Ended by the script"]["mean_seconds"] == 15.0
    waited = rows[3, "REQAGENT", None, "Left while waiting"]
    assert (waited["contacts"], waited["mean_seconds"]) == (1, 60.0)
    assert {row["label"]: row["contacts"] for row in exits.rows} == {
        "Answered by an agent": 1,
        "Left while waiting": 1,
        "Ended by the script": 1,
    }
    assert [(row["contacts"], row["answered"]) for row in days.rows] == [(3, 1), (0, 0)]


def test_a_branch_leads_to_its_contacts_for_those_who_may_see_them(
    pages: Client, client: Client, people: People, point: PointOfContact
):
    came(point, *WAY, happened=ANSWERED, agent=people.agent)
    rebuild()
    address = (
        f"/studio/scripts/{point.script_id}/contacts/?action=menu&branch=1&from=2026-03-02&to=2026-03-03"
    )
    answer = pages.get("/reports/paths/", MARCH)
    assert f'href="{escape(address)}"' in answer.content.decode()
    user = UserFactory.create(business_unit=people.unit)
    user.user_permissions.set(Permission.objects.filter(codename="view_report"))
    client.force_login(user)
    assert "/studio/scripts/" not in client.get("/reports/paths/", MARCH).content.decode()


def test_the_picture_has_no_circle(pages: Client, point: PointOfContact):
    loop = [(second, "menu", "again") for second in range(1, 5)]
    came(point, (0, "begin", ""), *loop, happened=((9, "closed"),))
    rebuild()
    picture = ways(pages)[0]["picture"]
    links = [(link["source"], link["target"]) for link in picture["links"]]
    assert len({target for _source, target in links}) == len(links) == 5
    assert picture["names"]["3:menu"] == "CASE Which topic?"


def test_a_long_way_is_cut(pages: Client, point: PointOfContact):
    came(point, *((second, "menu", "again") for second in range(100)), happened=((101, "closed"),))
    rebuild()
    assert len(ContactPath.objects.get().actions) == 30
    assert len(ways(pages)[0]["table"].rows) == 30


def test_only_with_ivr_reporting(pages: Client, point: PointOfContact):
    PointOfContact.objects.update(ivr_reporting_enabled=False)
    came(point, *WAY, happened=((80, "closed"),))
    rebuild()
    assert PathInterval.objects.count() == 0
    assert ways(pages)[0]["table"].rows == []


def test_one_point_of_contact_is_chosen(pages: Client, people: People, point: PointOfContact):
    other = PointOfContactFactory.create(
        business_unit=people.unit, ivr_reporting_enabled=True, name="Another"
    )
    came(point, *WAY, happened=((80, "closed"),))
    rebuild()
    assert ways(pages)[0]["table"].title == "Line"
    assert len(ways(pages, point_of_contact="Line")[0]["table"].rows) == 3
    assert ways(pages, point_of_contact=other.name)[0]["table"].title == "Another"


def test_a_step_without_any_event_is_followed(floor_of_two: tuple[Skill, Agent]):
    skill, _agent = floor_of_two
    point = PointOfContactFactory.create(
        business_unit=skill.business_unit, skill=skill, ivr_reporting_enabled=True
    )
    contact = came(point, (0, "begin", ""), happened=((0, "opened"),))
    roll_up.catch_up(seconds=60)
    TraceStepFactory.create(contact=contact, position=2, action_id="menu", at=at(60))
    roll_up.catch_up(seconds=60)
    found = PathInterval.objects.filter(contacts__gt=0).values_list("action", "target", "contacts", "ms")
    assert sorted(found) == [("begin", "menu", 1, 60_000), ("menu", "=open", 1, 0)]
