"""An agent who leaves after what he has: nothing new comes, and the last contact takes him with it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents import selectors
from agents.models import AgentState, AgentStateChange
from core.clock import database_now
from core.errors import RuleBroken
from routing.models import Decision, ReadyAgent
from routing.services import assignments, dispatch, interventions, offers, presence
from tests.factories.organizations import UserFactory
from tests.routing.floor import (
    Floor,
    assert_consistent,
    let_expire,
    offer_for,
    pending,
    state_of,
    suitor,
)
from tests.routing.test_assignments import accepted


def leave(floor: Floor, agent, reason: str = "Break") -> None:
    floor.do(presence.leave_after_contacts, agent=agent, reason=reason)


def shown(agent) -> tuple[str, str, str]:
    state = state_of(agent)
    return state.status, state.reason, state.next_reason


def test_he_stays_until_his_last_contact_has_ended_and_gets_nothing_new(floor):
    agent = floor.agent(max_concurrent_sms=3)
    first, second = accepted(floor, agent), accepted(floor, agent)
    leave(floor, agent)
    assert shown(agent) == ("available", "", "Break")
    assert not ReadyAgent.objects.filter(agent=agent).exists()
    waiting, kept = floor.contact(), floor.contact(target=agent)
    dispatch.match_idle()
    assert (offer_for(waiting), offer_for(kept)) == (None, None)
    assert selectors.availability(agent) == selectors.BUSY
    floor.do(assignments.end_contact, contact_id=first.pk, by=agent)
    assert shown(agent) == ("available", "", "Break")
    before = database_now()
    floor.do(assignments.end_contact, contact_id=second.pk, by=agent)
    assert shown(agent) == ("unavailable", "Break", "")
    assert state_of(agent).since >= before.replace(microsecond=before.microsecond // 1000 * 1000)
    assert offer_for(waiting) is None
    assert_consistent()
    open_one = AgentStateChange.objects.get(agent=agent, until=None)
    assert (open_one.status, open_one.reason) == ("unavailable", "Break")


def test_after_contact_work_is_part_of_the_contact(floor):
    skill = floor.make_skill(after_contact_work_seconds=60)
    agent = floor.agent(skills=[(skill, 1)])
    contact = accepted(floor, agent, skill=skill)
    leave(floor, agent)
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    assert shown(agent) == ("available", "", "Break")
    floor.do(assignments.set_disposition, contact_id=contact.pk, by=agent, disposition=None)
    assert shown(agent) == ("unavailable", "Break", "")


def test_with_nothing_before_him_he_leaves_at_once(floor):
    agent = floor.agent()
    leave(floor, agent, "Lunch")
    assert shown(agent) == ("unavailable", "Lunch", "")


def test_he_may_stay_after_all_and_is_asked_again(floor):
    agent = floor.agent()
    accepted(floor, agent)
    leave(floor, agent)
    waiting = floor.contact()
    assert offer_for(waiting) is None
    floor.do(presence.stay_after_contacts, agent=agent)
    assert shown(agent) == ("available", "", "")
    assert suitor(waiting) == agent


@pytest.mark.parametrize("settle", ["refuse", "expire", "accept"])
def test_the_offer_before_him_is_his_to_answer(floor, settle):
    agent = floor.agent()
    offer = pending(floor.contact())
    leave(floor, agent)
    assert suitor(offer.contact) == agent
    if settle == "accept":
        floor.do(offers.accept_offer, offer_id=offer.pk, by=agent)
        assert shown(agent) == ("available", "", "Break")
        floor.do(assignments.end_contact, contact_id=offer.contact_id, by=agent)
    elif settle == "refuse":
        floor.do(offers.refuse_offer, offer_id=offer.pk, by=agent)
    else:
        let_expire(offer)
        floor.do(offers.expire_offers)
    # Not "Refused" first: his record has the one state that he asked for.
    assert shown(agent) == ("unavailable", "Break", "")
    states = AgentStateChange.objects.filter(agent=agent).order_by("id").values_list("reason", flat=True)
    assert list(states)[-2:] == ["", "Break"]
    assert_consistent()


def test_what_he_or_his_supervisor_chooses_now_ends_the_plan(floor):
    agent, supervisor = floor.agent(), UserFactory.create(superuser=True)
    contact = accepted(floor, agent)
    leave(floor, agent)
    floor.become(agent, "available")
    assert shown(agent) == ("available", "", "")
    leave(floor, agent)
    floor.do(
        interventions.set_agent_status, agent=agent, by=supervisor, status="unavailable", reason="Training"
    )
    assert shown(agent) == ("unavailable", "Training", "")
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    assert shown(agent) == ("unavailable", "Training", "")


def test_transfer_takes_the_last_contact_too(floor):
    agent, other = floor.agent(), floor.make_skill()
    contact = accepted(floor, agent)
    leave(floor, agent)
    floor.do(assignments.transfer_contact, contact_id=contact.pk, by=agent, skill=other)
    assert shown(agent) == ("unavailable", "Break", "")


def test_vanishing_ends_the_plan(floor):
    agent = floor.agent()
    floor.become(agent, "available", monitored=True)
    contact = accepted(floor, agent)
    leave(floor, agent)
    AgentState.objects.filter(pk=agent.pk).update(lease_until=database_now())
    floor.do(presence.expire_leases)
    assert shown(agent) == ("unavailable", presence.VANISHED, "")
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    assert shown(agent) == ("unavailable", presence.VANISHED, "")


def test_a_reason_is_needed(floor):
    agent = floor.agent()
    with pytest.raises(RuleBroken):
        presence.leave_after_contacts(agent=agent, reason="  ")


def test_decisions_say_that_he_was_leaving(floor):
    leaving = floor.agent()
    accepted(floor, leaving)
    leave(floor, leaving)
    other = floor.agent()
    contact = floor.contact()
    assert suitor(contact) == other
    rows = Decision.objects.get(contact=contact).agents_considered
    mine = next(row for row in rows if row["agent"] == leaving.pk)
    assert (mine["outcome"], mine["reason"]) == ("leaving", "Break")


def test_leaving_costs_no_statement_more(floor):
    """What the end of a contact costs is pinned; leaving is part of the statement that counts the load."""
    agent = floor.agent()
    contact = accepted(floor, agent)
    leave(floor, agent)
    with floor.commits(), CaptureQueriesContext(connection) as asked:
        assignments.end_contact(contact_id=contact.pk, by=agent)
    assert shown(agent) == ("unavailable", "Break", "")
    changes = [one["sql"] for one in asked if one["sql"].strip().startswith("UPDATE agents_agentstate")]
    assert len(changes) == 1
