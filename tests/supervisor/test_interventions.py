"""What a supervisor does, and what the desks of those it concerns are told."""

from __future__ import annotations

import functools
from datetime import timedelta
from decimal import Decimal

import pytest
from auditlog.models import LogEntry

from agents.models import AgentState
from contacts.models import Contact, ContactEvent, ScriptRun
from contacts.notices import mark_notice_read, tell_agents, whisper
from contacts.script_runs import resume_due, time_out_waits
from contacts.services import ContactOver
from core.clock import database_now
from core.errors import Conflict, NotAllowed, NotFound, RuleBroken
from routing.models import Offer
from routing.services import interventions, offers, presence
from supervisor.board import read_board
from tests.factories.agents import AgentFactory
from tests.factories.contacts import ContactFactory, ScriptRunFactory
from tests.factories.organizations import UserFactory
from tests.routing.floor import assert_consistent, offer_for, pending, state_of, suitor
from tests.routing.test_script_actions import wait_in_queue
from tests.routing.test_script_events import begin, pass_time
from tests.workspace.page import assert_in_step, fresh


def audit(instance):
    """The latest entry about it."""
    return LogEntry.objects.get_for_object(instance).order_by("-pk").first()


@pytest.fixture
def talking(floor):
    """A contact that an agent has accepted."""
    agent = floor.agent()
    contact = floor.contact(text="Hello")
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    contact.refresh_from_db()
    return contact, agent


# -- Who may ---------------

ACTS = {
    "whisper": lambda contact, by: whisper(contact_id=contact.pk, text="Hint", by=by),
    "hand": lambda contact, by: interventions.hand_over(contact_id=contact.pk, by=by, skill=contact.skill),
    "take": lambda contact, by: interventions.take_over(contact_id=contact.pk, by=by, agent=contact.agent),
    "move": lambda contact, by: interventions.move_in_queue(contact_id=contact.pk, by=by),
    "move beside": lambda contact, by: interventions.move_beside(
        contact_id=contact.pk, by=by, other_id=contact.pk + 1, is_before=True
    ),
    "close": lambda contact, by: interventions.close_contact(contact_id=contact.pk, by=by),
    "state": lambda contact, by: interventions.set_agent_status(
        agent=contact.agent, by=by, status="unavailable"
    ),
    "requeue": lambda contact, by: interventions.requeue_agent(agent=contact.agent, by=by),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_needs_the_permission_and_the_business_unit(talking, floor, act):
    contact, agent = talking
    manager = UserFactory.create(business_unit=floor.unit, manager=True)
    with pytest.raises(NotAllowed, match="Agents: step into their work"):
        act(contact, manager)
    with pytest.raises(NotFound):
        act(contact, UserFactory.create(supervisor=True))
    assert_in_step(agent, fresh(agent))
    assert not LogEntry.objects.filter(actor=manager).exists()


def test_telling_needs_the_permission(talking, floor):
    _contact, agent = talking
    with pytest.raises(NotAllowed):
        tell_agents(agents=[agent], text="x", by=UserFactory.create(business_unit=floor.unit, manager=True))


# -- Notices ---------------


def test_whisper_is_on_the_desk_until_it_is_read_and_nowhere_else(talking, floor, supervisor):
    contact, agent = talking
    before = fresh(agent)
    sent = contact.messages.count()
    notice = floor.do(whisper, contact_id=contact.pk, text="  Offer him a voucher. ", by=supervisor)
    [shown] = fresh(agent)["notices"]
    assert (shown["contact"], shown["text"]) == (contact.pk, "Offer him a voucher.")
    assert_in_step(agent, before)
    floor.do(mark_notice_read, notice_id=notice.pk, by=agent)
    assert fresh(agent)["notices"] == []
    assert_in_step(agent, before)
    assert contact.messages.count() == sent
    [event] = ContactEvent.objects.filter(contact=contact, kind="whispered")
    assert (event.by, event.agent, event.data) == (supervisor, agent, {"notice": notice.pk})


def test_whisper_needs_a_listener_and_a_text(talking, floor, supervisor):
    contact, _agent = talking
    for text in ("", " \x00 ", "x" * 1001):
        with pytest.raises(RuleBroken):
            whisper(contact_id=contact.pk, text=text, by=supervisor)
    with pytest.raises(ContactOver):
        whisper(contact_id=floor.contact(hinted=False).pk, text="Hint", by=supervisor)


def test_notice_of_another_agent_does_not_exist(talking, floor, supervisor):
    contact, _agent = talking
    notice = whisper(contact_id=contact.pk, text="Hint", by=supervisor)
    with pytest.raises(NotFound):
        mark_notice_read(notice_id=notice.pk, by=floor.agent())


def test_word_to_several_is_on_each_desk(floor, supervisor):
    agents = [floor.agent(), floor.agent(available=False)]
    assert floor.do(tell_agents, agents=agents, text="Lunch at twelve", by=supervisor) == 2
    for agent in agents:
        assert [one["text"] for one in fresh(agent)["notices"]] == ["Lunch at twelve"]
        assert "Lunch" not in str(audit(agent).changes)
    with pytest.raises(RuleBroken):
        tell_agents(agents=[], text="Nobody", by=supervisor)


# -- Contacts ---------------


def test_handing_to_an_agent_takes_it_from_one_desk_and_offers_it_at_the_other(talking, floor, supervisor):
    contact, agent = talking
    other = floor.agent()
    before = fresh(agent)
    floor.do(interventions.hand_over, contact_id=contact.pk, by=supervisor, agent=other)
    assert suitor(contact) == other
    assert fresh(agent)["contacts"] == []
    assert_in_step(agent, before)
    assert [one["contact"] for one in fresh(other)["offers"]] == [contact.pk]
    assert_consistent()
    event = contact.events.get(kind="transferred")
    assert (event.by, event.agent, event.data["target_agent"]) == (supervisor, agent, other.pk)
    assert audit(contact).actor == supervisor


def test_handing_an_offered_contact_to_a_skill_withdraws_the_offer(floor, supervisor):
    second = floor.make_skill()
    agent, specialist = floor.agent(), floor.agent(skills=[(second, 1)])
    contact = floor.contact()
    before = fresh(agent)
    floor.do(interventions.hand_over, contact_id=contact.pk, by=supervisor, skill=second)
    contact.refresh_from_db()
    assert (contact.skill, suitor(contact)) == (second, specialist)
    assert fresh(agent)["offers"] == []
    assert_in_step(agent, before)
    assert_consistent()


@pytest.mark.parametrize("waits_on", ["w", "m", "nothing"])
def test_handing_over_what_waits_stops_its_script(floor, supervisor, waits_on):
    actions = {
        "q": ("REQAGENT", {"timeout_seconds": 60}),
        "w": ("WAIT", {"seconds": 60}),
        "m": ("ASKCALLER", {"message": "Your name?", "timeout_seconds": 60}),
        "e": ("ENDTEXT", {"message": "Nobody is there"}),
    }
    on = [] if waits_on == "nothing" else [f"q>{waits_on}", "w>e", "m.timeout>e"]
    contact = begin(floor, actions, ["b>q", "q.timeout>e", *on])
    second = floor.make_skill()
    floor.do(interventions.hand_over, contact_id=contact.pk, by=supervisor, skill=second)
    run = ScriptRun.objects.get(contact=contact)
    assert (run.status, run.queue_until, run.resume_at) == ("ended", None, None)
    pass_time(60)
    wait_in_queue(60)
    assert floor.do(resume_due) + floor.do(time_out_waits) == 0
    contact.refresh_from_db()
    assert (contact.state, contact.skill) == ("queued", second)


def test_handing_over_before_the_queue_stops_the_script(floor, supervisor):
    actions = {"w": ("WAIT", {"seconds": 60}), "q": "REQAGENT"}
    contact = begin(floor, actions, ["b>w", "w>q"])
    second = floor.make_skill()
    floor.do(interventions.hand_over, contact_id=contact.pk, by=supervisor, skill=second)
    pass_time(60)
    assert floor.do(resume_due) == 0
    contact.refresh_from_db()
    assert (contact.state, contact.skill) == ("queued", second)


@pytest.mark.parametrize("wrong", ["foreign_skill", "foreign_agent", "himself", "neither", "both"])
def test_only_a_target_of_the_business_unit_takes_it(talking, floor, supervisor, wrong):
    contact, agent = talking
    stranger = AgentFactory.create()
    targets = {
        "foreign_skill": {"skill": ContactFactory.create().skill},
        "foreign_agent": {"agent": stranger},
        "himself": {"agent": agent},
        "neither": {},
        "both": {"skill": floor.skill, "agent": floor.agent()},
    }
    with pytest.raises(RuleBroken):
        interventions.hand_over(contact_id=contact.pk, by=supervisor, **targets[wrong])
    assert_in_step(agent, fresh(agent))


@pytest.fixture
def acting_supervisor(floor, supervisor):
    return AgentFactory.create(user=supervisor, business_unit=floor.unit)


def test_taking_over_moves_the_conversation_to_the_supervisors_desk(
    talking, floor, supervisor, acting_supervisor
):
    contact, agent = talking
    accepted_at = contact.accepted_at
    here, there = fresh(acting_supervisor), fresh(agent)
    floor.do(interventions.take_over, contact_id=contact.pk, by=supervisor, agent=acting_supervisor)
    contact.refresh_from_db()
    assert (contact.state, contact.agent, contact.accepted_at) == ("active", acting_supervisor, accepted_at)
    assert [one["id"] for one in fresh(acting_supervisor)["contacts"]] == [contact.pk]
    assert_in_step(acting_supervisor, here)
    assert_in_step(agent, there)
    assert_consistent()
    with pytest.raises(Conflict):
        interventions.take_over(contact_id=contact.pk, by=supervisor, agent=acting_supervisor)


@pytest.mark.parametrize("place", ["waiting", "offered", "offered_to_himself"])
def test_taking_over_what_nobody_has_yet(floor, supervisor, acting_supervisor, place):
    if place == "offered":
        floor.agent()
    if place == "offered_to_himself":
        presence.set_status(agent=acting_supervisor, status="available", monitored=False)
    contact = floor.contact(target=acting_supervisor if place == "offered_to_himself" else None)
    assert (offer_for(contact) is None) == (place == "waiting")
    floor.do(interventions.take_over, contact_id=contact.pk, by=supervisor, agent=acting_supervisor)
    contact.refresh_from_db()
    assert (contact.state, contact.agent) == ("active", acting_supervisor)
    assert contact.accepted_at is not None
    assert_consistent()


def test_taking_over_what_waits_again_answers_it_anew(talking, floor, supervisor, acting_supervisor):
    contact, agent = talking
    floor.become(agent, "unavailable")
    floor.do(interventions.hand_over, contact_id=contact.pk, by=supervisor, skill=contact.skill)
    contact.refresh_from_db()
    assert contact.state == "queued"
    floor.do(interventions.take_over, contact_id=contact.pk, by=supervisor, agent=acting_supervisor)
    before = contact.accepted_at
    contact.refresh_from_db()
    assert contact.accepted_at > before


def test_taking_over_goes_beyond_his_own_limit(talking, floor, supervisor, acting_supervisor):
    contact, _agent = talking
    AgentState.objects.filter(pk=acting_supervisor.pk).update(limit=0, slots=0)
    floor.do(interventions.take_over, contact_id=contact.pk, by=supervisor, agent=acting_supervisor)
    assert (state_of(acting_supervisor).load, state_of(acting_supervisor).slots) == (1, 1)


@pytest.mark.parametrize("state", ["pre_queue", "queued", "offered", "active", "after_contact_work"])
def test_closing_ends_it_in_every_state(floor, supervisor, state):
    agent = floor.agent()
    contact = floor.contact(hinted=state in ("offered", "active", "after_contact_work"))
    if state == "pre_queue":
        contact = ContactFactory.create(business_unit=floor.unit, skill=floor.skill)
    if state in ("active", "after_contact_work"):
        floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    if state == "after_contact_work":
        Contact.objects.filter(pk=contact.pk).update(state=state)
    contact.refresh_from_db()
    assert contact.state == state
    before = fresh(agent)
    floor.do(interventions.close_contact, contact_id=contact.pk, by=supervisor)
    contact.refresh_from_db()
    assert (contact.state, contact.closed_at is None) == ("closed", False)
    assert_in_step(agent, before)
    assert_consistent()
    assert ContactEvent.objects.get(contact=contact, kind="closed_by_supervisor").by == supervisor
    with pytest.raises(ContactOver):
        interventions.close_contact(contact_id=contact.pk, by=supervisor)


def test_closing_stops_a_script_that_waits(floor, supervisor):
    contact = floor.contact(hinted=False)
    run = ScriptRunFactory.create(contact=contact, status=ScriptRun.Status.WAITING, state={})
    interventions.close_contact(contact_id=contact.pk, by=supervisor)
    run.refresh_from_db()
    assert run.status == ScriptRun.Status.ENDED


def test_moving_to_the_front_makes_it_the_next_one(floor, supervisor):
    first, second, third = (floor.contact(hinted=False) for _number in range(3))
    floor.do(interventions.move_in_queue, contact_id=third.pk, by=supervisor)
    agent = floor.agent(max_concurrent_sms=1)
    assert suitor(third) == agent
    assert offer_for(first) is None
    assert offer_for(second) is None
    assert ContactEvent.objects.get(contact=third, kind="moved").by == supervisor


def test_moving_to_the_front_passes_other_lanes_and_those_at_their_maximum(floor, supervisor):
    skill = floor.make_skill(initial_priority=0, acceleration=0, max_priority=5)
    waiting = [floor.contact(skill=skill, hinted=False) for _number in range(2)]
    urgent = floor.contact(
        skill=skill, hinted=False, profile=interventions.profile_of_skill(floor.make_skill(max_priority=9))
    )
    floor.do(interventions.move_in_queue, contact_id=waiting[1].pk, by=supervisor)
    agent = floor.agent(skills=[(skill, 1)], max_concurrent_sms=1)
    assert suitor(waiting[1]) == agent
    assert offer_for(urgent) is None


def test_moving_to_a_priority(floor, supervisor):
    skill = floor.make_skill(initial_priority=5, acceleration=0, max_priority=20)
    low, high = (floor.contact(skill=skill, hinted=False) for _number in range(2))
    assert interventions.move_in_queue(contact_id=high.pk, by=supervisor, priority=Decimal("7.5")) == Decimal(
        "7.5"
    )
    with pytest.raises(RuleBroken, match="from 0 to 20"):
        interventions.move_in_queue(contact_id=low.pk, by=supervisor, priority=Decimal(21))
    agent = floor.agent(skills=[(skill, 1)], max_concurrent_sms=1)
    assert suitor(high) == agent


def order_of(floor) -> list[int]:
    rows = [row for row in read_board(floor.unit, {})["contacts"] if row["state"] == "queued"]
    return [row["id"] for row in sorted(rows, key=lambda row: row["place"])]


def test_moving_beside_another_contact(floor, supervisor):
    now = database_now()
    one, two, three, four = (
        floor.contact(hinted=False, now=now - timedelta(seconds=seconds)).pk for seconds in (40, 30, 20, 10)
    )
    move = functools.partial(floor.do, interventions.move_beside, by=supervisor)
    move(contact_id=four, other_id=two, is_before=True)
    assert order_of(floor) == [one, four, two, three]
    move(contact_id=one, other_id=two, is_before=False)
    assert order_of(floor) == [four, two, one, three]
    move(contact_id=three, other_id=four, is_before=True)
    assert order_of(floor) == [three, four, two, one]
    assert ContactEvent.objects.filter(kind="moved", by=supervisor).count() == 3


def test_moving_beside_what_waits_elsewhere_or_not_at_all(floor, supervisor):
    here, elsewhere = floor.contact(hinted=False), floor.contact(hinted=False, skill=floor.make_skill())
    for other in (elsewhere.pk, here.pk, 0):
        with pytest.raises(Conflict):
            interventions.move_beside(contact_id=here.pk, by=supervisor, other_id=other, is_before=True)


def test_moving_before_what_is_above_its_own_maximum_is_refused(floor, supervisor):
    low = floor.make_skill(initial_priority=1, acceleration=0, max_priority=2)
    high = interventions.profile_of_skill(
        floor.make_skill(initial_priority=50, acceleration=1, max_priority=90)
    )
    mover, other = (
        floor.contact(skill=low, hinted=False),
        floor.contact(skill=low, hinted=False, profile=high),
    )
    with pytest.raises(Conflict, match="too low"):
        interventions.move_beside(contact_id=mover.pk, by=supervisor, other_id=other.pk, is_before=True)


def test_only_what_waits_is_moved(talking, supervisor):
    contact, _agent = talking
    with pytest.raises(Conflict):
        interventions.move_in_queue(contact_id=contact.pk, by=supervisor)


# -- Agents ---------------


def test_changing_a_state_is_on_the_desk_and_in_the_audit(talking, floor, supervisor):
    _contact, agent = talking
    offered = floor.contact()
    lease = state_of(agent).lease_until
    before = fresh(agent)
    floor.do(
        interventions.set_agent_status, agent=agent, by=supervisor, status="unavailable", reason="Training"
    )
    state = fresh(agent)["state"]
    assert (state["state"], state["reason"]) == ("unavailable", "Training")
    assert_in_step(agent, before)
    assert offer_for(offered) is None
    assert state_of(agent).lease_until == lease
    entry = audit(agent)
    assert (entry.actor, entry.changes) == (
        supervisor,
        {"state": ["available", "unavailable: Training"]},
    )
    floor.do(interventions.set_agent_status, agent=agent, by=supervisor, status="available")
    assert suitor(offered) == agent
    with pytest.raises(RuleBroken):
        interventions.set_agent_status(agent=agent, by=supervisor, status="asleep")


def test_nobody_who_is_gone_is_made_available(floor, supervisor):
    agent = floor.agent(available=False)
    AgentState.objects.filter(pk=agent.pk).update(reason=presence.VANISHED)
    with pytest.raises(Conflict):
        interventions.set_agent_status(agent=agent, by=supervisor, status="available")


def test_requeueing_gives_everything_of_an_absent_agent_to_others(talking, floor, supervisor):
    contact, agent = talking
    offered = floor.contact()
    queued_at = contact.queued_at
    assert suitor(offered) == agent
    before = fresh(agent)
    other = floor.agent(available=False)
    assert floor.do(interventions.requeue_agent, agent=agent, by=supervisor) == 2
    contact.refresh_from_db()
    assert (contact.state, contact.queued_at) == ("queued", queued_at)
    assert state_of(agent).reason == interventions.ABSENT
    assert fresh(agent)["contacts"] == []
    assert_in_step(agent, before)
    floor.become(other, "available")
    assert {suitor(contact), suitor(offered)} == {other}
    assert_consistent()
    assert Offer.objects.filter(agent=agent, state="withdrawn").exists()


def test_requeueing_gives_also_what_was_for_the_absent_agent_alone(floor, supervisor):
    agent = floor.agent(max_concurrent_sms=2)
    talking, offered, waiting = (floor.contact(target=agent) for _number in range(3))
    assert [suitor(contact) for contact in (talking, offered, waiting)] == [agent, agent, None]
    floor.do(offers.accept_offer, offer_id=pending(talking).pk, by=agent)
    younger = floor.contact(hinted=False)
    assert floor.do(interventions.requeue_agent, agent=agent, by=supervisor) == 3
    for contact in (talking, offered, waiting):
        before = contact.queued_at
        contact.refresh_from_db()
        assert (contact.state, contact.queued_at) == ("queued", before)
    other = floor.agent(max_concurrent_sms=3)
    assert [suitor(contact) for contact in (talking, offered, waiting)] == [other] * 3
    assert offer_for(younger) is None
    assert_consistent()
