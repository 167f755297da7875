"""Offers to many agents in one transaction, against the same to one agent after the other, on PostgreSQL."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import hypothesis
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from agents.models import AgentState
from core import sql
from organizations.models import BusinessUnit
from routing.services import dispatch, presence, readiness
from tests.routing.floor import state_of, suitor
from tests.routing.hall import Hall

EXAMPLES = max(20, int(os.environ.get("ROUTING_PICKS", "1500")) // 500)

# All that an offer leaves behind. Keys and moments of its own are another's each time.
TRACES = (
    "SELECT agent_id, contact_id, skill_id, state, offered_at, expires_at FROM routing_offer ORDER BY id",
    "SELECT id, state, lane_id, queue_key, agent_id FROM contacts_contact ORDER BY id",
    "SELECT agent_id, load, slots, status, idle_since, misses FROM agents_agentstate ORDER BY 1",
    "SELECT agent_id, skill_id, proficiency, idle_since FROM routing_readyagent ORDER BY 1, 2",
    "SELECT contact_id, agent_id FROM routing_refusal ORDER BY 1, 2",
    "SELECT contact_id, kind, agent_id FROM contacts_contactevent ORDER BY contact_id, id",
    "SELECT agent_id, seq, type, data - '{id,waited_seconds,why}'::text[] FROM workspace_push ORDER BY 1, 2",
    "SELECT agent_id, last_seq FROM workspace_feed ORDER BY 1",
    """SELECT contact_id, at, jsonb_path_query_array(contacts_considered, '$[*] ? (@.outcome == "offered")'),
              agents_considered->0->'agent', agents_considered->0->'outcome'
         FROM routing_decision ORDER BY 1""",
)


def one_by_one(agent_ids: list[int]) -> list[int]:
    offer_next = dispatch.offer_next.__wrapped__
    return [agent_id for agent_id in agent_ids if offer_next(agent_id=agent_id) is not None]


def together(agent_ids: list[int]) -> list[int]:
    seats, left = dispatch.offer_to_each.__wrapped__(agent_ids=agent_ids)
    assert left == [], "nobody else is at work"
    return [seat.agent_id for seat in seats]


def traces_of(offer: Callable[[list[int]], list[int]], agent_ids: list[int]) -> list[Any]:
    """What is there when each agent has been offered what he can take, in turns. Then it is undone."""
    with transaction.atomic():
        turn = agent_ids
        while turn:
            served = offer(turn)
            assert set(served) <= set(turn)
            turn = [agent_id for agent_id in agent_ids if agent_id in served]
        found = [sql.rows(trace) for trace in TRACES]
        transaction.set_rollback(True)
    return found


@pytest.fixture
def every_decision_is_recorded(settings) -> None:
    settings.DECISIONS_PER_SECOND = 0


@pytest.mark.usefixtures("nobody_is_told", "every_decision_is_recorded")
def test_offering_to_many_at_once_is_offering_to_one_after_the_other(floor):
    done: Counter[str] = Counter()
    addresses = count()

    @hypothesis.settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
    @given(
        seed=st.integers(0, 2**32),
        contacts=st.integers(1, 60),
        is_often_refused=st.booleans(),
        fronts=st.sampled_from([(1,), (2, 8), dispatch.FRONTS]),
        pause=st.sampled_from([0, 5]),
    )
    def compare(
        seed: int, contacts: int, is_often_refused: bool, fronts: tuple[int, ...], pause: int
    ) -> None:
        chance = random.Random(seed)
        with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(dispatch, "FRONTS", fronts)
            BusinessUnit.objects.filter(pk=floor.unit.pk).update(reoffer_delay_seconds=pause)
            refused, by_most = (contacts, 12) if is_often_refused else (contacts // 6, 4)
            hall = Hall(floor, chance, addresses, contacts=contacts, refused=refused, by_most=by_most)
            now = hall.now + timedelta(milliseconds=chance.choice((0, 3_000, chance.randint(0, 10**6))))
            for name in ("_LOCK", "_LOCK_FREE"):
                statement = getattr(readiness, name)
                assert "clock_timestamp()" in statement
                patch.setattr(
                    readiness,
                    name,
                    statement.replace("clock_timestamp()", f"'{now.isoformat()}'::timestamptz"),
                )
            order = [agent.pk for agent in chance.sample(hall.agents, len(hall.agents))]
            expected = traces_of(one_by_one, order)
            assert traces_of(together, order) == expected
            done["offers"] += len(expected[0])
            done["offers to who had refused"] += sum(
                agent_id in hall.customers[contact_id].refused for agent_id, contact_id, *_rest in expected[0]
            )
            transaction.set_rollback(True)

    compare()
    assert done["offers"] > EXAMPLES * 5
    assert done["offers to who had refused"] > 0


def test_each_has_one_before_anybody_has_two(floor):
    agents = [floor.agent(available=False, max_concurrent_sms=3) for _number in range(4)]
    contacts = [floor.contact() for _number in range(6)]
    AgentState.objects.update(status="available")
    floor.do(presence.apply_limits, agent_ids=[agent.pk for agent in agents])
    assert [state_of(agent).load for agent in agents] == [2, 2, 1, 1]
    assert [suitor(contact) for contact in contacts] == [*agents, *agents[:2]]


def test_statements_do_not_grow_with_the_agents(floor, django_assert_num_queries):
    def serve(number: int, statements: int) -> None:
        agents = [floor.agent(available=False, max_concurrent_sms=1) for _number in range(number)]
        for _number in range(number):
            floor.contact()
        AgentState.objects.filter(pk__in=[agent.pk for agent in agents]).update(status="available")
        with django_assert_num_queries(statements):
            assert len(together([agent.pk for agent in agents])) == number

    # Seats, lanes, refusals, fronts, contacts, offers, the list, and the feeds.
    serve(3, 8)
    serve(12, 8)
