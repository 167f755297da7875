"""What a business unit or a skill may switch on: cool-downs, misses in a row, returning customers, slack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from acdconfig.sweeper import seconds_to_next_deadline
from agents.models import Agent, AgentState
from agents.selectors import availability
from contacts import script_runs
from contacts.facts import AgentRequested
from contacts.models import Contact
from contacts.script_effects import close_without_agent, queue
from core.clock import database_now
from core.errors import RuleBroken
from organizations.models import MOST_MISSES
from organizations.services import update_business_unit
from routing import selectors
from routing.matching import Profile, Waiting, in_order, milliseconds, priority, queue_key
from routing.models import Decision, Offer, ReadyAgent, Refusal
from routing.services import assignments, dispatch, interventions, offers, presence, queueing
from skills.models import Skill
from skills.services import update_skill
from tests.factories.organizations import UserFactory
from tests.routing.floor import Floor, assert_consistent, let_expire, offer_for, pending, state_of, suitor

COOL_DOWNS = ("accept", "refusal", "miss", "contact")


def set_unit(floor: Floor, **values: Any) -> None:
    floor.do(update_business_unit, by=None, instance=floor.unit, **values)


def accept(floor: Floor, contact: Contact) -> Agent:
    offer = pending(contact)
    floor.do(offers.accept_offer, offer_id=offer.pk, by=offer.agent)
    return offer.agent


def refuse(floor: Floor, contact: Contact) -> None:
    offer = pending(contact)
    floor.do(offers.refuse_offer, offer_id=offer.pk, by=offer.agent)


def miss(floor: Floor, contact: Contact) -> None:
    let_expire(pending(contact))
    floor.do(offers.expire_offers)


def end(floor: Floor, contact: Contact) -> None:
    agent = accept(floor, contact)
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)


def let_cool_down_pass() -> None:
    AgentState.objects.update(cooling_until=database_now() - timedelta(seconds=1))


# -- Cool-downs ---------------

ENDINGS = {"accept": accept, "refusal": refuse, "miss": miss, "contact": end}


@pytest.mark.parametrize("event", COOL_DOWNS)
def test_cool_down_keeps_offers_away_until_it_is_over(floor, event):
    set_unit(floor, refused_after_miss=False, **{f"cool_down_after_{event}_seconds": 20})
    agent = floor.agent()
    ENDINGS[event](floor, floor.contact())
    state = state_of(agent)
    assert 18 < (state.cooling_until - database_now()).total_seconds() <= 20
    assert not ReadyAgent.objects.exists()
    waiting = floor.contact()
    floor.do(dispatch.match_idle)
    assert offer_for(waiting) is None
    assert availability(agent) == "busy"
    assert floor.do(presence.end_cool_downs) == 0, "not before its time"
    let_cool_down_pass()
    assert floor.do(presence.end_cool_downs) == 1
    assert suitor(waiting) == agent
    assert state_of(agent).cooling_until is None
    assert_consistent()


@pytest.mark.parametrize("event", COOL_DOWNS)
def test_each_cool_down_follows_its_own_event_only(floor, event):
    others = {f"cool_down_after_{one}_seconds": 20 for one in COOL_DOWNS if one != event}
    set_unit(floor, refused_after_miss=False, **others)
    agent = floor.agent()
    contact = floor.contact()
    if event == "contact":
        # It begins with an acceptance, which has a cool-down here.
        accept(floor, contact)
        let_cool_down_pass()
        floor.do(presence.end_cool_downs)
        floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    else:
        ENDINGS[event](floor, contact)
    assert state_of(agent).cooling_until is None


def test_without_cool_downs_he_is_ready_at_once(floor):
    agent = floor.agent()
    end(floor, floor.contact())
    assert state_of(agent).cooling_until is None
    assert suitor(floor.contact()) == agent


def test_cool_down_that_lasts_longer_stays(floor):
    set_unit(floor, cool_down_after_accept_seconds=60, cool_down_after_contact_seconds=5)
    agent = floor.agent()
    contact = floor.contact()
    accept(floor, contact)
    until = state_of(agent).cooling_until
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    assert state_of(agent).cooling_until == until


def test_sweeper_wakes_when_a_cool_down_ends(floor):
    set_unit(floor, cool_down_after_accept_seconds=60)
    floor.agent()
    accept(floor, floor.contact())
    assert seconds_to_next_deadline() == 1
    let_cool_down_pass()
    assert seconds_to_next_deadline() < 0.1


def test_decision_says_who_was_in_a_cool_down(floor):
    set_unit(floor, cool_down_after_accept_seconds=60)
    cooling = floor.agent(skills=[(floor.skill, 1)])
    accept(floor, floor.contact())
    floor.agent(skills=[(floor.skill, 2)])
    decision = Decision.objects.get(contact=floor.contact())
    outcomes = {row["agent"]: row["outcome"] for row in decision.agents_considered}
    assert outcomes[cooling.pk] == "cooling_down"


# -- Misses in a row ---------------


def test_agent_is_refused_after_so_many_misses_in_a_row(floor):
    set_unit(floor, misses_before_refused=3, reoffer_delay_seconds=0)
    agent = floor.agent()
    contact = floor.contact()
    for number in (1, 2):
        miss(floor, contact)
        assert (state_of(agent).status, state_of(agent).misses) == ("available", number)
    miss(floor, contact)
    assert (state_of(agent).status, state_of(agent).reason) == ("unavailable", "Refused")
    assert state_of(agent).misses == 0, "he begins anew when he is back"


@pytest.mark.parametrize("answer", [accept, refuse])
def test_an_answer_begins_the_count_anew(floor, answer):
    set_unit(floor, misses_before_refused=2, reoffer_delay_seconds=0)
    agent = floor.agent()
    contact = floor.contact()
    miss(floor, contact)
    answer(floor, contact)
    assert state_of(agent).misses == 0


def test_misses_without_end_are_counted_to_the_most_that_is_asked_for(floor):
    """A number that grew for ever would not fit its column at last: then no offer would expire any more."""
    set_unit(floor, refused_after_miss=False, reoffer_delay_seconds=0)
    agent = floor.agent()
    AgentState.objects.filter(pk=agent.pk).update(misses=32_767)
    contact = floor.contact()
    miss(floor, contact)
    assert state_of(agent).misses == MOST_MISSES
    miss(floor, contact)
    assert state_of(agent).misses == MOST_MISSES
    set_unit(floor, refused_after_miss=True, misses_before_refused=MOST_MISSES)
    miss(floor, contact)
    assert state_of(agent).reason == "Refused"
    assert_consistent()


def test_what_else_is_before_an_agent_who_became_refused_goes_to_others(floor):
    absent = floor.agent(skills=[(floor.skill, 1)])
    missed, other = floor.contact(), floor.contact()
    present = floor.agent(skills=[(floor.skill, 2)])
    miss(floor, missed)
    assert [suitor(one) for one in (missed, other)] == [present, present]
    assert Offer.objects.get(contact=other, agent=absent).state == Offer.State.WITHDRAWN
    assert not Refusal.objects.filter(contact=other).exists()
    assert_consistent()


# -- Returning customers ---------------


def returning(floor: Floor, before: Contact, *, seconds: int = 30, hinted: bool = True) -> Contact:
    """The customer's next contact, as a script queues it. Unhinted, nobody is told of it."""
    contact = Contact.objects.create(
        business_unit=floor.unit,
        customer=before.customer,
        transport_code=before.transport_code,
        point_of_contact=before.point_of_contact,
        skill=floor.skill,
    )
    initial, acceleration, maximum = floor.skill.priority_milli
    request = AgentRequested(
        contact.pk, database_now(), floor.skill.pk, None, initial, acceleration, maximum, 1, 20, seconds
    )
    if hinted:
        floor.do(queueing.queue_as_requested, request=request)
    else:
        queueing.queue_as_requested(request)
    contact.refresh_from_db()
    return contact


@pytest.fixture
def known(floor) -> tuple[Contact, Agent]:
    """A contact that is over, and the agent who had it; another would be asked before him."""
    agent = floor.agent(skills=[(floor.skill, 9)])
    contact = floor.contact()
    end(floor, contact)
    floor.agent(skills=[(floor.skill, 1)])
    return contact, agent


def test_returning_customer_is_offered_his_last_agent_first(floor, known):
    before, agent = known
    assert suitor(returning(floor, before)) == agent


def test_without_the_policy_the_best_agent_is_asked(floor, known):
    before, agent = known
    contact = returning(floor, before, seconds=0)
    assert suitor(contact) not in (agent, None)
    assert contact.kept_until is None


def test_refusal_of_the_last_agent_opens_the_contact_to_all_at_its_place(floor, known):
    before, agent = known
    contact = returning(floor, before)
    place = contact.queue_key, contact.queued_at
    refuse(floor, contact)
    assert suitor(contact) not in (agent, None)
    contact.refresh_from_db()
    assert (contact.queue_key, contact.queued_at) == place
    assert contact.kept_until is None
    assert_consistent()


def test_script_that_closes_a_kept_contact_at_its_refusal_closes_it(floor, known, monkeypatch):
    before, _agent = known
    contact = returning(floor, before)

    def close(**about: Any) -> None:
        if about["type_"] == "ONREFUSAL":
            close_without_agent(Contact.objects.get(pk=contact.pk), database_now())

    # In the place of a script: it hears of the refusal in the same transaction.
    monkeypatch.setattr(script_runs, "hears", lambda **_about: True)
    monkeypatch.setattr(script_runs, "fire_event", close)
    refuse(floor, contact)
    contact.refresh_from_db()
    assert contact.state == Contact.State.CLOSED
    assert not Refusal.objects.exists()
    assert_consistent()


def test_last_agent_who_refused_is_not_asked_again_by_the_script(floor, known):
    before, agent = known
    contact = returning(floor, before)
    refuse(floor, contact)
    floor.do(offers.withdraw_offers, agent_id=suitor(contact).pk, reason="test")
    again = queueing._last_agent(
        AgentRequested(contact.pk, database_now(), floor.skill.pk, None, 0, 0, 0, 1, 20, 30)
    )
    assert again is None
    assert state_of(agent).status == "available"


def test_last_agent_who_becomes_busy_is_waited_for_and_no_longer(floor, known):
    before, agent = known
    contact = returning(floor, before, hinted=False)
    floor.become(agent, "unavailable")
    floor.do(dispatch.match_idle)
    assert offer_for(contact) is None
    assert floor.do(queueing.open_kept_too_long) == 0
    Contact.objects.filter(pk=contact.pk).update(kept_until=database_now())
    assert seconds_to_next_deadline() < 0.1
    assert floor.do(queueing.open_kept_too_long) == 1
    assert suitor(contact) not in (agent, None)


@pytest.mark.parametrize("why", ["unavailable", "full", "cooling", "leaving", "unskilled"])
def test_last_agent_who_is_not_free_is_not_waited_for(floor, known, why):
    before, agent = known
    if why == "unavailable":
        floor.become(agent, "unavailable")
    elif why == "full":
        AgentState.objects.filter(pk=agent.pk).update(limit=0, slots=0)
    elif why == "cooling":
        AgentState.objects.filter(pk=agent.pk).update(cooling_until=database_now() + timedelta(minutes=1))
    elif why == "leaving":
        # He has one contact and goes after it.
        floor.contact(target=agent)
        floor.do(presence.leave_after_contacts, agent=agent, reason="Break")
    else:
        agent.agent_skills.all().delete()
    contact = returning(floor, before)
    assert contact.kept_until is None
    assert suitor(contact) not in (agent, None)


def test_skill_says_how_long_its_returning_customers_are_kept(floor, known):
    before, _agent = known
    update_skill(by=None, instance=floor.skill, returning_agent_seconds=90)
    contact = Contact.objects.create(
        business_unit=floor.unit,
        customer=before.customer,
        transport_code=before.transport_code,
        point_of_contact=before.point_of_contact,
        skill=floor.skill,
    )
    now = database_now()
    with floor.commits():
        queue(contact, floor.skill, now)
    contact.refresh_from_db()
    assert contact.kept_until == now + timedelta(seconds=90)


# -- Overflow ---------------


@pytest.fixture
def overflowing(floor) -> tuple[Skill, Agent]:
    """A skill with an overflow skill, and an agent who has only the latter."""
    skill = floor.make_skill(overflow_skill=floor.skill, overflow_after_seconds=60)
    return skill, floor.agent(skills=[(floor.skill, 3)])


def let_overflow(floor: Floor, contact: Contact) -> int:
    Contact.objects.filter(pk=contact.pk).update(overflow_at=database_now())
    return floor.do(queueing.overflow_waiting)


def test_contact_overflows_after_its_time_and_keeps_its_place(floor, overflowing):
    skill, agent = overflowing
    contact = floor.contact(skill=skill)
    assert contact.overflow_at == contact.queued_at + timedelta(seconds=60)
    assert offer_for(contact) is None
    assert floor.do(queueing.overflow_waiting) == 0
    place = contact.queue_key, contact.queued_at
    assert let_overflow(floor, contact) == 1
    assert suitor(contact) == agent
    assert pending(contact).skill == skill
    contact.refresh_from_db()
    assert (contact.queue_key, contact.queued_at) == place
    accept(floor, contact)
    assert_consistent()


def test_contact_that_a_supervisor_moved_overflows_with_the_place_he_gave_it(floor, overflowing):
    skill, agent = overflowing
    floor.become(agent, "unavailable")
    supervisor = UserFactory.create(business_unit=floor.unit, administrator=True)
    first, second = (floor.contact(skill=skill) for _number in range(2))
    floor.do(
        interventions.move_beside, contact_id=second.pk, by=supervisor, other_id=first.pk, is_before=True
    )
    moved = Contact.objects.get(pk=second.pk)
    assert moved.queue_key == first.queue_key + 1
    for contact in (first, second):
        let_overflow(floor, contact)
    second.refresh_from_db()
    assert (second.queue_key, second.lane.overflows) == (moved.queue_key, True)
    floor.become(agent, "available")
    accept(floor, second)
    # Ahead of all, and beyond what any initial priority would make of it.
    third = floor.contact(skill=skill)
    key = third.queue_key + 10**12
    Contact.objects.filter(pk=third.pk).update(queue_key=key)
    let_overflow(floor, third)
    third.refresh_from_db()
    assert third.queue_key == key


def test_agents_of_its_own_skill_go_before_those_of_the_overflow_skill(floor, overflowing):
    skill, other = overflowing
    contact = floor.contact(skill=skill)
    let_overflow(floor, contact)
    assert suitor(contact) == other
    own = floor.agent(skills=[(skill, 20)])
    floor.become(other, "unavailable")
    floor.become(own, "unavailable")
    for one in (other, own):
        # Nobody is told: both are ready when the contact looks for somebody.
        presence.set_status(agent=one, status="available", monitored=False)
    floor.do(dispatch.dispatch_contact, contact_id=contact.pk)
    assert suitor(contact) == own
    refuse(floor, contact)
    assert suitor(contact) == other


def test_agent_with_both_skills_is_asked_once(floor, overflowing):
    skill, other = overflowing
    floor.become(other, "unavailable")
    both = floor.agent(skills=[(skill, 20), (floor.skill, 1)])
    floor.become(both, "unavailable")
    contact = floor.contact(skill=skill)
    let_overflow(floor, contact)
    presence.set_status(agent=both, status="available", monitored=False)
    found = selectors.candidates(contact_id=contact.pk)
    assert [(one.agent_id, one.proficiency) for one in found] == [(both.pk, 20)]


def test_agent_of_the_overflow_skill_who_becomes_free_takes_what_waits(floor, overflowing):
    skill, agent = overflowing
    floor.become(agent, "unavailable")
    contact = floor.contact(skill=skill)
    let_overflow(floor, contact)
    assert offer_for(contact) is None
    floor.become(agent, "available")
    assert suitor(contact) == agent


def test_skill_does_not_overflow_to_itself_nor_to_an_outbound_one(floor):
    for other in (floor.skill, floor.make_skill(outbound=True)):
        with pytest.raises(RuleBroken) as error:
            update_skill(by=None, instance=floor.skill, overflow_skill=other)
        assert set(error.value.fields) == {"overflow_skill"}


def test_without_an_overflow_skill_nothing_overflows(floor):
    assert floor.contact().overflow_at is None


def test_contact_for_one_agent_does_not_overflow(floor, overflowing):
    skill, _agent = overflowing
    target = floor.agent(skills=[(skill, 1)], available=False)
    assert floor.contact(skill=skill, target=target).overflow_at is None


# -- The least time left first ---------------


def slack_skill(threshold: int) -> Skill:
    return Skill(queue_order=Skill.QueueOrder.SERVICE_LEVEL, service_level_threshold_seconds=threshold)


def waiting(contact_id: int, skill: Skill, queued_ms: int) -> Waiting:
    profile = Profile(*skill.priority_milli)
    key = queue_key(profile, queued_ms)
    return Waiting(contact_id, key, profile.acceleration_milli, profile.max_milli, queued_ms)


@pytest.mark.parametrize("threshold", [1, 20, 30, 86_400])
def test_maximum_is_reached_at_the_threshold(threshold):
    start = milliseconds(datetime(2026, 11, 27, tzinfo=UTC))
    contact = waiting(1, slack_skill(threshold), start)
    assert priority(contact, start + threshold * 1000 - 1) < 1000
    assert priority(contact, start + threshold * 1000) == 1000


def test_whoever_is_due_first_goes_first_before_and_after_the_threshold():
    start = milliseconds(datetime(2026, 11, 27, tzinfo=UTC))
    thresholds = (20, 30, 60, 3600)
    contacts = [
        waiting(number, slack_skill(thresholds[number % 4]), start + number * 7_001) for number in range(24)
    ]
    due = {one.contact_id: one.queued_ms + thresholds[one.contact_id % 4] * 1000 for one in contacts}
    expected = sorted(due, key=lambda number: (due[number], number))
    for seconds in (170, 200, 1000, 10_000):
        found = in_order(contacts, start + seconds * 1000)
        assert [one.contact_id for one in found] == expected


def test_order_by_service_level_is_the_order_of_offers(floor):
    strict = floor.make_skill(queue_order="service_level", service_level_threshold_seconds=20)
    patient = floor.make_skill(queue_order="service_level", service_level_threshold_seconds=3600)
    now = database_now()
    late = floor.contact(skill=patient, now=now - timedelta(minutes=59, seconds=55))
    early = floor.contact(skill=patient, now=now - timedelta(minutes=59))
    strictest = floor.contact(skill=strict, now=now)
    floor.agent(skills=[(strict, 10), (patient, 1)], max_concurrent_sms=2)
    assert offer_for(late) is not None
    assert offer_for(strictest) is not None
    assert offer_for(early) is None
