"""Picks of contacts and of agents: what SQL finds, against the rules as they are said, in exact rationals.

The rules are computed from what each contact was queued with, and never from its key. ROUTING_PICKS says how
many of each; `make prove` takes 50,000 (docs/routing.md).
"""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction

from agents.models import AgentState
from contacts.models import Contact
from routing import selectors
from routing.matching import first_contact
from routing.models import ReadyAgent
from tests.routing import oracle
from tests.routing.hall import Hall

PICKS = int(os.environ.get("ROUTING_PICKS", "1500"))
TURNS = 150


class Picks(Hall):
    """Each pick takes the contact away, or the agent."""

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


@pytest.mark.usefixtures("nobody_is_told")
def test_every_pick_is_that_of_the_rules(floor):
    done: Counter[str] = Counter()
    addresses = count()
    for seed in count():
        with transaction.atomic():
            hall = Picks(floor, random.Random(seed), addresses)
            for _turn in range(TURNS):
                hall.pick_contact(done)
                hall.pick_agent(done)
            transaction.set_rollback(True)
        if min(done["contacts"], done["agents"]) >= PICKS:
            break
    assert done["contacts with a choice"] > done["contacts"] / 2
    assert done["contacts at the maximum"] > done["contacts"] / 10
    assert done["agents with a choice"] > done["agents"] / 2
