"""The figures: what of a contact's log counts where, and that they follow the log exactly."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from agents.models import Agent, AgentState, AgentStateChange
from contacts.models import Contact
from contacts.services import complete_message
from core import sql
from reporting.models import (
    AGENT_MEASURES,
    MEASURES,
    AgentDay,
    AgentInterval,
    ContactLine,
    ContactShare,
    OutcomeInterval,
    RollUp,
    SkillInterval,
    SkillRule,
    Stint,
)
from reporting.services import checking, roll_up, statements
from skills.models import Skill
from tests.factories.agents import AgentFactory
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.skills import SkillFactory
from tests.reporting.past import add_events, at, contact_with, rebuild


@pytest.fixture
def skill(db: None) -> Skill:
    return SkillFactory.create(
        service_level_threshold_seconds=30,
        short_abandon_enabled=True,
        short_abandon_threshold_seconds=10,
    )


@pytest.fixture
def agent(skill: Skill) -> Agent:
    return AgentFactory.create(business_unit=skill.business_unit)


def figures(model: Any, **only: Any) -> dict[str, int]:
    """The measures that are not nought, summed up."""
    names = AGENT_MEASURES if model is AgentInterval else MEASURES
    sums = model.objects.filter(**only).aggregate(**{name: Sum(name) for name in names})
    return {name: value for name, value in sums.items() if value}


def test_an_answered_contact(skill: Skill, agent: Agent):
    contact_with(
        skill,
        (0, "opened"),
        (1, "message_received"),
        (2, "queued"),
        (3, "offered", agent),
        (22, "accepted", agent),
        (40, "message_written", agent),
        (122, "ended", agent),
        (152, "closed", agent),
    )
    rebuild()
    assert figures(SkillInterval, skill=skill) == {
        "queued": 1,
        "answered": 1,
        "in_time": 1,
        "wait_ms": 20_000,
        "accepted": 1,
        "handled": 1,
        "talk_ms": 100_000,
        "acw_ms": 30_000,
        "offered": 1,
        "texts_in": 1,
        "texts_out": 1,
        "segments_out": 1,
    }
    of_agent = figures(AgentInterval, agent=agent)
    assert (of_agent["accepted"], of_agent["texts_out"]) == (1, 1)


def test_what_counts_where(skill: Skill, agent: Agent):
    contact_with(
        skill, (890, "queued"), (910, "accepted", agent), (1900, "ended", agent), (1905, "closed", agent)
    )
    rebuild()
    slots = dict(SkillInterval.objects.values_list("slot", "answered"))
    assert slots == {at(0): 1, at(900): 0, at(1800): 0}
    accepted, handled = (
        list(SkillInterval.objects.order_by("slot").values_list(name, flat=True))
        for name in ("accepted", "handled")
    )
    assert (accepted, handled) == ([0, 1, 0], [0, 0, 1])


@pytest.mark.parametrize(
    ("wait", "counts"),
    [
        (10, {"queued": 1, "abandoned": 1, "short_abandoned": 1, "abandon_ms": 10_000}),
        (11, {"queued": 1, "abandoned": 1, "abandon_ms": 11_000}),
    ],
)
def test_abandoned(skill: Skill, wait: int, counts: dict[str, int]):
    contact_with(skill, (0, "queued"), (wait, "closed"))
    rebuild()
    assert figures(SkillInterval, skill=skill) == counts


@pytest.mark.parametrize(("wait", "in_time"), [(30, 1), (30.001, 0)])
def test_in_time_is_up_to_the_threshold(skill: Skill, agent: Agent, wait: float, in_time: int):
    contact_with(skill, (0, "queued"), (wait, "accepted", agent))
    rebuild()
    assert figures(SkillInterval).get("in_time", 0) == in_time


def test_a_contact_is_measured_by_what_held_when_it_was_queued(skill: Skill, agent: Agent):
    contact_with(skill, (0, "queued"), (60, "accepted", agent))
    rebuild()
    Skill.objects.filter(pk=skill.pk).update(service_level_threshold_seconds=90)
    rebuild()
    assert list(SkillRule.objects.order_by("since").values_list("threshold_seconds", flat=True)) == [30, 90]
    assert "in_time" not in figures(SkillInterval)


def test_a_transfer_waits_and_counts_in_both_skills(skill: Skill, agent: Agent):
    other = SkillFactory.create(business_unit=skill.business_unit)
    second = AgentFactory.create(business_unit=skill.business_unit)
    contact_with(
        skill,
        (0, "queued"),
        (5, "accepted", agent),
        (65, "transferred", other),
        (65, "queued", other),
        (105, "accepted", second),
        (165, "ended", second),
        (165, "closed", second),
    )
    rebuild()
    first = figures(SkillInterval, skill=skill)
    assert (first["queued"], first["handled"], first["transferred"], first["talk_ms"]) == (1, 1, 1, 60_000)
    assert figures(SkillInterval, skill=other)["wait_ms"] == 40_000
    line = ContactLine.objects.get()
    assert (sorted(line.agent_ids), line.agent_id) == (sorted([agent.pk, second.pk]), second.pk)
    assert sorted(line.skill_ids) == sorted([skill.pk, other.pk])


def test_who_moves_on_to_another_queue_has_not_abandoned(skill: Skill):
    other = SkillFactory.create(business_unit=skill.business_unit)
    contact_with(skill, (0, "queued"), (100, "queued", other))
    rebuild()
    assert figures(SkillInterval, skill=skill) == {"queued": 1, "moved": 1}
    assert figures(SkillInterval, skill=other) == {"queued": 1}


@pytest.mark.parametrize("comes_anew", [False, True])
def test_who_comes_back_to_the_queue_was_answered_once(skill: Skill, agent: Agent, comes_anew: bool):
    anew = [(100, "queued")] if comes_anew else []
    contact_with(
        skill,
        (0, "queued"),
        (5, "accepted", agent),
        (100, "requeued", agent),
        *anew,
        (300, "accepted", agent),
    )
    rebuild()
    found = figures(SkillInterval)
    assert (found["queued"], found["answered"], found["returned"], found["accepted"]) == (1, 1, 1, 2)


def test_who_is_taken_over_from_the_queue_was_answered(skill: Skill, agent: Agent):
    contact_with(skill, (0, "queued"), (20, "taken_over", agent), (80, "ended", agent), (80, "closed", agent))
    rebuild()
    found = figures(SkillInterval)
    assert found == {
        "queued": 1,
        "answered": 1,
        "in_time": 1,
        "wait_ms": 20_000,
        "accepted": 1,
        "handled": 1,
        "talk_ms": 60_000,
    }
    line = ContactLine.objects.get()
    assert (line.outcome, line.agent, line.handle_ms) == ("answered", agent, 60_000)


def test_who_takes_a_contact_over_from_an_agent_has_it_from_there(skill: Skill, agent: Agent):
    supervisor = AgentFactory.create(business_unit=skill.business_unit)
    contact_with(
        skill,
        (0, "queued"),
        (5, "accepted", agent),
        (65, "taken_over", supervisor),
        (95, "ended", supervisor),
        (100, "closed", supervisor),
    )
    rebuild()
    assert figures(SkillInterval)["answered"] == 1
    one = {"accepted": 1, "handled": 1}
    for whose, counts in ((agent, {"talk_ms": 60_000}), (supervisor, {"talk_ms": 30_000, "acw_ms": 5_000})):
        found = figures(AgentInterval, agent=whose)
        assert {name: found.get(name, 0) for name in (*one, *counts)} == one | counts
    stints = Stint.objects.order_by("began_at").values_list("agent", "began_at", "free_at")
    assert list(stints) == [(agent.pk, at(5), at(65)), (supervisor.pk, at(65), at(100))]


def test_offers_by_how_they_ended(skill: Skill, agent: Agent):
    kinds = ["offered", "offer_refused", "offered", "offer_expired", "offered", "offer_withdrawn"]
    contact_with(skill, (0, "queued"), *((place, kind, agent) for place, kind in enumerate(kinds)))
    rebuild()
    found = figures(AgentInterval, agent=agent)
    assert found == {"offered": 3, "refused": 1, "missed": 1, "withdrawn": 1}


def test_outcomes(skill: Skill, agent: Agent):
    disposition = DispositionFactory.create(business_unit=skill.business_unit)
    tags = TagFactory.create_batch(2, business_unit=skill.business_unit)
    done = [(0, "queued"), (5, "accepted", agent), (65, "ended", agent), (65, "closed", agent)]
    contact_with(skill, *done, disposition=disposition).tags.set(tags)
    contact_with(skill, *done)
    rebuild()
    found = set(OutcomeInterval.objects.values_list("disposition", "tag", "contacts", "handle_ms"))
    assert found == {
        (disposition.pk, None, 1, 60_000),
        (None, None, 1, 60_000),
        (None, tags[0].pk, 1, 60_000),
        (None, tags[1].pk, 1, 60_000),
    }


# -- Agents' time ---------------


def put_state(agent: Agent, *stretches: tuple[float, float, str]) -> None:
    AgentStateChange.objects.filter(agent=agent).delete()
    for since, until, status in stretches:
        AgentStateChange.objects.create(agent=agent, since=at(since), until=at(until), status=status)


def test_overlapping_contacts_occupy_once(skill: Skill, agent: Agent):
    put_state(agent, (0, 600, "available"), (600, 1800, "unavailable"))
    done = [(300, "queued"), (300, "accepted", agent), (900, "ended", agent), (1200, "closed", agent)]
    contact_with(skill, *done)
    contact_with(
        skill, (0, "queued"), (600, "accepted", agent), (1000, "ended", agent), (1000, "closed", agent)
    )
    rebuild()
    found = AgentInterval.objects.order_by("slot").values_list("slot", "occupied_ms", "staffed_ms")
    assert list(found) == [(at(0), 600_000, 900_000), (at(900), 300_000, 300_000)]


def test_the_database_writes_down_every_state(skill: Skill, agent: Agent):
    state = AgentState.objects.get(agent=agent)
    for status, reason, since in (("available", "", 10), ("available", "", 20), ("unavailable", "Lunch", 30)):
        AgentState.objects.filter(agent=agent).update(status=status, reason=reason, since=at(since), load=0)
    rows = AgentStateChange.objects.filter(agent=agent).order_by("id")
    found = list(rows.values_list("status", "reason", "since", "until"))
    # Nothing changed at 20, so nothing is written.
    assert found[1:] == [
        ("available", "", at(10), found[1][3]),
        ("unavailable", "Lunch", at(30), None),
    ]
    assert found[0][:3] == ("unavailable", "", state.since)
    assert found[1][3] == at(30)


# -- The history ---------------


def words_find(query: str) -> int:
    return ContactLine.objects.extra(
        where=["words @@ websearch_to_tsquery('simple', reporting_fold(%s))"], params=[query]
    ).count()


def test_words_are_found_whatever_their_accents(skill: Skill):
    contact = contact_with(skill, (0, "opened"), (0, "message_received"), notes="Crème brûlée commandée")
    contact.messages.update(text="Où est mon COLIS n° 12 345 ?")
    rebuild()
    assert [words_find(query) for query in ("colis", "ou est", "OÙ", "creme", '"creme brulee"', "autre")] == [
        1,
        1,
        1,
        1,
        1,
        0,
    ]


def test_a_late_part_of_a_long_text_is_found(floor_of_two: tuple[Skill, Agent]):
    skill, _agent = floor_of_two
    contact = contact_with(skill, (0, "opened"), (0, "message_received"))
    follow()
    assert words_find("parcel") == 0
    complete_message(
        message=contact.messages.get(), text="my parcel", parts=[(1, "a"), (2, "b")], is_incomplete=False
    )
    follow()
    assert words_find("parcel") == 1


def test_a_contact_with_a_novel_in_it_is_rolled_up(skill: Skill):
    contact = contact_with(skill, (0, "opened"), (0, "message_received"))
    contact.messages.update(text=" ".join(f"word{number}é" for number in range(150_000)))
    rebuild()
    assert words_find("word7e") == 1


# -- Following the log ---------------


RIGHT = {"skills": 0, "agents": 0, "days of agents": 0}


def follow() -> None:
    roll_up.catch_up(seconds=60)


def snapshot() -> dict[str, list[Any]]:
    names = list(MEASURES)
    return {
        "skills": sorted(SkillInterval.objects.values_list("skill", "slot", *names)),
        "agents": sorted(
            row
            for row in AgentInterval.objects.values_list("agent", "slot", *AGENT_MEASURES, "occupied_ms")
            if any(row[2:])
        ),
        "days": sorted(
            row
            for row in AgentDay.objects.values_list("agent", "day", *AGENT_MEASURES, "occupied_ms")
            if any(row[2:])
        ),
        "outcomes": sorted(
            OutcomeInterval.objects.filter(contacts__gt=0).values_list("skill", "slot", "contacts")
        ),
        "lines": sorted(ContactLine.objects.values_list("contact", "outcome", "handle_ms")),
    }


def test_following_step_by_step_gives_what_a_rebuild_gives(floor_of_two: tuple[Skill, Agent]):
    skill, agent = floor_of_two
    contact = contact_with(skill, (0, "opened"), (1, "message_received"), (2, "queued"))
    follow()
    assert figures(SkillInterval)["queued"] == 1
    for step in [
        [(3, "offered", agent), (10, "offer_refused", agent)],
        [(50, "offered", agent), (60, "accepted", agent)],
        [(80, "message_written", agent), (1000, "ended", agent)],
    ]:
        add_events(contact, *step)
        follow()
    Contact.objects.filter(pk=contact.pk).update(state="closed", closed_at=at(1010))
    add_events(contact, (1010, "closed", agent))
    follow()
    followed = snapshot()
    assert checking.differences() == RIGHT
    rebuild()
    assert snapshot() == followed
    assert followed["lines"] == [(contact.pk, "answered", 950_000)]


def test_doing_the_same_again_changes_nothing(floor_of_two: tuple[Skill, Agent]):
    skill, agent = floor_of_two
    contact_with(skill, (0, "queued"), (5, "accepted", agent), (65, "ended", agent), (65, "closed", agent))
    RollUp.objects.update(horizon=1)
    follow()
    before = snapshot()
    RollUp.objects.update(horizon=1)
    follow()
    assert snapshot() == before
    assert figures(SkillInterval)["handled"] == 1


def test_a_transaction_that_commits_late_is_not_missed(floor_of_two: tuple[Skill, Agent]):
    """Its events have lower keys than others that were rolled up before it committed."""
    skill, _agent = floor_of_two
    late = contact_with(skill, (0, "opened"))
    follow()
    written, go_on = threading.Event(), threading.Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                add_events(late, (1, "queued"))
                written.set()
                assert go_on.wait(30)
        finally:
            connection.close()

    writer = threading.Thread(target=write_slowly)
    writer.start()
    assert written.wait(30)
    quick = contact_with(skill, (2, "opened"), (3, "queued"))
    roll_up.catch_up(seconds=60)
    roll_up.catch_up(seconds=60)
    assert figures(SkillInterval).get("queued", 0) == 0, "what is above an open transaction waits for it"
    go_on.set()
    writer.join(30)
    follow()
    assert figures(SkillInterval)["queued"] == 2
    assert {quick.pk, late.pk} <= set(ContactShare.objects.values_list("contact", flat=True))


def test_several_at_once_count_once(floor_of_two: tuple[Skill, Agent]):
    skill, agent = floor_of_two
    for number in range(20):
        contact_with(skill, (number, "queued"), (number + 5, "accepted", agent))
    barrier = threading.Barrier(3)

    def follow_too() -> None:
        try:
            barrier.wait(30)
            follow()
        finally:
            connection.close()

    threads = [threading.Thread(target=follow_too) for _place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    follow()
    assert figures(SkillInterval)["answered"] == 20
    assert checking.differences() == RIGHT


def test_portions_end_between_transactions(floor_of_two: tuple[Skill, Agent], monkeypatch):
    skill, agent = floor_of_two
    monkeypatch.setattr(roll_up, "EVENTS_AT_ONCE", 3)
    with transaction.atomic():
        for number in range(5):
            contact_with(skill, (number, "queued"), (number + 1, "accepted", agent))
    for number in range(5):
        contact_with(skill, (number, "queued"), (number + 1, "accepted", agent))
    follow()
    assert figures(SkillInterval)["answered"] == 10


def test_a_failure_leaves_nothing_half_done(floor_of_two: tuple[Skill, Agent], monkeypatch):
    skill, _agent = floor_of_two
    contact_with(skill, (0, "queued"))
    before = RollUp.objects.get()
    with monkeypatch.context() as patch:
        patch.setattr(roll_up, "_remember", lambda **_values: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            follow()
    assert RollUp.objects.get().horizon == before.horizon
    assert figures(SkillInterval) == {}
    follow()
    assert figures(SkillInterval) == {"queued": 1}


def test_a_database_from_another_server_starts_over(floor_of_two: tuple[Skill, Agent]):
    skill, _agent = floor_of_two
    contact_with(skill, (0, "queued"))
    RollUp.objects.update(horizon=2**40)
    follow()
    assert figures(SkillInterval) == {"queued": 1}
    assert RollUp.objects.get().horizon < 2**40


def test_an_open_state_counts_until_now_and_no_longer(floor_of_two: tuple[Skill, Agent]):
    _skill, agent = floor_of_two
    AgentState.objects.filter(agent=agent).update(status="available", since=RollUp.objects.get().rolled_until)
    follow()
    first = _staffed(agent)
    follow()
    assert _staffed(agent) >= first
    now = RollUp.objects.get().rolled_until
    AgentState.objects.filter(agent=agent).update(status="unavailable", since=now)
    follow()
    follow()
    (change,) = AgentStateChange.objects.filter(agent=agent, status="available")
    assert _staffed(agent) == pytest.approx((now - change.since) / timedelta(milliseconds=1), abs=1)


def _staffed(agent: Agent) -> int:
    return AgentInterval.objects.filter(agent=agent).aggregate(ms=Sum("staffed_ms"))["ms"] or 0


def test_the_horizon_is_below_everything_that_is_open(floor_of_two: tuple[Skill, Agent], monkeypatch):
    """That of the product, which the other tests replace by one that leaves out their neighbours."""
    monkeypatch.undo()
    with transaction.atomic():
        own = sql.row("SELECT pg_current_xact_id()::text::bigint")
        found = sql.row(statements.SNAPSHOT)
    assert own is not None
    assert found is not None
    # What is the last of the two may lie behind one's own number, while a neighbour is open before it.
    assert found[0] <= own[0]
    assert found[0] <= found[1]
