"""The dispatcher's look-ups and choice against brute force over everything that waits, on random floors."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from agents.models import Agent, AgentSkill
from contacts.models import Contact
from core.clock import database_now
from routing import selectors
from routing.matching import Profile, Waiting, in_order, milli, milliseconds
from routing.models import Refusal
from routing.services import dispatch
from tests.routing.floor import Floor, offer_for

SEEDS = range(6)
POINTS = (0, 0, 0.5, 1, 2, 10, 250)


def random_profile(chance: random.Random) -> Profile | None:
    if chance.random() < 0.3:
        return None
    if chance.random() < 0.6:
        # One lane of the skill: only the initial priority differs, so the key and the age disagree.
        return Profile(milli(chance.choice(POINTS)), milli(1), milli(1000))
    maximum = chance.choice((1, 5, 10, 1000))
    return Profile(milli(min(chance.choice(POINTS), maximum)), milli(chance.choice(POINTS)), milli(maximum))


def populate(floor: Floor, chance: random.Random) -> tuple[list[Agent], list[Contact]]:
    """Agents nobody has told of the contacts that wait: what comes first is still to be decided."""
    skills = [floor.make_skill(initial_priority=chance.choice(POINTS)) for _number in range(3)]
    agents = [
        floor.agent(
            skills=[(skill, chance.randint(1, 20)) for skill in chance.sample(skills, chance.randint(1, 3))]
        )
        for _number in range(4)
    ]
    now = database_now()
    contacts = []
    for _number in range(24):
        high = chance.choice((1, 1, 5))
        contacts.append(
            floor.contact(
                skill=chance.choice(skills),
                profile=random_profile(chance),
                # Whole minutes, so that ties happen.
                now=now - timedelta(minutes=chance.randint(0, 8)),
                high=high,
                low=chance.choice((20, 20, high + 8)),
                target=chance.choice(agents) if chance.random() < 0.1 else None,
                hinted=False,
            )
        )
    for contact in chance.sample(contacts, 6):
        Refusal.objects.create(contact=contact, agent=chance.choice(agents), refused_at=now)
    return agents, contacts


def may_serve(agent: Agent, contact: Contact) -> bool:
    """The rule of who may be offered what, written as it is said."""
    lane = contact.lane
    assert lane is not None
    if Refusal.objects.filter(contact=contact, agent=agent).exists():
        return False
    if lane.target_agent_id is not None:
        return lane.target_agent_id == agent.pk
    ability = AgentSkill.objects.filter(agent=agent, skill=lane.skill_id).first()
    return ability is not None and lane.high_proficiency <= ability.proficiency <= lane.low_proficiency


def brute_force(agent: Agent, now: datetime) -> list[int]:
    waiting = []
    for contact in Contact.objects.filter(state=Contact.State.QUEUED).select_related("lane"):
        lane = contact.lane
        if may_serve(agent, contact):
            assert lane is not None
            assert contact.queue_key is not None
            assert contact.queued_at is not None
            waiting.append(
                Waiting(
                    contact.pk,
                    contact.queue_key,
                    lane.acceleration_milli,
                    lane.max_priority_milli,
                    milliseconds(contact.queued_at),
                )
            )
    return [one.contact_id for one in in_order(waiting, milliseconds(now))]


@pytest.mark.parametrize("seed", SEEDS)
def test_heads_of_lanes_contain_the_first_in_order(floor, seed):
    agents, _contacts = populate(floor, random.Random(seed))
    now = database_now()
    for agent in agents:
        expected = brute_force(agent, now)
        for window in (1, 4, 100):
            heads = selectors.lane_heads(agent_id=agent.pk, window=window)
            found = in_order((head.waiting for head in heads), milliseconds(now))
            assert [one.contact_id for one in found][:window] == expected[:window]
            assert {one.contact_id for one in found} <= set(expected)
        assert len(heads) == len(expected)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_dispatcher_offers_in_the_order_of_brute_force(floor, seed):
    chance = random.Random(seed)
    agents, _contacts = populate(floor, chance)
    for _turn in range(6):
        agent = chance.choice(agents)
        expected = brute_force(agent, database_now())
        offer = dispatch.offer_next(agent_id=agent.pk)
        if offer is not None and expected:
            assert offer.contact_id == expected[0]


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_best_agent_equals_brute_force(floor, seed):
    chance = random.Random(seed)
    agents = [floor.agent(skills=[(floor.skill, chance.randint(1, 4))]) for _number in range(6)]
    floor.become(agents[0], "unavailable")
    high, low = chance.choice(((1, 20), (2, 3), (3, 3)))
    contact = floor.contact(high=high, low=low)
    ready = [
        (ability.proficiency, ability.agent.state.idle_since, ability.agent_id)
        for ability in AgentSkill.objects.filter(skill=floor.skill, proficiency__range=(high, low))
        if ability.agent_id != agents[0].pk
    ]
    offer = offer_for(contact)
    assert (offer.agent_id if offer else None) == (min(ready)[2] if ready else None)


def test_window_of_one_still_finds_a_contact_behind_those_refused(floor):
    contacts = [floor.contact(hinted=False) for _number in range(20)]
    agent = floor.agent(available=False)
    for contact in contacts[:-1]:
        Refusal.objects.create(contact=contact, agent=agent, refused_at=database_now())
    floor.become(agent, "available")
    assert offer_for(contacts[-1]) is not None


def test_of_many_refused_contacts_the_first_in_order_come_back(floor):
    floor.set_unit(reoffer_delay_seconds=0)
    agent = floor.agent(available=False)
    now = database_now()
    contacts = [floor.contact(now=now - timedelta(minutes=age), hinted=False) for age in range(8)]
    for contact in contacts:
        Refusal.objects.create(contact=contact, agent=agent, refused_at=now - timedelta(minutes=1))
    heads = selectors.refused_heads(agent_id=agent.pk, window=3, now=now)
    assert [head.waiting.contact_id for head in heads] == [one.pk for one in reversed(contacts[5:])]


@pytest.mark.parametrize(("lanes", "each"), [(selectors.FEW_LANES, selectors.FRONT_OF_FEW), (5, 1)])
def test_one_of_each_lane_is_read_first_unless_the_lanes_are_few(floor, lanes, each):
    skills = [floor.make_skill() for _number in range(lanes)]
    agent = floor.agent(skills=[(skill, 1) for skill in skills], available=False)
    contacts = {skill.pk: [floor.contact(skill=skill) for _number in range(6)] for skill in skills}
    heads, read = selectors.first_heads(agent_id=agent.pk)
    assert read == each
    found: dict[int, list[int]] = {}
    for head in heads:
        found.setdefault(head.skill_id, []).append(head.waiting.contact_id)
    assert found == {skill: [one.pk for one in waiting[:each]] for skill, waiting in contacts.items()}


def test_moment_of_queueing_is_counted_alike_by_both(floor):
    agent = floor.agent(available=False)
    moments = ["2023-12-31T23:59:59.999999+00:00", "2026-11-27T21:00:00.000999+00:00"]
    moments.append("2026-03-29T03:00:00.999500+02:00")
    contacts = {floor.contact(now=datetime.fromisoformat(moment)).pk: moment for moment in moments}
    heads = selectors.lane_heads(agent_id=agent.pk, window=4)
    assert {head.waiting.contact_id: head.waiting.queued_ms for head in heads} == {
        contact_id: milliseconds(datetime.fromisoformat(moment)) for contact_id, moment in contacts.items()
    }
