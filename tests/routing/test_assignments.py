"""What an agent does with his contacts: end, disposition, transfer, start; limits; vanishing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agents.models import Agent, AgentState
from agents.services import update_agent, update_team
from contacts.models import Contact, ContactEvent
from contacts.services import AlreadyOpen, ContactOver
from contacts.snoozing import snooze_contact
from core.clock import database_now
from core.errors import NotFound, RuleBroken
from organizations.services import update_business_unit
from routing.matching import Profile
from routing.models import Offer, ReadyAgent
from routing.services import assignments, dispatch, interventions, offers, presence
from skills.services import update_skill
from tests.factories.agents import TeamFactory
from tests.factories.contacts import CustomerFactory
from tests.factories.dispositions import DispositionFactory, TagFactory
from tests.factories.organizations import UserFactory
from tests.factories.skills import SkillDispositionFactory, SkillTagFactory
from tests.routing.floor import Floor, assert_consistent, offer_for, pending, state_of, suitor


def accepted(floor: Floor, agent: Agent, **values: object) -> Contact:
    contact = floor.contact(**values)  # type: ignore[arg-type]  # passed on
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    contact.refresh_from_db()
    return contact


def outcome(skill, **values):
    disposition = DispositionFactory.create(business_unit=skill.business_unit, **values)
    SkillDispositionFactory.create(skill=skill, disposition=disposition)
    return disposition


# -- End, after-contact work, disposition ---------------


def test_end_closes_at_once_without_after_contact_work(floor):
    agent = floor.agent()
    contact = accepted(floor, agent)
    idle = state_of(agent).idle_since
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    contact.refresh_from_db()
    assert contact.state == Contact.State.CLOSED
    assert contact.ended_at == contact.closed_at
    assert state_of(agent).load == 0
    assert state_of(agent).idle_since > idle
    assert_consistent()


def test_freed_agent_gets_the_next_contact(floor):
    agent = floor.agent(max_concurrent_sms=1)
    first, second = accepted(floor, agent), floor.contact()
    assert offer_for(second) is None
    floor.do(assignments.end_contact, contact_id=first.pk, by=agent)
    assert suitor(second) == agent


def test_after_contact_work_keeps_the_slot_until_its_time_is_over(floor):
    skill = floor.make_skill(after_contact_work_seconds=60)
    agent = floor.agent(skills=[(skill, 1)], max_concurrent_sms=1)
    contact = accepted(floor, agent, skill=skill)
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    contact.refresh_from_db()
    assert contact.state == Contact.State.AFTER_CONTACT_WORK
    assert contact.acw_until - contact.ended_at == timedelta(seconds=60)
    assert state_of(agent).load == 1
    assert floor.do(assignments.finish_after_contact_work) == 0
    waiting = floor.contact(skill=skill)
    assert offer_for(waiting) is None
    Contact.objects.filter(pk=contact.pk).update(acw_until=database_now() - timedelta(seconds=1))
    assert floor.do(assignments.finish_after_contact_work) == 1
    contact.refresh_from_db()
    assert contact.state == Contact.State.CLOSED
    assert suitor(waiting) == agent
    assert_consistent()


def test_required_disposition_holds_the_contact_open_whatever_the_timer(floor):
    skill = floor.make_skill(require_disposition=True, after_contact_work_seconds=60)
    disposition = outcome(skill)
    agent = floor.agent(skills=[(skill, 1)])
    contact = accepted(floor, agent, skill=skill)
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    Contact.objects.filter(pk=contact.pk).update(acw_until=database_now() - timedelta(seconds=1))
    assert floor.do(assignments.finish_after_contact_work) == 0
    contact.refresh_from_db()
    assert (contact.state, contact.acw_until) == (Contact.State.AFTER_CONTACT_WORK, None)
    with pytest.raises(assignments.DispositionRequired):
        assignments.set_disposition(contact_id=contact.pk, by=agent, disposition=None)
    floor.do(
        assignments.set_disposition, contact_id=contact.pk, by=agent, disposition=disposition, notes="paid"
    )
    contact.refresh_from_db()
    assert (contact.state, contact.disposition, contact.notes) == (Contact.State.CLOSED, disposition, "paid")
    assert state_of(agent).load == 0


def overdue(contact: Contact) -> None:
    Contact.objects.filter(pk=contact.pk).update(acw_until=database_now() - timedelta(seconds=1))


@pytest.mark.parametrize("required", [True, False])
def test_default_disposition_is_recorded_when_the_time_is_over(floor, required):
    skill = floor.make_skill(after_contact_work_seconds=60)
    disposition = outcome(skill)
    update_skill(by=None, instance=skill, default_disposition=disposition, require_disposition=required)
    agent = floor.agent(skills=[(skill, 1)])
    contact = accepted(floor, agent, skill=skill)
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    overdue(contact)
    assert floor.do(assignments.finish_after_contact_work) == 1
    contact.refresh_from_db()
    assert (contact.state, contact.disposition) == (Contact.State.CLOSED, disposition)
    event = ContactEvent.objects.get(contact=contact, kind="disposition_set")
    assert (event.by, event.data) == (None, {"disposition": disposition.pk, "is_default": True})
    assert_consistent()


def test_default_disposition_leaves_the_agents_own_choice_alone(floor):
    skill = floor.make_skill(after_contact_work_seconds=60)
    default, chosen = outcome(skill), outcome(skill)
    update_skill(by=None, instance=skill, default_disposition=default)
    agent = floor.agent(skills=[(skill, 1)])
    contact = accepted(floor, agent, skill=skill)
    floor.do(assignments.set_disposition, contact_id=contact.pk, by=agent, disposition=chosen)
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    overdue(contact)
    floor.do(assignments.finish_after_contact_work)
    contact.refresh_from_db()
    assert (contact.state, contact.disposition) == (Contact.State.CLOSED, chosen)


def test_after_contact_work_is_extended_a_minute_at_a_time_up_to_the_skills_limit(floor):
    skill = floor.make_skill(after_contact_work_seconds=60, after_contact_work_extension_seconds=90)
    agent, other = floor.agent(skills=[(skill, 1)]), floor.agent(skills=[])
    contact = accepted(floor, agent, skill=skill)
    with pytest.raises(ContactOver):
        assignments.extend_after_contact_work(contact_id=contact.pk, by=agent)
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    with pytest.raises(NotFound):
        assignments.extend_after_contact_work(contact_id=contact.pk, by=other)
    lengths = []
    for _press in range(2):
        floor.do(assignments.extend_after_contact_work, contact_id=contact.pk, by=agent)
        contact.refresh_from_db()
        lengths.append((contact.acw_until - contact.ended_at).total_seconds())
    assert lengths == [120, 150]
    with pytest.raises(assignments.NoMoreTime):
        assignments.extend_after_contact_work(contact_id=contact.pk, by=agent)
    assert ContactEvent.objects.filter(contact=contact, kind="after_contact_work_extended").count() == 2
    assert state_of(agent).load == 1


@pytest.mark.parametrize(
    "values",
    [
        {"after_contact_work_seconds": 60},
        {"require_disposition": True, "after_contact_work_extension_seconds": 60},
    ],
    ids=["the skill allows none", "no time was set"],
)
def test_after_contact_work_that_may_not_be_extended(floor, values):
    skill = floor.make_skill(**values)
    outcome(skill)
    agent = floor.agent(skills=[(skill, 1)])
    contact = accepted(floor, agent, skill=skill)
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    with pytest.raises(assignments.NoMoreTime):
        assignments.extend_after_contact_work(contact_id=contact.pk, by=agent)


def test_required_disposition_given_before_the_end_closes_at_once(floor):
    skill = floor.make_skill(require_disposition=True)
    disposition = outcome(skill)
    agent = floor.agent(skills=[(skill, 1)])
    contact = accepted(floor, agent, skill=skill)
    floor.do(assignments.set_disposition, contact_id=contact.pk, by=agent, disposition=disposition)
    contact.refresh_from_db()
    assert contact.state == Contact.State.ACTIVE
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    contact.refresh_from_db()
    assert contact.state == Contact.State.CLOSED


def test_disposition_and_tags_must_be_those_of_the_skill(floor):
    agent = floor.agent()
    contact = accepted(floor, agent)
    mine, foreign = outcome(floor.skill), DispositionFactory.create(business_unit=floor.unit)
    tag, foreign_tag = (TagFactory.create(business_unit=floor.unit) for _number in range(2))
    SkillTagFactory.create(skill=floor.skill, tag=tag)
    with pytest.raises(RuleBroken) as error:
        assignments.set_disposition(contact_id=contact.pk, by=agent, disposition=foreign)
    assert list(error.value.fields) == ["disposition"]
    with pytest.raises(RuleBroken) as error:
        assignments.set_disposition(contact_id=contact.pk, by=agent, disposition=mine, tags=[foreign_tag])
    assert list(error.value.fields) == ["tags"]
    floor.do(assignments.set_disposition, contact_id=contact.pk, by=agent, disposition=mine, tags=[tag])
    contact.refresh_from_db()
    assert (contact.disposition, list(contact.tags.all())) == (mine, [tag])


def test_only_the_owner_may_and_only_once(floor):
    agent, other = floor.agent(skills=[(floor.skill, 1)]), floor.agent()
    contact = accepted(floor, agent)
    with pytest.raises(NotFound):
        assignments.end_contact(contact_id=contact.pk, by=other)
    with pytest.raises(NotFound):
        assignments.transfer_contact(contact_id=contact.pk, by=other, skill=floor.skill)
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    with pytest.raises(ContactOver):
        assignments.end_contact(contact_id=contact.pk, by=agent)
    assert state_of(agent).load == 0


# -- Transfer ---------------


def test_transfer_to_a_skill_waits_there_from_now(floor):
    other_skill = floor.make_skill()
    agent = floor.agent(max_concurrent_sms=1)
    contact = accepted(floor, agent, now=database_now() - timedelta(minutes=10))
    before = contact.queued_at
    floor.do(assignments.transfer_contact, contact_id=contact.pk, by=agent, skill=other_skill)
    contact.refresh_from_db()
    assert (contact.state, contact.skill, contact.agent) == (Contact.State.QUEUED, other_skill, None)
    assert contact.queued_at > before
    assert state_of(agent).load == 0
    expert = floor.agent(skills=[(other_skill, 1)])
    assert suitor(contact) == expert
    assert_consistent()


def test_transfer_to_an_agent_reaches_nobody_else_and_needs_no_skill(floor):
    agent = floor.agent()
    floor.agent()
    target = floor.agent(skills=[], max_concurrent_sms=1)
    contact = accepted(floor, agent)
    floor.do(assignments.transfer_contact, contact_id=contact.pk, by=agent, agent=target)
    assert suitor(contact) == target
    floor.do(offers.refuse_offer, offer_id=pending(contact).pk, by=target)
    assert offer_for(contact) is None
    contact.refresh_from_db()
    assert contact.state == Contact.State.QUEUED


def test_transfer_to_an_agent_waits_for_him(floor):
    agent = floor.agent()
    target = floor.agent(skills=[], available=False)
    contact = accepted(floor, agent)
    floor.do(assignments.transfer_contact, contact_id=contact.pk, by=agent, agent=target)
    floor.do(dispatch.match_idle)
    assert offer_for(contact) is None
    floor.become(target, "available")
    assert suitor(contact) == target


@pytest.mark.parametrize("which", ["self", "foreign", "inactive", "none", "both"])
def test_transfer_target_must_be_able(floor, which):
    agent = floor.agent()
    contact = accepted(floor, agent)
    targets = {
        "self": {"agent": agent},
        "foreign": {"agent": Floor(floor.commits).agent()},
        "inactive": {"agent": floor.agent(is_active=False, available=False)},
        "none": {},
        "both": {"agent": floor.agent(), "skill": floor.skill},
    }[which]
    with pytest.raises(RuleBroken):
        assignments.transfer_contact(contact_id=contact.pk, by=agent, **targets)
    contact.refresh_from_db()
    assert (contact.state, contact.agent) == (Contact.State.ACTIVE, agent)


# -- Outbound ---------------


def test_agent_starts_a_contact_and_it_takes_a_session(floor):
    skill = floor.make_skill(outbound=True)
    agent = floor.agent(skills=[(skill, 1)], max_concurrent_sms=1)
    customer = CustomerFactory.create(business_unit=floor.unit)
    contact = floor.do(assignments.start_contact, by=agent, skill=skill, customer=customer)
    assert (contact.state, contact.agent, contact.direction) == ("active", agent, "outbound")
    assert contact.transport_code == skill.transport_code
    assert state_of(agent).load == 1
    with pytest.raises(assignments.NoFreeSession):
        assignments.start_contact(
            by=agent, skill=skill, customer=CustomerFactory.create(business_unit=floor.unit)
        )
    assert_consistent()


def test_one_open_contact_with_a_customer_on_a_number(floor):
    skill = floor.make_skill(outbound=True)
    agent = floor.agent(skills=[(skill, 1)])
    customer = CustomerFactory.create(business_unit=floor.unit)
    floor.do(assignments.start_contact, by=agent, skill=skill, customer=customer)
    with pytest.raises(AlreadyOpen):
        assignments.start_contact(by=agent, skill=skill, customer=customer)


@pytest.mark.parametrize("which", ["inbound", "not his", "inactive"])
def test_only_ones_own_active_outbound_skills(floor, which):
    skill = {
        "inbound": lambda: floor.skill,
        "not his": lambda: floor.make_skill(outbound=True),
        "inactive": lambda: floor.make_skill(outbound=True, is_active=False),
    }[which]()
    agent = floor.agent(skills=[] if which == "not his" else [(skill, 1)])
    customer = CustomerFactory.create(business_unit=floor.unit)
    with pytest.raises(RuleBroken):
        assignments.start_contact(by=agent, skill=skill, customer=customer)


# -- Limits ---------------


def test_limit_of_the_user_over_the_team_over_the_business_unit(floor):
    team = TeamFactory.create(business_unit=floor.unit, max_concurrent_sms=2)
    from_unit, from_team = floor.agent(), floor.agent(team=team)
    own = floor.agent(team=team, max_concurrent_sms=1)
    assert [state_of(agent).limit for agent in (from_unit, from_team, own)] == [3, 2, 1]
    floor.do(update_business_unit, by=None, instance=floor.unit, default_max_concurrent_sms=5)
    floor.do(update_team, by=None, instance=team, max_concurrent_sms=4)
    assert [state_of(agent).limit for agent in (from_unit, from_team, own)] == [5, 4, 1]
    floor.do(update_agent, by=None, instance=own, max_concurrent_sms=None)
    assert state_of(own).limit == 4


def test_nobody_is_above_his_limit(floor):
    agents = [floor.agent(max_concurrent_sms=limit) for limit in (0, 1, 2)]
    contacts = [floor.contact() for _number in range(5)]
    assert [state_of(agent).load for agent in agents] == [0, 1, 2]
    assert sum(offer_for(contact) is None for contact in contacts) == 2
    assert not ReadyAgent.objects.exists()


def test_raised_limit_is_felt_at_once(floor):
    agent = floor.agent(max_concurrent_sms=1)
    contacts = [floor.contact() for _number in range(3)]
    floor.do(update_agent, by=None, instance=agent, max_concurrent_sms=2)
    assert [suitor(contact) for contact in contacts] == [agent, agent, None]


def test_limit_lowered_below_the_load_takes_nothing_away_and_gives_nothing_new(floor):
    agent = floor.agent(max_concurrent_sms=3)
    contacts = [accepted(floor, agent) for _number in range(3)]
    floor.do(update_agent, by=None, instance=agent, max_concurrent_sms=1)
    state = state_of(agent)
    assert (state.load, state.limit, state.slots) == (3, 1, 3)
    waiting = floor.contact()
    for contact in contacts[:2]:
        floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
        assert offer_for(waiting) is None
    floor.do(assignments.end_contact, contact_id=contacts[2].pk, by=agent)
    assert suitor(waiting) == agent
    assert state_of(agent).slots == 1


def test_new_skill_is_felt_at_once_and_a_lost_one_too(floor):
    agent = floor.agent(skills=[])
    contact = floor.contact()
    assert offer_for(contact) is None
    floor.do(update_agent, by=None, instance=agent, skills=[(floor.skill, 3)])
    assert suitor(contact) == agent
    floor.do(update_agent, by=None, instance=agent, skills=[])
    assert not ReadyAgent.objects.exists()


def test_deactivated_agent_loses_his_offers_and_gets_none(floor):
    agent = floor.agent()
    contact = floor.contact()
    floor.do(update_agent, by=None, instance=agent, is_active=False)
    assert offer_for(contact) is None
    floor.do(dispatch.match_idle)
    assert offer_for(contact) is None
    assert_consistent()


# -- Presence ---------------


def vanish(floor: Floor, agent: Agent) -> None:
    AgentState.objects.filter(pk=agent.pk).update(lease_until=database_now() - timedelta(seconds=1))
    floor.do(presence.expire_leases)


def test_silent_browser_loses_its_offers_and_is_unavailable(floor):
    agent = floor.agent(available=False)
    floor.become(agent, "available", monitored=True)
    contact = floor.contact()
    queued_at = contact.queued_at
    assert floor.do(presence.expire_leases) == 0
    other = floor.agent(skills=[(floor.skill, 20)])
    vanish(floor, agent)
    assert (state_of(agent).status, state_of(agent).reason) == ("unavailable", presence.VANISHED)
    assert suitor(contact) == other
    contact.refresh_from_db()
    assert contact.queued_at == queued_at
    assert Offer.objects.get(agent=agent).state == Offer.State.WITHDRAWN
    assert_consistent()


def test_program_with_a_token_needs_no_sign_of_life(floor):
    agent = floor.agent()
    assert state_of(agent).lease_until is None
    assert floor.do(presence.expire_leases) == 0


def test_contacts_of_a_vanished_agent_return_to_their_old_place_after_the_grace_time(floor):
    agent = floor.agent(available=False)
    floor.become(agent, "available", monitored=True)
    contact = accepted(floor, agent, now=database_now() - timedelta(minutes=9))
    place = (contact.lane_id, contact.queue_key, contact.queued_at)
    younger = floor.contact(hinted=False)
    vanish(floor, agent)
    assert floor.do(presence.requeue_abandoned) == 0
    AgentState.objects.filter(pk=agent.pk).update(vanished_at=database_now() - timedelta(seconds=121))
    assert floor.do(presence.requeue_abandoned) == 1
    contact.refresh_from_db()
    assert (contact.state, contact.agent) == (Contact.State.QUEUED, None)
    assert (contact.lane_id, contact.queue_key, contact.queued_at) == place
    assert state_of(agent).load == 0
    other = floor.agent(max_concurrent_sms=1)
    assert suitor(contact) == other
    assert offer_for(younger) is None
    assert ContactEvent.objects.filter(contact=contact, kind="requeued").count() == 1
    assert_consistent()


def test_contact_for_a_vanished_agent_alone_goes_to_others_after_the_grace_time(floor):
    agent = floor.agent(available=False)
    floor.become(agent, "available", monitored=True)
    contact = accepted(floor, agent, target=agent)
    younger = floor.contact(hinted=False)
    vanish(floor, agent)
    AgentState.objects.filter(pk=agent.pk).update(vanished_at=database_now() - timedelta(seconds=121))
    assert floor.do(presence.requeue_abandoned) == 1
    queued_at = contact.queued_at
    contact.refresh_from_db()
    assert (contact.state, contact.queued_at) == (Contact.State.QUEUED, queued_at)
    assert suitor(contact) is None
    other = floor.agent(max_concurrent_sms=1)
    assert suitor(contact) == other
    assert offer_for(younger) is None
    assert_consistent()


@pytest.mark.parametrize("is_accepted", [True, False])
def test_contact_for_one_agent_keeps_its_scripts_priority_and_range_when_others_may_have_it(
    floor, is_accepted
):
    agent = floor.agent()
    profile = Profile(7_000, 500, 9_000)
    if is_accepted:
        contact = accepted(floor, agent, target=agent, profile=profile, high=2, low=5)
    else:
        floor.become(agent, "unavailable")
        contact = floor.contact(target=agent, profile=profile, high=2, low=5)
    place = contact.queue_key, contact.queued_at
    supervisor = UserFactory.create(business_unit=floor.unit, administrator=True)
    floor.do(interventions.requeue_agent, agent=agent, by=supervisor)
    contact.refresh_from_db()
    lane = contact.lane
    assert (contact.state, contact.queue_key, contact.queued_at) == (Contact.State.QUEUED, *place)
    assert (lane.target_agent_id, lane.acceleration_milli, lane.max_priority_milli) == (None, 500, 9_000)
    assert (lane.high_proficiency, lane.low_proficiency) == (2, 5)


@pytest.mark.parametrize("how", ["transfer", "requeue", "requeue of his own"])
def test_contact_that_was_put_aside_is_not_when_it_waits_again(floor, how):
    agent = floor.agent()
    contact = accepted(floor, agent, target=agent if how == "requeue of his own" else None)
    snooze_contact(contact_id=contact.pk, by=agent, until=database_now() + timedelta(hours=1))
    if how == "transfer":
        floor.do(assignments.transfer_contact, contact_id=contact.pk, by=agent, skill=floor.skill)
    else:
        floor.do(assignments.requeue_contacts, agent_id=agent.pk, by=None, reason="test")
    contact.refresh_from_db()
    assert (contact.snoozed_at, contact.snoozed_until) == (None, None)


def test_browser_that_comes_back_in_time_keeps_its_contacts(floor):
    agent = floor.agent(available=False)
    floor.become(agent, "available", monitored=True)
    contact = accepted(floor, agent)
    vanish(floor, agent)
    floor.do(presence.renew_leases, agent_ids=[agent.pk])
    AgentState.objects.filter(pk=agent.pk).update(since=database_now() - timedelta(hours=1))
    assert floor.do(presence.requeue_abandoned) == 0
    contact.refresh_from_db()
    assert contact.agent == agent


def test_browser_that_comes_back_while_its_contacts_are_given_away_keeps_them(floor, monkeypatch):
    agent = floor.agent(available=False)
    floor.become(agent, "available", monitored=True)
    contact = accepted(floor, agent)
    vanish(floor, agent)
    AgentState.objects.filter(pk=agent.pk).update(vanished_at=database_now() - timedelta(seconds=121))
    requeue = presence.requeue_contacts

    def come_back_first(**values: object) -> int:
        presence.renew_leases(agent_ids=[agent.pk])
        return requeue(**values)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(presence, "requeue_contacts", come_back_first)
    assert floor.do(presence.requeue_abandoned) == 0
    contact.refresh_from_db()
    assert contact.agent == agent


def test_closed_socket_shortens_the_lease_and_never_lengthens_it(floor):
    agent = floor.agent(available=False)
    floor.become(agent, "available", monitored=True)
    presence.shorten_lease(agent_id=agent.pk)
    until = state_of(agent).lease_until
    assert until <= database_now() + presence.FAREWELL + timedelta(milliseconds=1)
    presence.shorten_lease(agent_id=agent.pk)
    assert state_of(agent).lease_until == until
    program = floor.agent()
    presence.shorten_lease(agent_id=program.pk)
    assert state_of(program).lease_until is None


def test_outbound_contact_of_a_vanished_agent_enters_the_queue_of_its_skill(floor):
    skill = floor.make_skill(outbound=True)
    agent = floor.agent(skills=[(skill, 1)], available=False)
    customer = CustomerFactory.create(business_unit=floor.unit)
    floor.become(agent, "available", monitored=True)
    contact = floor.do(assignments.start_contact, by=agent, skill=skill, customer=customer)
    other = floor.agent(skills=[(skill, 2)])
    vanish(floor, agent)
    AgentState.objects.filter(pk=agent.pk).update(vanished_at=database_now() - timedelta(seconds=121))
    assert floor.do(presence.requeue_abandoned) == 1
    assert suitor(contact) == other
    assert_consistent()
