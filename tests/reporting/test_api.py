"""The figures for programs."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from core.clock import database_now
from organizations.models import User
from organizations.roles import permissions_of
from reporting.kinds import KINDS
from reporting.models import AgentDay
from tests.conftest import People
from tests.factories.agents import AgentFactory
from tests.factories.organizations import UserFactory
from tests.factories.skills import SkillFactory
from tests.reporting.past import contact_with, rebuild

MARCH = {"period": "chosen", "from": "2026-03-02", "to": "2026-03-02"}


@pytest.fixture
def reader(people: People) -> User:
    user = UserFactory.create(business_unit=people.unit)
    user.user_permissions.set(permissions_of(["reporting.view_report"]))
    return user


def test_the_figures_of_the_page(api, people: People, reader: User):
    skill = SkillFactory.create(business_unit=people.unit)
    contact_with(skill, (0, "queued"), (10, "accepted", people.agent), (70, "ended", people.agent))
    rebuild()
    body = api(reader).get("/api/v1/reports/service-level", MARCH).json()
    assert (body["from"], body["by"], body["time_zone"]) == ("2026-03-02", "skill", "UTC")
    (table,) = body["tables"]
    assert table["columns"][0] == {"name": "label", "title": "Skill", "unit": "text"}
    assert table["rows"][0]["label"] == skill.name
    assert table["rows"][0]["mean_wait_seconds"] == 10.0
    assert table["total"]["label"] is None
    assert table["total"]["service_level_percent"] == 100.0
    days = api(reader).get("/api/v1/reports/volumes", MARCH).json()["tables"][0]["rows"]
    assert [day["label"] for day in days] == ["2026-03-02"]


@pytest.mark.parametrize("report", KINDS)
def test_every_report_is_there(api, reader: User, report: str):
    assert api(reader).get(f"/api/v1/reports/{report}").status_code == 200


def test_mistakes(api, people: People, reader: User):
    client = api(reader)
    answer = client.get("/api/v1/reports/volumes", {"skill": "Nobody"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["skill"])
    assert client.get("/api/v1/reports/contacts").status_code == 404
    assert api(people.agent.user).get("/api/v1/reports/volumes").status_code == 403


def test_an_agent_sees_the_figures_of_his_own_day_as_the_report_has_them(api, people: People):
    agent, other = people.agent, AgentFactory.create(business_unit=people.unit)
    now = database_now()
    day = now.astimezone(ZoneInfo(people.unit.time_zone)).date()
    AgentDay.objects.create(
        day=day, agent=agent, handled=4, talk_ms=380_000, acw_ms=20_000, offered=6, refused=1, missed=1,
        occupied_ms=900_000, staffed_ms=3_600_000,
    )  # fmt: skip
    AgentDay.objects.create(day=day - timedelta(days=1), agent=agent, handled=50)
    AgentDay.objects.create(day=day, agent=other, handled=70)
    body = api(agent.user).get("/api/v1/me/today").json()
    assert body == {
        "day": day.isoformat(),
        "complete_until": body["complete_until"],
        "handled": 4,
        "mean_handle_seconds": 100.0,
        "offered": 6,
        "refused": 1,
        "missed": 1,
        "occupancy_percent": 25.0,
        "staffed_seconds": 3600.0,
    }


def test_an_agent_without_a_day_yet_has_noughts_and_no_ratios(api, people: People):
    body = api(people.agent.user).get("/api/v1/me/today").json()
    assert (body["handled"], body["mean_handle_seconds"], body["occupancy_percent"]) == (0, None, None)


def test_only_agents_have_a_day(api, client, reader: User):
    assert api(reader).get("/api/v1/me/today").status_code == 403
    assert client.get("/api/v1/me/today").status_code == 401
