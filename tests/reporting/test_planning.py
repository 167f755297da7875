"""The planner: what it reads of the past, what it makes of a draft, and who may."""

from __future__ import annotations

import csv
import io
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from openpyxl import load_workbook

from agents.models import Agent, AgentState, AgentStateChange
from core.clock import database_now
from core.errors import NotAllowed, RuleBroken
from organizations.models import User
from organizations.roles import permissions_of
from organizations.services import update_business_unit
from reporting.models import Plan
from reporting.planning import draft as drafts
from reporting.planning import outcome
from reporting.planning import past as pasts
from reporting.planning.past import Period
from reporting.services import planning
from reporting.services.planning import change_plan, copy_plan, create_plan, delete_plan
from routing.models import Offer
from simulation.replay import Ended, Reply
from skills.models import Skill
from tests.conftest import People
from tests.factories.agents import AgentFactory, AgentSkillFactory
from tests.factories.contacts import LaneFactory
from tests.factories.organizations import UserFactory
from tests.factories.reporting import PlanFactory
from tests.factories.routing import OfferFactory
from tests.factories.skills import SkillFactory
from tests.reporting.past import NINE, at, contact_with, rebuild

MONDAY = date(2026, 3, 2)
PLANNER = ("reporting.view_report", "reporting.plan_report", "reporting.export_report")


def person(people: People, *codes: str) -> User:
    user = UserFactory.create(business_unit=people.unit)
    user.user_permissions.set(permissions_of(codes))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def planner(people: People) -> User:
    return person(people, *PLANNER)


@pytest.fixture
def skill(people: People) -> Skill:
    return SkillFactory.create(
        business_unit=people.unit,
        name="Support",
        service_level_threshold_seconds=30,
        service_level_goal_percent=80,
    )


def there(agent: Agent, since: float, until: float | None) -> None:
    """He was available in these seconds since nine."""
    AgentStateChange.objects.create(
        agent=agent, status="available", since=at(since), until=None if until is None else at(until)
    )


def on_duty(
    people: People, *skills: Skill, proficiency: int = 1, sessions: int = 1, hours: float = 8
) -> Agent:
    agent = AgentFactory.create(business_unit=people.unit)
    for skill in skills:
        AgentSkillFactory.create(agent=agent, skill=skill, proficiency=proficiency)
    AgentStateChange.objects.filter(agent=agent).delete()
    AgentState.objects.filter(agent=agent).update(limit=sessions, slots=sessions)
    AgentStateChange.objects.filter(agent=agent).delete()
    there(agent, 0, hours * 3600)
    return agent


def answered(skill: Skill, agent: Agent, began: float, wait: float, handle: float, **values: Any) -> Any:
    end = began + wait + handle
    return contact_with(
        skill,
        (began, "queued"),
        (began + wait, "accepted", agent),
        (end, "ended", agent),
        (end, "closed", agent),
        **values,
    )


def busy_morning(people: People, skill: Skill) -> Agent:
    """Three at once for an agent who takes a minute for each: they wait 0, 60 and 120 seconds."""
    agent = on_duty(people, skill)
    for wait in (0, 60, 120):
        answered(skill, agent, 100, wait, 60)
    rebuild()
    return agent


def made(planner: User, people: People, **values: Any) -> Plan:
    plan = create_plan(
        by=planner, business_unit=people.unit, name="Monday", **{"first": MONDAY, "last": MONDAY, **values}
    )
    assert planning.work_out_next()
    plan.refresh_from_db()
    return plan


def tried(planner: User, plan: Plan, **given: str) -> Plan:
    change_plan(by=planner, instance=plan, given=given)
    assert planning.work_out_next()
    plan.refresh_from_db()
    assert plan.state == Plan.State.DONE, plan.problem
    return plan


# -- What is read ---------------


def period(people: People) -> Period:
    return Period(people.unit, MONDAY, MONDAY, database_now())


def nothing(_share: float) -> None: ...


def test_visits_are_read_as_they_were(people: People, skill: Skill):
    agent = on_duty(people, skill)
    answered(skill, agent, 0, 12, 60)
    contact_with(skill, (10, "queued"), (15, "closed"))
    contact_with(skill, (20, "queued"))
    other = SkillFactory.create(business_unit=people.unit)
    contact_with(skill, (30, "queued"), (40, "queued", other), (50, "accepted", agent))
    rebuild()
    past = pasts.read(period(people), nothing)
    clock = 9 * 3600 + 3 * 3600
    number = past.skills.index(skill.pk)
    found = [
        (one.queued_ms / 1000 - clock, one.waited_ms / 1000, one.ended, one.handle_ms)
        for one in past.record.visits
        if one.skill == number
    ]
    # Who still waits at the end of what is read has waited until then: three hours behind the day.
    still = (15 + 3) * 3600 - 20
    assert found == [
        (0, 12, Ended.ANSWERED, 60_000),
        (10, 5, Ended.ABANDONED, None),
        (20, still, Ended.WAITING, None),
        (30, 10, Ended.MOVED, None),
    ]
    assert [one.is_in_time for one in past.record.visits][:2] == [True, False]


def test_a_return_is_no_visit_of_its_own(people: People, skill: Skill):
    agent = on_duty(people, skill)
    contact_with(
        skill,
        (0, "queued"),
        (10, "accepted", agent),
        (20, "requeued", agent),
        (30, "accepted", agent),
        (50, "ended", agent),
        (50, "closed", agent),
    )
    rebuild()
    past = pasts.read(period(people), nothing)
    assert [(one.waited_ms, one.ended) for one in past.record.visits] == [(10_000, Ended.ANSWERED)]
    assert past.returned == 1


def test_replies_are_those_of_offers(people: People, skill: Skill):
    agent = on_duty(people, skill)
    contact = answered(skill, agent, 0, 12, 60)
    for state, seconds in (("accepted", 9), ("refused", 4), ("expired", 45), ("withdrawn", 1)):
        OfferFactory.create(
            contact=contact,
            agent=agent,
            state=Offer.State(state),
            offered_at=at(0),
            expires_at=at(45),
            settled_at=at(seconds),
        )
    rebuild()
    replies = pasts.read(period(people), nothing).record.replies
    assert sorted(replies) == [(Reply.ACCEPTED, 9000), (Reply.REFUSED, 4000), (Reply.EXPIRED, 45000)]


def test_shifts_are_cut_to_what_is_read(people: People, skill: Skill):
    agent = on_duty(people, skill)
    AgentStateChange.objects.filter(agent=agent).update(since=NINE - timedelta(days=3), until=at(600))
    there(agent, 900, None)
    day = period(people)
    assert pasts.shifts(day, [agent.pk]) == {
        agent.pk: [(0, 43_800_000), (44_100_000, day.ms(day.until))],
    }
    (group,) = pasts.staff(day, [skill.pk])
    # From midnight until 9:10, and from 9:15 until midnight.
    assert group.hours == [round(9 + 10 / 60 + 14.75, 2)]


def was(agent: Agent, status: str, reason: str, since: float, until: float | None) -> None:
    AgentStateChange.objects.create(
        agent=agent,
        status=status,
        reason=reason,
        since=at(since),
        until=None if until is None else at(until),
    )


def test_who_was_refused_and_came_back_was_at_work(people: People, skill: Skill):
    """Not who came back after a long time, who went elsewhere from there, and who is Refused still."""
    agents = [on_duty(people, skill, hours=0.1) for _number in range(4)]
    back, late, gone, still = agents
    for agent, minutes in ((back, 5), (late, 31)):
        was(agent, "unavailable", "Refused", 360, 360 + 60 * minutes)
        there(agent, 360 + 60 * minutes, 3600)
    was(gone, "unavailable", "Refused", 360, 400)
    was(gone, "unavailable", "Lunch", 400, 900)
    there(gone, 900, 3600)
    was(still, "unavailable", "Refused", 360, None)
    day = period(people)
    nine = day.ms(NINE)
    spans = {
        agent: [((since - nine) / 1000, (to - nine) / 1000) for since, to in found]
        for agent, found in pasts.shifts(day, [one.pk for one in agents]).items()
    }
    assert spans == {
        back.pk: [(0, 3600)],
        late.pk: [(0, 360), (2220, 3600)],
        gone.pk: [(0, 360), (900, 3600)],
        still.pk: [(0, 360)],
    }
    assert pasts.usual_absence(day) == 300


def test_a_plan_replays_the_policies_of_the_configuration(planner: User, people: People, skill: Skill):
    other = SkillFactory.create(business_unit=people.unit, name="Sales")
    Skill.objects.filter(pk=skill.pk).update(
        returning_agent_seconds=40, overflow_skill=other, overflow_after_seconds=25
    )
    update_business_unit(
        by=None, instance=people.unit, misses_before_refused=3, cool_down_after_contact_seconds=10
    )
    agent = on_duty(people, skill, hours=0.05)
    was(agent, "unavailable", "Refused", 180, 300)
    there(agent, 300, 8 * 3600)
    for wait in (0, 70, 140):
        answered(skill, agent, 400, wait, 60)
    rebuild()
    plan = made(planner, people)
    base = {name: plan.base[name] for name in ("misses", "refused_after_refusal", "away")}
    assert base == {"misses": 3, "refused_after_refusal": False, "away": 120}
    (served,) = [one for one in plan.base["skills"] if one["name"] == "Support"]
    assert (served["returning"], served["overflow_to"], served["overflow_after"]) == (40, other.pk, 25)
    assert plan.base["groups"][0]["cool_contact"] == 10
    # A minute each, and ten seconds between them: as it was.
    assert plan.result["overall"]["replay"]["mean_wait"] == [70.0, 0.0]
    assert plan.result["overall"]["was"]["mean_wait"] == 70.0
    without = tried(planner, plan, **{"group-0-cool_contact": "0"})
    assert without.result["overall"]["draft"]["mean_wait"] == [60.0, 0.0]


def test_who_was_never_refused_is_not_in_the_replay(planner: User, people: People, skill: Skill):
    busy_morning(people, skill)
    assert people.unit.refused_after_miss
    assert made(planner, people).base["misses"] is None


def test_plans_that_were_kept_before_policies_are_replayed_without_them(
    planner: User, people: People, skill: Skill, client: Client
):
    busy_morning(people, skill)
    plan = made(planner, people)
    old = {name: value for name, value in plan.base.items() if name not in drafts._DEFAULTS}
    for part, defaults in (("skills", drafts._SKILL_DEFAULTS), ("groups", drafts._GROUP_DEFAULTS)):
        old[part] = [
            {name: value for name, value in one.items() if name not in defaults} for one in old[part]
        ]
    Plan.objects.filter(pk=plan.pk).update(base=old, draft=old)
    client.force_login(planner)
    assert client.get(f"/reports/planning/{plan.pk}/").status_code == 200
    plan.refresh_from_db()
    again = tried(planner, plan, **{"group-0-change": "1"})
    assert again.result["overall"]["draft"]["mean_wait"] == [20.0, 0.0]


def test_returning_customers_are_those_that_the_log_knows(planner: User, people: People, skill: Skill):
    best, last = on_duty(people, skill), on_duty(people, skill, proficiency=9, hours=7)
    earlier = answered(skill, last, -86_400, 0, 60)
    type(earlier).objects.filter(pk=earlier.pk).update(agent=last, created_at=at(-86_400))
    contact = answered(skill, best, 100, 0, 60)
    type(contact).objects.filter(pk=contact.pk).update(customer=earlier.customer)
    rebuild()
    past = pasts.read(period(people), nothing)
    (visit,) = past.record.visits
    assert past.record.last_agents == {visit.customer: str(last.pk)} == {earlier.customer_id: str(last.pk)}


def test_agents_who_are_alike_are_one_group_longest_first(people: People, skill: Skill):
    short, long = on_duty(people, skill, hours=2), on_duty(people, skill, hours=6)
    best = on_duty(people, skill, proficiency=1, sessions=3, hours=1)
    absent = on_duty(people, skill)
    AgentStateChange.objects.filter(agent=absent).delete()
    groups = pasts.staff(period(people), [skill.pk])
    assert [list(group.agents) for group in groups] == [[long.pk, short.pk], [best.pk]]
    assert [group.sessions for group in groups] == [1, 3]


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda people, skill: None, "No contact entered a queue on these days"),
        (
            lambda people, skill: contact_with(skill, (0, "queued"), (9, "closed")),
            "No contact that agents finished",
        ),
        (
            lambda people, skill: answered(skill, people.agent, 0, 1, 60),
            "No agent was available on these days",
        ),
    ],
)
def test_days_with_nothing_to_replay_say_so(
    planner: User, people: People, skill: Skill, client: Client, prepare, sentence: str
):
    AgentStateChange.objects.all().delete()
    prepare(people, skill)
    rebuild()
    plan = made(planner, people)
    assert plan.state == Plan.State.FAILED
    client.force_login(planner)
    assert sentence in client.get(f"/reports/planning/{plan.pk}/").content.decode()


def test_too_many_contacts_are_refused(planner: User, people: People, skill: Skill, monkeypatch):
    busy_morning(people, skill)
    monkeypatch.setattr(pasts, "MOST_CONTACTS", 2)
    plan = made(planner, people)
    assert plan.state == Plan.State.FAILED
    assert "more than 2 contacts" in plan.problem


# -- What comes of it ---------------


def test_unchanged_it_is_as_it_was(planner: User, people: People, skill: Skill):
    busy_morning(people, skill)
    result = made(planner, people).result
    (found,) = result["skills"]
    assert (found["name"], found["contacts"], result["replications"]) == ("Support", 3, outcome.REPLICATIONS)
    assert found["was"]["service_level"] == pytest.approx(100 / 3)
    # Every handling time that was seen is a minute, so no draw differs from another.
    assert found["replay"]["mean_wait"] == [60.0, 0.0]
    assert found["replay"]["p95_wait"] == [120.0, 0.0]
    assert found["draft"] is None
    assert [row["was"] for row in result["hours"] if row["was"] is not None] == [33.3]
    assert result["hours"][9]["at"] == "2026-03-02T09:00:00"


def test_one_more_agent(planner: User, people: People, skill: Skill):
    busy_morning(people, skill)
    plan = tried(planner, made(planner, people), **{"group-0-change": "1"})
    (found,) = plan.result["skills"]
    assert found["draft"]["mean_wait"] == [20.0, 0.0]
    assert found["change"]["mean_wait"] == [-40.0, 0.0]
    assert found["change"]["service_level"] == [pytest.approx(33.333), 0.0]
    assert plan.result["agent_hours"] == [8.0, 16.0]


def test_more_sessions_and_an_agent_who_was_not_there(planner: User, people: People, skill: Skill):
    busy_morning(people, skill)
    plan = made(planner, people)
    assert tried(planner, plan, **{"group-0-sessions": "3"}).result["overall"]["draft"]["mean_wait"] == [
        0.0,
        0.0,
    ]
    given = {
        "added-0-count": "2",
        "added-0-from": "09:00",
        "added-0-to": "10:00",
        "added-0-skills": "support",
        "added-0-sessions": "1",
    }
    result = tried(planner, plan, **given).result
    assert result["overall"]["draft"]["mean_wait"] == [0.0, 0.0]
    assert result["agent_hours"] == [8.0, 10.0]
    # They come when it is over.
    late = tried(planner, plan, **{**given, "added-0-from": "11:00", "added-0-to": "12:00"})
    assert late.result["overall"]["draft"]["mean_wait"] == [60.0, 0.0]


def test_another_priority_and_another_goal(planner: User, people: People, skill: Skill):
    other = SkillFactory.create(business_unit=people.unit, name="Sales")
    agent = on_duty(people, skill, other)
    answered(skill, agent, 0, 0, 60)
    answered(skill, agent, 1, 59, 60)
    answered(other, agent, 2, 118, 60)
    rebuild()
    plan = made(planner, people)
    place = [one["name"] for one in plan.base["skills"]].index("Sales")
    plan = tried(planner, plan, **{f"skill-{place}-initial": "10", f"skill-{place}-goal": "95"})
    found = {one["name"]: one for one in plan.result["skills"]}
    assert found["Sales"]["replay"]["mean_wait"] == [118.0, 0.0]
    assert found["Sales"]["draft"]["mean_wait"] == [58.0, 0.0]
    assert found["Support"]["draft"]["mean_wait"] == [59.5, 0.0]
    assert found["Sales"]["goals"] == [80, 95]


def test_other_skills_of_agents(planner: User, people: People, skill: Skill):
    other = SkillFactory.create(business_unit=people.unit, name="Sales")
    first, second = on_duty(people, skill), on_duty(people, other, hours=7)
    answered(skill, first, 0, 0, 60)
    answered(skill, first, 1, 59, 60)
    answered(other, second, 900, 0, 60)
    rebuild()
    plan = made(planner, people)
    plan = tried(planner, plan, **{"group-1-skills": "Sales 1, Support 5"})
    found = {one["name"]: one for one in plan.result["skills"]}
    assert (found["Support"]["replay"]["mean_wait"], found["Support"]["draft"]["mean_wait"]) == (
        [29.5, 0.0],
        [0.0, 0.0],
    )


def test_a_draft_that_is_not_right(planner: User, people: People, skill: Skill):
    busy_morning(people, skill)
    plan = made(planner, people)
    place = [one["name"] for one in plan.base["skills"]].index("Support")
    with pytest.raises(RuleBroken) as refused:
        change_plan(
            by=planner,
            instance=plan,
            given={
                f"skill-{place}-initial": "1001",
                f"skill-{place}-goal": "80.5",
                "group-0-change": "-2",
                "group-0-skills": "Support 21, Nobody 1",
                "group-0-timeout": "14",
                "added-1-count": "x",
                "added-1-from": "25:00",
                "added-1-to": "10:00",
                "added-1-skills": "",
            },
        )
    assert set(refused.value.fields) == {
        f"skill-{place}-initial",
        f"skill-{place}-goal",
        "group-0-change",
        "group-0-skills",
        "group-0-timeout",
        "added-1-count",
        "added-1-from",
        "added-1-skills",
    }
    with pytest.raises(RuleBroken, match="at least one agent"):
        change_plan(by=planner, instance=plan, given={"group-0-change": "-1"})
    with pytest.raises(RuleBroken, match="must not exceed"):
        change_plan(
            by=planner, instance=plan, given={f"skill-{place}-initial": "5", f"skill-{place}-maximum": "4"}
        )
    assert Plan.objects.get(pk=plan.pk).state == Plan.State.DONE


def test_skills_are_written_as_they_are_read():
    base = {"skills": [{"id": 4, "name": "Support"}, {"id": 7, "name": "a:b"}]}
    text = drafts.written({"4": 3, "7": 1}, base)
    assert text == "a:b 1, Support 3"
    problems: dict[str, list[str]] = {}
    assert drafts._skills(text, "x", base, problems) == {"7": 1, "4": 3}
    assert problems == {}


def test_a_contact_keeps_the_priority_that_its_script_gave_it(planner: User, people: People, skill: Skill):
    """In the lane of another acceleration it stays there, whatever the draft says of the skill."""
    lanes = [
        LaneFactory.create(skill=skill, acceleration_milli=acceleration, max_priority_milli=1_000_000)
        for acceleration in (1_000, 7_000)
    ]
    agent = on_duty(people, skill)
    for number, lane in enumerate([lanes[0], lanes[0], lanes[1]]):
        contact = answered(skill, agent, number, 0, 60)
        event = contact.events.get(kind="queued")
        event.data = {**event.data, "lane": lane.pk}
        event.save()
        queued_ms = pasts.milliseconds(at(number))
        key = 2_000 * 60_000 - lane.acceleration_milli * queued_ms
        type(contact).objects.filter(pk=contact.pk).update(lane=lane, queue_key=key, queued_at=at(number))
    rebuild()
    past = pasts.read(period(people), nothing)
    own = past.own_profiles[skill.pk]
    assert (own.initial_milli, own.acceleration_milli) == (2_000, 1_000)
    assert [one.profile and one.profile.acceleration_milli for one in past.record.visits] == [
        None,
        None,
        7_000,
    ]


# -- Keeping them, and the task ---------------


def test_days_that_cannot_be_replayed(planner: User, people: People):
    tomorrow = database_now().date() + timedelta(days=2)
    for first, last, field in (
        (tomorrow, tomorrow, "first"),
        (MONDAY, MONDAY - timedelta(days=1), "last"),
        (MONDAY, MONDAY + timedelta(days=8), "last"),
    ):
        with pytest.raises(RuleBroken) as refused:
            create_plan(by=planner, business_unit=people.unit, name="x", first=first, last=last)
        assert list(refused.value.fields) == [field]


def test_a_name_is_used_once_by_its_owner(planner: User, people: People, skill: Skill):
    busy_morning(people, skill)
    plan = made(planner, people)
    with pytest.raises(RuleBroken) as refused:
        made(planner, people)
    assert list(refused.value.fields) == ["name"]
    names = {copy_plan(by=planner, instance=plan).name for _time in range(2)}
    assert names == {"Copy of Monday", "Copy of Monday (2)"}
    assert Plan.objects.filter(name="Copy of Monday", state="done", result__isnull=False).exists()


def test_a_plan_whose_worker_died_is_taken_by_another_three_times_at_most(
    planner: User, people: People, skill: Skill
):
    busy_morning(people, skill)
    plan = create_plan(by=planner, business_unit=people.unit, name="Monday", first=MONDAY, last=MONDAY)
    assert planning.has_waiting()
    for attempt in range(1, planning.MOST_ATTEMPTS + 1):
        claimed = planning._claim()
        assert claimed is not None
        assert claimed.attempts == attempt
        assert not planning.has_waiting()
        Plan.objects.update(beat_at=database_now() - planning.LOST_AFTER - timedelta(seconds=1))
    assert planning._claim() is None
    plan.refresh_from_db()
    assert (plan.state, plan.problem) == (
        Plan.State.FAILED,
        (
            "Who worked on it was lost 3 times, as happens when it takes too long. "
            "Choose fewer days, or run it again."
        ),
    )
    again = planning.run_again(by=planner, instance=plan)
    assert (again.state, again.attempts) == (Plan.State.WAITING, 0)
    with pytest.raises(RuleBroken, match="being worked out already"):
        planning.run_again(by=planner, instance=plan)
    assert planning.work_out_next()
    plan.refresh_from_db()
    assert plan.state == Plan.State.DONE


def test_who_was_superseded_writes_nothing(planner: User, people: People, skill: Skill):
    busy_morning(people, skill)
    plan = made(planner, people)
    change_plan(by=planner, instance=plan, given={"group-0-change": "1"})
    lost = planning._claim()
    assert lost is not None
    tried(planner, plan, **{"group-0-change": "2"})
    with pytest.raises(planning._Superseded):
        planning._settle(lost, result={})
    plan.refresh_from_db()
    assert plan.result["agent_hours"] == [8.0, 24.0]
    assert not planning.work_out_next()


class Ticking:
    """A clock that goes on by a second each time it is read, and by three from some moment on."""

    def __init__(self, slow_from: float) -> None:
        self.now, self.slow_from = 0.0, slow_from

    def __call__(self) -> float:
        self.now += 3.0 if self.now >= self.slow_from else 1.0
        return self.now


def replayed_within(
    planner: User, people: People, seconds: float, slow_from: float = 1e9, **draft: Any
) -> dict[str, Any]:
    """With a clock that needs 200 s for each replay."""
    plan = made(planner, people)
    past = pasts.read(period(people), nothing)
    changed = {**plan.base, **draft}
    clock = Ticking(slow_from)
    return outcome.replayed(past, plan.base, changed, period(people), nothing, ends=seconds, clock=clock)


@pytest.mark.parametrize(("seconds", "replications"), [(210, 1), (500, 2), (1_000, 4), (1e9, 20)])
def test_as_many_replications_as_there_is_time_for(
    planner: User, people: People, skill: Skill, seconds: float, replications: int
):
    busy_morning(people, skill)
    result = replayed_within(planner, people, seconds)
    assert result["replications"] == replications
    (mean, half) = result["overall"]["replay"]["mean_wait"]
    assert (mean, half is None) == (60.0, replications == 1)


def test_a_replication_of_the_draft_that_is_not_done_in_time_is_left_out(
    planner: User, people: People, skill: Skill
):
    busy_morning(people, skill)
    result = replayed_within(planner, people, 900, slow_from=500, misses=1)
    assert result["replications"] == 1
    assert result["overall"]["change"]["mean_wait"] == [0.0, None]


def test_a_plan_of_which_nothing_comes_in_time_says_so(
    client: Client, planner: User, people: People, skill: Skill, monkeypatch
):
    busy_morning(people, skill)
    with pytest.raises(outcome.TooLong):
        replayed_within(planner, people, 100)
    Plan.objects.all().delete()
    monkeypatch.setattr(planning, "BUDGET_SECONDS", -1.0)
    plan = made(planner, people)
    assert plan.state == Plan.State.FAILED
    assert "takes longer than a plan may take" in plan.problem
    # And may be run again.
    monkeypatch.undo()
    client.force_login(planner)
    assert "run-again" in client.get(f"/reports/planning/{plan.pk}/").content.decode()
    assert client.post(f"/reports/planning/{plan.pk}/again/").status_code == 302
    assert planning.work_out_next()
    plan.refresh_from_db()
    assert (plan.state, plan.problem) == (Plan.State.DONE, "")


@pytest.mark.django_db(transaction=True)
def test_one_process_works_plans_out_and_another_does_not_wait(planner: User, people: People, skill: Skill):
    PlanFactory.create(owner=planner, business_unit=people.unit, first=MONDAY, last=MONDAY)
    with closing(connection.copy()) as other, other.cursor() as busy:
        busy.execute("SELECT pg_advisory_lock(%s)", [planning.PLANS_LOCK])
        assert not planning.work_out_next()
        assert Plan.objects.get().state == Plan.State.WAITING
        busy.execute("SELECT pg_advisory_unlock(%s)", [planning.PLANS_LOCK])
        assert planning.work_out_next()
        assert Plan.objects.get().state == Plan.State.FAILED, "nothing to replay"
        busy.execute("SELECT pg_try_advisory_lock(%s)", [planning.PLANS_LOCK])
        assert busy.fetchone() == (True,), "given back"


def test_a_plan_is_about_the_skills_of_its_first_time(planner: User, people: People, skill: Skill):
    """Skills come, go and are deleted between two times; what waited for others is left out."""
    idle, deleted = SkillFactory.create_batch(2, business_unit=people.unit)
    agent = busy_morning(people, skill)
    plan = made(planner, people)
    Skill.objects.filter(pk=idle.pk).update(is_active=False)
    Skill.objects.filter(pk=deleted.pk).delete()
    new = SkillFactory.create(business_unit=people.unit)
    answered(new, agent, 5000, 0, 60)
    rebuild()
    result = tried(planner, plan, **{"group-0-change": "1"}).result
    assert [(one["name"], one["contacts"]) for one in result["skills"]] == [("Support", 3)]
    assert result["overall"]["contacts"] == 3
    assert result["overall"]["draft"]["mean_wait"] == [20.0, 0.0]


def test_a_draft_has_no_more_agents_than_can_be_replayed(planner: User, people: People, skill: Skill):
    busy_morning(people, skill)
    plan = made(planner, people)
    given = {"group-0-change": "200"}
    for place in range(2):
        added = {"count": "150", "from": "09:00", "to": "10:00", "skills": "Support 1"}
        given |= {f"added-{place}-{name}": value for name, value in added.items()}
    with pytest.raises(RuleBroken, match=r"501 agents together\. Plan at most 500") as refused:
        change_plan(by=planner, instance=plan, given=given)
    assert list(refused.value.fields) == ["group-0-change"]
    change_plan(by=planner, instance=plan, given={**given, "group-0-change": "199"})


# -- The pages ---------------


def test_from_the_form_to_the_file(client: Client, planner: User, people: People, skill: Skill):
    busy_morning(people, skill)
    client.force_login(planner)
    assert client.get("/reports/planning/").status_code == 200
    answer = client.post("/reports/planning/", {"name": "Monday", "first": "2026-03-02"})
    plan = Plan.objects.get()
    address = f"/reports/planning/{plan.pk}/"
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert "data-plan-progress" in client.get(address).content.decode()
    assert client.get(f"{address}progress/").json() == {
        "is_busy": True,
        "progress": 0,
        "label": "Waits for its turn",
    }
    planning.work_out_next()
    assert client.get(f"{address}progress/").json()["is_busy"] is False
    page = client.get(address).content.decode()
    assert "The replay can be believed" in page
    assert "group-0-change" in page
    assert client.post(address, {"name": "Monday", "group-0-change": "many"}).status_code == 400
    assert client.post(address, {"name": "More", "group-0-change": "1"}).status_code == 302
    planning.work_out_next()
    page = client.get(address).content.decode()
    assert "More" in page
    assert "Change by the draft" in page
    book = load_workbook(io.BytesIO(client.get(f"{address}export/?format=xlsx").content))
    assert book.sheetnames[0] == "Service level"
    lines = list(
        csv.reader(io.StringIO(client.get(f"{address}export/?format=csv").content.decode("utf-8-sig")))
    )
    assert any(line[:3] == ["Support", "3", "33.3"] for line in lines)
    assert client.post(f"{address}copy/").status_code == 302
    assert client.post(f"{address}delete/").status_code == 302
    assert [one.name for one in Plan.objects.all()] == ["Copy of More"]


def test_days_are_asked_for_in_words(client: Client, planner: User):
    client.force_login(planner)
    answer = client.post("/reports/planning/", {"name": "x", "first": "monday"})
    assert answer.status_code == 400
    assert "Write the day as 2026-03-31." in answer.content.decode()


def test_who_may(client: Client, people: People, skill: Skill, planner: User):
    busy_morning(people, skill)
    plan = made(planner, people)
    address = f"/reports/planning/{plan.pk}/"
    reader = person(people, "reporting.view_report")
    colleague = person(people, *PLANNER)
    stranger = UserFactory.create()
    stranger.user_permissions.set(permissions_of(PLANNER))
    nobody = person(people)
    for user, seen, changed, copied, exported in (
        (reader, 200, 403, 403, 403),
        (colleague, 200, 403, 302, 200),
        (stranger, 404, 404, 404, 404),
        (nobody, 403, 403, 403, 403),
    ):
        client.force_login(user)
        assert client.get(address).status_code == seen
        assert client.get(f"{address}progress/").status_code == seen
        assert client.post(address, {"group-0-change": "1"}).status_code == changed
        assert client.post(f"{address}delete/").status_code == changed
        assert client.post(f"{address}copy/").status_code == copied
        assert client.get(f"{address}export/?format=csv").status_code == exported
    client.force_login(reader)
    assert client.post("/reports/planning/", {"name": "x", "first": "2026-03-02"}).status_code == 403
    assert Plan.objects.filter(pk=plan.pk).exists()


def test_services_ask_for_the_permission(people: People):
    reader = person(people, "reporting.view_report")
    plan = PlanFactory.create(business_unit=people.unit, owner=reader)
    for act in (
        lambda: create_plan(by=reader, business_unit=people.unit, name="x", first=MONDAY, last=MONDAY),
        lambda: change_plan(by=reader, instance=plan, given={}),
        lambda: copy_plan(by=reader, instance=plan),
        lambda: delete_plan(by=reader, instance=plan),
    ):
        with pytest.raises(NotAllowed):
            act()
