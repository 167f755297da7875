"""Agents and contacts by chance, of which is known by what rules they were put where they are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction

from agents.models import Agent, AgentState
from contacts.models import Contact, Customer, Lane
from core.clock import database_now
from routing.matching import Profile, milli, milliseconds, queue_key
from routing.models import Refusal
from tests.routing import oracle
from tests.routing.floor import Floor

CONTACTS, AGENTS = 120, 12
POINTS = (0, 0, 0.5, 1, 2, 3.125, 10, 250)
MINUTE = 60_000


class Hall:
    """Contacts whose rules are known, and agents. Of the contacts some were refused, by some agents each."""

    def __init__(
        self,
        floor: Floor,
        chance: random.Random,
        addresses: Iterator[int],
        *,
        contacts: int = CONTACTS,
        refused: int = CONTACTS // 6,
        by_most: int = 4,
    ) -> None:
        self.floor, self.chance, self.addresses = floor, chance, addresses
        self.contacts, self.refused, self.by_most = contacts, refused, by_most
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
        rules = [self._rule() for _number in range(self.contacts)]
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
            contact.pk: self.chance.sample(self.agents, self.chance.randint(1, self.by_most))
            for contact in self.chance.sample(contacts, self.refused)
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
