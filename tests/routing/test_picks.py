"""Picks of contacts and of agents: what SQL finds, against the rules as they are said, in exact rationals.

The rules are computed from what each contact was queued with, and never from its key. ROUTING_PICKS says how
many of each; `make prove` takes 50,000 (docs/routing.md).
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count

import pytest
from django.db import transaction

from agents.models import Agent, AgentState
from contacts.models import Contact, Customer, Lane
from core.clock import database_now
from routing import selectors
from routing.matching import Profile, first_contact, milli, milliseconds, queue_key
from routing.models import ReadyAgent, Refusal
from routing.services import presence
from tests.routing import oracle
from tests.routing.floor import Floor

PICKS = int(os.environ.get("ROUTING_PICKS", "1500"))
CONTACTS, AGENTS, TURNS = 120, 12, 150
POINTS = (0, 0, 0.5, 1, 2, 3.125, 10, 250)
MINUTE = 60_000


class Hall:
    """Contacts whose rules are known, and agents; each pick takes the contact away, or the agent."""

    def __init__(self, floor: Floor, chance: random.Random, addresses: Iterator[int]) -> None:
        self.floor, self.chance, self.addresses = floor, chance, addresses
        self.now = database_now()
        # The agents of the first are asked for contacts of the second that overflow.
        first = floor.make_skill()
        self.skills = [first, floor.make_skill(overflow_skill=first), floor.make_skill()]
        self.agents = [self._agent() for _number in range(AGENTS)]
        self.workers = [one for one in oracle.Floor().workers.values() if one.can_take_one_more]
        self.lanes: dict[tuple[object, ...], Lane] = {}
        self.customers = {one.contact_id: one for one in self._contacts()}

    def _agent(self) -> Agent:
        chance = self.chance
        skills = [(skill, chance.randint(1, 4)) for skill in chance.sample(self.skills, chance.randint(1, 3))]
        agent = self.floor.agent(skills=skills, available=False)
        idle = self.now - timedelta(minutes=chance.randint(0, 3))
        AgentState.objects.filter(pk=agent.pk).update(idle_since=idle)
        self.floor.become(agent, chance.choice(("available", "available", "available", "unavailable")))
        return agent

    def _contacts(self) -> list[oracle.Customer]:
        made = []
        rules = [self._rule() for _number in range(CONTACTS)]
        customers = Customer.objects.bulk_create(
            Customer(business_unit=self.floor.unit, address=f"336{next(self.addresses):08}") for _one in rules
        )
        contacts = Contact.objects.bulk_create(
            Contact(
                business_unit=self.floor.unit,
                customer=customer,
                transport_code=self.floor.point_of_contact.transport_code,
                skill_id=lane.skill_id,
                state=Contact.State.QUEUED,
                lane=lane,
                queue_key=queue_key(profile, milliseconds(queued_at)),
                queued_at=queued_at,
            )
            for (lane, profile, queued_at), customer in zip(rules, customers, strict=True)
        )
        refusals = {
            contact.pk: self.chance.sample(self.agents, self.chance.randint(1, 4))
            for contact in self.chance.sample(contacts, CONTACTS // 6)
        }
        Refusal.objects.bulk_create(
            Refusal(contact_id=contact_id, agent=agent, refused_at=self.now)
            for contact_id, agents in refusals.items()
            for agent in agents
        )
        for contact, (lane, profile, queued_at) in zip(contacts, rules, strict=True):
            initial, growth, maximum = (
                Fraction(value, 1000)
                for value in (profile.initial_milli, profile.acceleration_milli, profile.max_milli)
            )
            queued = oracle.moment(queued_at)
            made.append(
                oracle.Customer(
                    contact.pk,
                    lane.skill_id,
                    min(initial, maximum) - growth * Fraction(queued, MINUTE),
                    growth,
                    maximum,
                    queued,
                    lane.high_proficiency,
                    lane.low_proficiency,
                    lane.target_agent_id,
                    self.skills[0].pk if lane.overflows else None,
                    timedelta(),
                    dict.fromkeys([agent.pk for agent in refusals.get(contact.pk, ())], self.now),
                )
            )
        return made

    def _rule(self) -> tuple[Lane, Profile, datetime]:
        chance = self.chance
        maximum = chance.choice((1, 5, 10, 1000))
        # An initial priority above the maximum counts as the maximum.
        profile = Profile(milli(chance.choice(POINTS)), milli(chance.choice(POINTS)), milli(maximum))
        high = chance.choice((1, 1, 2))
        skill = chance.choice(self.skills)
        key = {
            "skill": skill,
            "acceleration_milli": profile.acceleration_milli,
            "max_priority_milli": profile.max_milli,
            "high_proficiency": high,
            "low_proficiency": chance.choice((20, high + 1)),
            "target_agent": chance.choice(self.agents) if chance.random() < 0.08 else None,
            "overflows": skill.overflow_skill_id is not None and chance.random() < 0.5,
        }
        known = tuple(key.values())
        if known not in self.lanes:
            self.lanes[known] = Lane.objects.create(**key)
        # Whole minutes half the time, so that ties happen.
        age = timedelta(minutes=chance.randint(0, 9), milliseconds=chance.choice((0, chance.randint(0, 999))))
        return self.lanes[known], profile, self.now - age

    def pick_contact(self, done: Counter[str]) -> None:
        worker = self.chance.choice(self.workers)
        now = self.now + timedelta(
            milliseconds=self.chance.choice((0, 30_000, self.chance.randint(0, 10**6)))
        )
        now_ms = oracle.moment(now)
        mine = [
            one
            for one in self.customers.values()
            if worker.may_have(one) and worker.agent_id not in one.refused
        ]
        heads = selectors.lane_heads(agent_id=worker.agent_id, window=1)
        first = first_contact((head.waiting for head in heads), now_ms)
        expected = min(mine, key=lambda one: one.place(now_ms)) if mine else None
        assert (first and first.contact_id) == (expected and expected.contact_id)
        if expected is None:
            return
        done["contacts"] += 1
        done["contacts with a choice"] += len(mine) > 1
        done["contacts at the maximum"] += expected.place(now_ms)[1] == 0
        if self.chance.random() < 0.7:
            del self.customers[expected.contact_id]
            Contact.objects.filter(pk=expected.contact_id).update(state=Contact.State.CLOSED, closed_at=now)

    def pick_agent(self, done: Counter[str]) -> None:
        customer = self.chance.choice(list(self.customers.values()))
        found = [
            one.agent_id for one in selectors.candidates(contact_id=customer.contact_id) if not one.refused
        ]
        suited = [one for one in self.workers if one.may_have(customer)]
        unasked = [one for one in suited if one.agent_id not in customer.refused]
        unasked.sort(key=lambda one: one.place(customer))
        assert found == [one.agent_id for one in unasked]
        done["agents"] += bool(found)
        done["agents with a choice"] += len(found) > 1
        if found and self.chance.random() < 0.2:
            # Idle since another moment from now on.
            agent_id, idle = found[0], self.now - timedelta(minutes=self.chance.randint(0, 3))
            AgentState.objects.filter(pk=agent_id).update(idle_since=idle)
            ReadyAgent.objects.filter(agent_id=agent_id).update(idle_since=idle)
            self.workers = [one for one in oracle.Floor().workers.values() if one.can_take_one_more]


@pytest.fixture
def nobody_is_told(monkeypatch) -> None:
    """Whoever becomes available is offered nothing: the picks are made here."""
    monkeypatch.setattr(presence, "AgentFreed", type("Untold", (), {"__init__": lambda self, **_about: None}))


@pytest.mark.usefixtures("nobody_is_told")
def test_every_pick_is_that_of_the_rules(floor):
    done: Counter[str] = Counter()
    addresses = count()
    for seed in count():
        with transaction.atomic():
            hall = Hall(floor, random.Random(seed), addresses)
            for _turn in range(TURNS):
                hall.pick_contact(done)
                hall.pick_agent(done)
            transaction.set_rollback(True)
        if min(done["contacts"], done["agents"]) >= PICKS:
            break
    assert done["contacts with a choice"] > done["contacts"] / 2
    assert done["contacts at the maximum"] > done["contacts"] / 10
    assert done["agents with a choice"] > done["agents"] / 2
