"""Offers: made, accepted, refused, expired, withdrawn; who is asked, and who is asked again."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import OperationalError

from agents.models import AgentState
from contacts.models import Contact
from core.clock import database_now
from core.errors import NotFound
from routing.models import Decision, Offer, ReadyAgent, Refusal
from routing.services import dispatch, offers, presence
from tests.routing.floor import assert_consistent, let_expire, offer_for, pending, state_of, suitor


def place_of(contact: Contact) -> tuple[object, ...]:
    contact.refresh_from_db()
    return contact.lane_id, contact.queue_key, contact.queued_at


def refuse(floor, contact: Contact) -> None:
    offer = pending(contact)
    floor.do(offers.refuse_offer, offer_id=offer.pk, by=offer.agent)


def test_waiting_contact_is_offered_to_a_free_agent(floor):
    agent = floor.agent()
    contact = floor.contact()
    offer = pending(contact)
    assert offer.agent == agent
    assert offer.expires_at - offer.offered_at == timedelta(seconds=45)
    assert state_of(agent).load == 1
    assert_consistent()


def test_agent_who_becomes_available_gets_whoever_waits(floor):
    contact = floor.contact()
    assert offer_for(contact) is None
    agent = floor.agent()
    assert suitor(contact) == agent


def test_refusal_timeout_of_the_agent_wins_over_that_of_the_business_unit(floor):
    floor.agent(sms_refusal_timeout_seconds=15)
    offer = pending(floor.contact())
    assert offer.expires_at - offer.offered_at == timedelta(seconds=15)


def test_accept_gives_the_contact_to_the_agent(floor):
    agent = floor.agent()
    contact = floor.contact()
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    contact.refresh_from_db()
    assert (contact.state, contact.agent) == (Contact.State.ACTIVE, agent)
    assert contact.accepted_at is not None
    assert Offer.objects.get(contact=contact).state == Offer.State.ACCEPTED
    assert state_of(agent).load == 1
    assert_consistent()


def test_second_accept_of_the_same_offer_is_gone(floor):
    agent = floor.agent()
    offer = pending(floor.contact())
    floor.do(offers.accept_offer, offer_id=offer.pk, by=agent)
    with pytest.raises(offers.OfferGone) as error:
        offers.accept_offer(offer_id=offer.pk, by=agent)
    assert error.value.status == 409
    assert error.value.code == "offer_gone"


def test_offer_of_another_is_not_found(floor):
    floor.agent(skills=[(floor.skill, 1)])
    other = floor.agent()
    offer = pending(floor.contact())
    for service in (offers.accept_offer, offers.refuse_offer):
        with pytest.raises(NotFound):
            service(offer_id=offer.pk, by=other)
    assert offer_for(offer.contact) == offer


def test_refused_contact_keeps_its_place_and_goes_to_the_next(floor):
    first, second = floor.agent(skills=[(floor.skill, 1)]), floor.agent(skills=[(floor.skill, 2)])
    contact = floor.contact()
    before = place_of(contact)
    assert suitor(contact) == first
    refuse(floor, contact)
    assert suitor(contact) == second
    assert place_of(contact) == before
    assert state_of(first).load == 0
    assert state_of(first).status == "available"
    assert_consistent()


def test_expired_offer_goes_to_the_next_at_its_old_place(floor):
    first, second = floor.agent(skills=[(floor.skill, 1)]), floor.agent(skills=[(floor.skill, 2)])
    contact = floor.contact()
    before = place_of(contact)
    offer = pending(contact)
    let_expire(offer)
    assert floor.do(offers.expire_offers) == 1
    offer.refresh_from_db()
    assert (offer.state, offer.reason) == (Offer.State.EXPIRED, "refusal_timeout")
    assert suitor(contact) == second
    assert place_of(contact) == before
    assert state_of(first).load == 0
    assert_consistent()


def test_an_offer_that_cannot_be_settled_holds_up_no_other(floor, caplog):
    for _number in range(2):
        floor.agent(max_concurrent_sms=1)
    broken, sound = pending(floor.contact()), pending(floor.contact())
    AgentState.objects.filter(pk=broken.agent_id).delete()
    let_expire(broken)
    let_expire(sound)
    assert floor.do(offers.expire_offers) == 1
    sound.refresh_from_db()
    broken.refresh_from_db()
    assert (sound.state, broken.state) == (Offer.State.EXPIRED, Offer.State.PENDING)
    assert [record.message for record in caplog.records] == ["offer_not_expired"]
    assert floor.do(offers.expire_offers) == 0, "not at once again"
    assert len(caplog.records) == 1


def test_a_deadlock_delays_no_offer_beyond_the_next_sweep(floor, monkeypatch):
    floor.agent()
    offer = pending(floor.contact())
    let_expire(offer)
    with monkeypatch.context() as deadlocks:
        deadlocks.setattr(offers, "_return_to_queue", Mock(side_effect=OperationalError("deadlock detected")))
        assert floor.do(offers.expire_offers) == 0
    assert floor.do(offers.expire_offers) == 1


def test_nothing_expires_early(floor):
    floor.agent()
    contact = floor.contact()
    assert floor.do(offers.expire_offers) == 0
    assert offer_for(contact) is not None


def test_accepted_offer_never_expires(floor):
    agent = floor.agent()
    offer = pending(floor.contact())
    floor.do(offers.accept_offer, offer_id=offer.pk, by=agent)
    let_expire(offer)
    assert floor.do(offers.expire_offers) == 0


@pytest.mark.parametrize("answer", [offers.accept_offer, offers.refuse_offer])
def test_answer_after_the_refusal_timeout_loses_even_before_the_sweeper_ran(floor, answer):
    agent = floor.agent()
    offer = pending(floor.contact())
    let_expire(offer)
    with pytest.raises(offers.OfferGone):
        answer(offer_id=offer.pk, by=agent)
    offer.refresh_from_db()
    assert offer.state == Offer.State.PENDING
    assert floor.do(offers.expire_offers) == 1


def test_miss_makes_refused_when_the_business_unit_says_so(floor):
    agent = floor.agent()
    let_expire(pending(floor.contact()))
    floor.do(offers.expire_offers)
    assert (state_of(agent).status, state_of(agent).reason) == ("unavailable", "Refused")
    assert not ReadyAgent.objects.filter(agent=agent).exists()


def test_miss_leaves_available_when_the_business_unit_says_so(floor):
    floor.set_unit(refused_after_miss=False)
    agent = floor.agent()
    let_expire(pending(floor.contact()))
    floor.do(offers.expire_offers)
    assert state_of(agent).status == "available"


def test_refusal_makes_refused_when_the_business_unit_says_so(floor):
    floor.set_unit(refused_after_refusal=True)
    agent = floor.agent()
    contact = floor.contact()
    refuse(floor, contact)
    assert (state_of(agent).status, state_of(agent).reason) == ("unavailable", "Refused")
    assert offer_for(contact) is None


def test_refuser_is_passed_over_until_every_other_ready_agent_was_asked(floor):
    floor.set_unit(reoffer_delay_seconds=0)
    agents = [floor.agent(skills=[(floor.skill, proficiency)]) for proficiency in (1, 2, 3)]
    contact = floor.contact()
    asked = []
    for _turn in range(6):
        found = suitor(contact)
        assert found is not None
        asked.append(found.pk)
        refuse(floor, contact)
    assert asked[:3] == [agent.pk for agent in agents]
    # A new round begins, in which everybody is asked once again.
    assert sorted(asked[3:]) == sorted(asked[:3])


def test_only_agent_is_asked_again_after_the_pause_and_not_before(floor):
    agent = floor.agent()
    contact = floor.contact()
    refuse(floor, contact)
    assert offer_for(contact) is None
    floor.do(dispatch.match_idle)
    assert offer_for(contact) is None
    Refusal.objects.update(refused_at=database_now() - timedelta(seconds=5))
    floor.do(dispatch.match_idle)
    assert suitor(contact) == agent
    assert not Refusal.objects.exists()


def test_refuser_gets_the_next_contact_meanwhile(floor):
    agent = floor.agent(max_concurrent_sms=1)
    first, second = floor.contact(), floor.contact()
    assert suitor(first) == agent
    refuse(floor, first)
    assert suitor(second) == agent
    assert offer_for(first) is None


def test_busy_agent_who_was_not_asked_does_not_hold_up_the_refuser(floor):
    floor.set_unit(reoffer_delay_seconds=0)
    busy = floor.agent(skills=[(floor.skill, 1)], max_concurrent_sms=1)
    floor.contact()
    agent = floor.agent(skills=[(floor.skill, 2)])
    contact = floor.contact()
    assert suitor(contact) == agent
    refuse(floor, contact)
    assert suitor(contact) == agent
    assert state_of(busy).load == 1


def test_refuser_is_looked_at_again_once_those_he_was_passed_over_for_are_full(floor):
    floor.set_unit(reoffer_delay_seconds=0)
    refuser = floor.agent(max_concurrent_sms=1)
    contact, urgent = floor.contact(), floor.make_skill(initial_priority=5)
    # From here on nobody is told of anything.
    offers.refuse_offer(offer_id=pending(contact).pk, by=refuser)
    other = floor.agent(skills=[(floor.skill, 1), (urgent, 1)], max_concurrent_sms=1, available=False)
    presence.set_status(agent=other, status="available", monitored=False)
    first = floor.contact(skill=urgent, hinted=False)
    floor.do(dispatch.match_idle)
    assert (suitor(first), suitor(contact)) == (other, refuser)


def test_accept_forgets_refusals(floor):
    floor.agent(skills=[(floor.skill, 1)])
    second = floor.agent(skills=[(floor.skill, 2)])
    contact = floor.contact()
    refuse(floor, contact)
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=second)
    assert not Refusal.objects.exists()


def test_unavailable_withdraws_what_is_before_the_agent(floor):
    agent = floor.agent()
    contacts = [floor.contact() for _number in range(2)]
    before = [place_of(contact) for contact in contacts]
    floor.become(agent, "unavailable")
    assert {offer.state for offer in Offer.objects.all()} == {Offer.State.WITHDRAWN}
    assert [place_of(contact) for contact in contacts] == before
    assert {contact.state for contact in contacts} == {Contact.State.QUEUED}
    # He did not refuse them: he is asked first when he is back.
    assert not Refusal.objects.exists()
    floor.become(agent, "available")
    assert all(suitor(contact) == agent for contact in contacts)
    assert_consistent()


def test_best_proficiency_first_then_longest_idle(floor):
    late = floor.agent(skills=[(floor.skill, 5)])
    early = floor.agent(skills=[(floor.skill, 5)])
    worse = floor.agent(skills=[(floor.skill, 6)])
    best = floor.agent(skills=[(floor.skill, 4)], max_concurrent_sms=1)
    now = database_now()
    for agent, minutes in ((late, 1), (early, 2), (worse, 60)):
        AgentState.objects.filter(pk=agent.pk).update(idle_since=now - timedelta(minutes=minutes))
        floor.become(agent, "available")
    assert [suitor(floor.contact()) for _number in range(2)] == [best, early]


def test_accept_and_nothing_else_resets_the_idle_time(floor):
    agent = floor.agent()
    before = state_of(agent).idle_since
    contact = floor.contact()
    refuse(floor, contact)
    assert state_of(agent).idle_since == before
    second = floor.contact()
    assert state_of(agent).idle_since == before
    floor.do(offers.accept_offer, offer_id=pending(second).pk, by=agent)
    assert state_of(agent).idle_since > before
    assert {entry.idle_since for entry in ReadyAgent.objects.all()} == {state_of(agent).idle_since}


def test_decision_says_who_was_compared(floor):
    passed_over = floor.agent(skills=[(floor.skill, 7)])
    agent = floor.agent(skills=[(floor.skill, 3)])
    contact = floor.contact()
    decision = Decision.objects.get(contact=contact)
    outcomes = {row["agent"]: row["outcome"] for row in decision.agents_considered}
    assert outcomes == {agent.pk: "offered", passed_over.pk: "less_suited"}
    assert [row["contact"] for row in decision.contacts_considered] == [contact.pk]


def test_life_of_a_refused_and_accepted_contact_is_in_its_log(floor):
    first, second = floor.agent(skills=[(floor.skill, 1)]), floor.agent(skills=[(floor.skill, 2)])
    contact = floor.contact()
    refuse(floor, contact)
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=second)
    log = [(event.kind, event.agent_id) for event in contact.events.order_by("id")]
    assert log == [
        ("queued", None),
        ("offered", first.pk),
        ("offer_refused", first.pk),
        ("offered", second.pk),
        ("accepted", second.pk),
    ]
