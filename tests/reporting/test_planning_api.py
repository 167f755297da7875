"""Plans for programs: made, read, changed and forgotten, by whom, and what mistakes say."""

from __future__ import annotations

from typing import Any

import pytest

from organizations.models import User
from organizations.roles import ROLES, permissions_of
from reporting.models import Plan
from reporting.services import planning
from skills.models import Skill
from tests.conftest import People
from tests.factories.organizations import UserFactory
from tests.factories.reporting import PlanFactory
from tests.factories.skills import SkillFactory
from tests.reporting.past import rebuild
from tests.reporting.test_planning import MONDAY, PLANNER, answered, busy_morning, on_duty, person

PLANS = "/api/v1/plans"


@pytest.fixture
def planner(people: People) -> User:
    return person(people, *PLANNER)


@pytest.fixture
def skill(people: People) -> Skill:
    return SkillFactory.create(business_unit=people.unit, name="Support", service_level_threshold_seconds=30)


def made(client: Any, **values: Any) -> str:
    answer = client.post(PLANS, {"name": "Monday", "first": "2026-03-02", **values}, format="json")
    assert answer.status_code == 201, answer.json()
    return f"{PLANS}/{answer.json()['id']}"


def test_from_the_days_to_the_result(api, people: People, planner: User, skill: Skill):
    busy_morning(people, skill)
    client = api(planner)
    address = made(client)
    waiting = client.get(address).json()
    assert (waiting["state"], waiting["base"], waiting["result"]) == ("waiting", None, None)
    assert (waiting["first"], waiting["last"], waiting["owner"]) == (
        "2026-03-02",
        "2026-03-02",
        planner.username,
    )
    planning.work_out_next()
    done = client.get(address).json()
    assert (done["state"], done["progress_percent"], done["problem"]) == ("done", 100, None)
    assert done["draft"] == done["base"]
    (served,) = [one for one in done["base"]["skills"] if one["name"] == "Support"]
    assert (served["queue_order"], served["overflow_skill"], served["service_level_threshold_seconds"]) == (
        "priority",
        None,
        30,
    )
    (group,) = done["base"]["groups"]
    assert (group["number"], group["skills"], group["hours"], group["change"]) == (0, {"Support": 1}, 8.0, 0)
    assert done["result"]["overall"]["replay"]["mean_wait"] == [60.0, 0.0]
    # Another agent, and a cool-down of ten seconds after each contact.
    answer = client.patch(
        address,
        {
            "draft": {
                "groups": [{"number": 0, "change": 1, "cool_down_after_contact_seconds": 10}],
                "added": [{"count": 1, "from": "13:00", "to": "14:00", "skills": {"support": 2}}],
                "misses_before_refused": 3,
                "refused_after_refusal": True,
            }
        },
        format="json",
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
    planning.work_out_next()
    tried = client.get(address).json()
    assert tried["draft"]["groups"][0]["cool_down_after_contact_seconds"] == 10
    assert (
        tried["draft"]["added"][0] | {"count": 1, "from": "13:00", "to": "14:00"}
        == (tried["draft"]["added"][0])
    )
    assert tried["draft"]["added"][0]["skills"] == {"Support": 2}
    assert (tried["draft"]["misses_before_refused"], tried["draft"]["refused_after_refusal"]) == (3, True)
    # The first two are taken at once, the third after a minute and the cool-down.
    assert tried["result"]["overall"]["draft"]["mean_wait"] == [pytest.approx(70 / 3, abs=0.001), 0.0]
    # What was read may be sent back.
    assert client.patch(address, {"draft": tried["draft"]}, format="json").status_code == 200
    assert client.get(PLANS).json()["results"][0]["name"] == "Monday"
    assert client.patch(address, {"name": "Tuesday"}, format="json").json()["draft"] == tried["draft"]
    assert client.delete(address).status_code == 204
    assert (client.get(PLANS).json()["count"], client.get(address).status_code) == (0, 404)


def test_another_order_overflow_and_returning_customers(api, people: People, planner: User, skill: Skill):
    other = SkillFactory.create(business_unit=people.unit, name="Sales")
    first = on_duty(people, skill)
    on_duty(people, other, hours=7)
    answered(skill, first, 0, 0, 60)
    answered(skill, first, 1, 59, 60)
    rebuild()
    client = api(planner)
    address = made(client)
    planning.work_out_next()
    draft = {
        "skills": [
            {
                "name": "support",
                "overflow_skill": "sales",
                "overflow_after_seconds": 20,
                "queue_order": "service_level",
                "returning_agent_seconds": 30,
            }
        ]
    }
    assert client.patch(address, {"draft": draft}, format="json").status_code == 200
    planning.work_out_next()
    result = client.get(address).json()["result"]["overall"]
    # The second waits for 20 s instead of 59, and is answered by an agent of the other skill.
    assert (result["replay"]["mean_wait"], result["draft"]["mean_wait"]) == ([29.5, 0.0], [10.0, 0.0])


def test_mistakes_are_named_where_they_stand(api, people: People, planner: User, skill: Skill):
    busy_morning(people, skill)
    client = api(planner)
    bad = client.post(PLANS, {"name": "x", "first": "2026-03-02", "days": 3}, format="json")
    assert (bad.status_code, list(bad.json()["fields"])) == (400, ["days"])
    bad = client.post(PLANS, {"name": "x", "first": "2026-03-02", "last": "2026-03-01"}, format="json")
    assert (bad.status_code, list(bad.json()["fields"])) == (400, ["last"])
    bad = client.post(PLANS, {"name": "x", "first": "2026-03-02", "business_unit": "Mars"}, format="json")
    assert (bad.status_code, list(bad.json()["fields"])) == (400, ["business_unit"])
    address = made(client)
    early = client.patch(address, {"draft": {}}, format="json")
    assert "still being read" in early.json()["message"]
    planning.work_out_next()
    for draft, field in (
        ({"skills": [{"name": "Nobody"}]}, "draft.skills[0].name"),
        ({"skills": [{"name": "Support", "acceleration": 1001}]}, "draft.skills[0].acceleration"),
        ({"skills": [{"name": "Support", "queue_order": "luck"}]}, "draft.skills[0].queue_order"),
        ({"skills": [{"name": "Support", "overflow_skill": "Support"}]}, "draft.skills[0].overflow_skill"),
        ({"groups": [{"number": 7}]}, "draft.groups[0].number"),
        ({"groups": [{"number": 0, "change": -2}]}, "draft.groups[0].change"),
        (
            {"groups": [{"number": 0, "cool_down_after_miss_seconds": 601}]},
            "draft.groups[0].cool_down_after_miss_seconds",
        ),
        (
            {"added": [{"count": 1, "from": "9", "to": "10:00", "skills": {"Support": 1}}]},
            "draft.added[0].from",
        ),
        ({"added": [{"count": 1, "from": "09:00", "to": "10:00"}]}, "draft.added[0].skills"),
        ({"misses_before_refused": 21}, "draft.misses_before_refused"),
        ({"agents": 3}, "draft"),
    ):
        answer = client.patch(address, {"draft": draft}, format="json")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field]), draft
    assert Plan.objects.get().state == Plan.State.DONE


def test_a_repeat_with_an_idempotency_key_makes_one_plan(api, planner: User):
    body = {"name": "Monday", "first": "2026-03-02"}
    ids = {
        api(planner).post(PLANS, body, format="json", HTTP_IDEMPOTENCY_KEY="once").json()["id"]
        for _time in range(2)
    }
    assert len(ids) == Plan.objects.count() == 1


CALLS = [
    ("get", PLANS, None, "reporting.view_report", 200),
    ("get", f"{PLANS}/{{pk}}", None, "reporting.view_report", 200),
    ("post", PLANS, {"name": "New", "first": "2026-03-02"}, "reporting.plan_report", 201),
    ("patch", f"{PLANS}/{{pk}}", {"name": "Other"}, "reporting.plan_report", 200),
    ("post", f"{PLANS}/{{pk}}/run", None, "reporting.plan_report", 200),
    ("delete", f"{PLANS}/{{pk}}", None, "reporting.plan_report", 204),
]
NEEDED = ("reporting.view_report", "reporting.plan_report")


@pytest.mark.parametrize("call", CALLS, ids=[f"{method} {path}" for method, path, *_rest in CALLS])
def test_each_call_needs_its_permission(api, people: People, call):
    method, path, body, needed, status = call

    def answer_with(*codes: str) -> int:
        user = UserFactory.create(business_unit=people.unit)
        user.user_permissions.set(permissions_of(codes))
        plan = PlanFactory.create(business_unit=people.unit, owner=user, state=Plan.State.FAILED)
        return getattr(api(user), method)(path.format(pk=plan.pk), body, format="json").status_code

    assert answer_with(*{"reporting.view_report", needed}) == status
    assert answer_with(*(code for code in NEEDED if code != needed)) == 403
    assert answer_with() == 403


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("call", CALLS, ids=[f"{method} {path}" for method, path, *_rest in CALLS])
def test_each_role(api, people: People, call, role: str):
    method, path, body, needed, status = call
    user = UserFactory.create(business_unit=people.unit)
    user.user_permissions.set(permissions_of(ROLES[role]))
    plan = PlanFactory.create(business_unit=people.unit, owner=user, state=Plan.State.FAILED)
    may = {"reporting.view_report", needed} <= set(ROLES[role])
    answer = getattr(api(user), method)(path.format(pk=plan.pk), body, format="json")
    assert answer.status_code == (status if may else 403)


def test_of_another_business_unit_or_another_owner(api, people: People, planner: User):
    strange = PlanFactory.create()
    other = PlanFactory.create(business_unit=people.unit, first=MONDAY, last=MONDAY)
    client = api(planner)
    assert [one["id"] for one in client.get(PLANS).json()["results"]] == [other.pk]
    for method in ("get", "patch", "delete"):
        assert getattr(client, method)(f"{PLANS}/{strange.pk}", {}, format="json").status_code == 404
    assert client.patch(f"{PLANS}/{other.pk}", {"name": "Mine"}, format="json").status_code == 403
    assert client.delete(f"{PLANS}/{other.pk}").status_code == 403
    other.refresh_from_db()
    assert other.name != "Mine"
