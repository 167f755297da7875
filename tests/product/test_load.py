"""2,000 texts from 500 customers at 50 per second, against 20 agents: judged by the log of events."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

import pytest

from tests.product.crowd import Customers, Figures, RandomAgent
from tests.product.event_log import Event, Final, limbo, lost_or_disordered, replay
from tests.product.floor import Floor, open_floors
from tests.product.product import Product

pytestmark = [pytest.mark.product, pytest.mark.alone]

CUSTOMERS, ROUNDS, PER_SECOND = 500, 4, 50.0
AGENTS, LIMIT = 20, 5
DRAIN_SECONDS = 60.0


def test_a_rush_loses_doubles_and_forgets_nothing(
    product: Product, record_property: Any, capsys: pytest.CaptureFixture[str]
):
    [floor] = open_floors(product, agents=AGENTS, limit=LIMIT, timeout=15)
    figures = Figures()
    seed = random.randrange(1 << 30)
    customers = Customers(floor, random.Random(seed), figures)
    used = product.cpu_seconds()
    drained = asyncio.run(rush(product, floor, customers, seed))
    report = summary(product, floor, figures, drained)
    report["cpu_seconds"] = {
        name: round(after - used.get(name, 0.0), 1) for name, after in product.cpu_seconds().items()
    }
    record_property("load", report)
    with capsys.disabled():
        print(f"\n2,000 texts, seed {seed}: {report} ", end="")  # noqa: T201 - the figures are asked for
    assert figures.errors[:10] == []
    assert min(figures.answers[kind] for kind in ("accepted", "refused", "ignored")) > 0
    assert sum(map(len, customers.sent.values())) == CUSTOMERS * ROUNDS
    check_texts(product, floor, customers)
    check_log(product, floor)
    # Half of the planned rate is a machine at half its speed; a third is something that waits.
    assert figures.sending_seconds < CUSTOMERS * ROUNDS / PER_SECOND * 3


async def rush(product: Product, floor: Floor, customers: Customers, seed: int) -> float:
    """The customers text; then the agents work until nothing is left. Seconds of that."""
    stop = asyncio.Event()
    staff = [
        RandomAgent(product, seat, random.Random(seed + place), customers.figures)
        for place, seat in enumerate(floor.agents, 1)
    ]
    async with asyncio.TaskGroup() as group:
        for agent in staff:
            group.create_task(agent.work(stop))
        await asyncio.sleep(1)
        await customers.text_all(customers=CUSTOMERS, rounds=ROUNDS, per_second=PER_SECOND)
        began = time.monotonic()
        for agent in staff:
            agent.is_diligent = True
        while time.monotonic() - began < DRAIN_SECONDS and open_contacts(product, floor):
            await asyncio.sleep(0.5)
        drained = time.monotonic() - began
        stop.set()
    return drained


def open_contacts(product: Product, floor: Floor) -> int:
    """Contacts that are not closed, and texts that are not yet in a contact."""
    [(count,)] = product.rows(
        "SELECT (SELECT count(*) FROM contacts_contact WHERE skill_id = %s AND state <> 'closed') + "
        "(SELECT count(*) FROM messaging_delivery WHERE processed_at IS NULL AND parked_at IS NULL)",
        [floor.skill],
    )
    return int(count)


def check_texts(product: Product, floor: Floor, customers: Customers) -> None:
    stored = product.rows(
        "SELECT u.address, m.contact_id, m.position, m.text FROM contacts_message m "
        "JOIN contacts_contact c ON c.id = m.contact_id JOIN contacts_customer u ON u.id = c.customer_id "
        "WHERE c.skill_id = %s AND m.direction = 'inbound'",
        [floor.skill],
    )
    assert lost_or_disordered(customers.sent, [(row[0], row[1], row[2], row[3]) for row in stored]) == []


def check_log(product: Product, floor: Floor) -> None:
    # One view for all three: what goes on meanwhile belongs to neither.
    with product.database.transaction():
        product.database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        events = product.rows(
            "SELECT e.id, e.contact_id, e.kind, e.agent_id FROM contacts_contactevent e "
            "JOIN contacts_contact c ON c.id = e.contact_id WHERE c.skill_id = %s",
            [floor.skill],
        )
        finals = product.rows(
            "SELECT id, state, agent_id FROM contacts_contact WHERE skill_id = %s", [floor.skill]
        )
        states = product.rows(
            "SELECT agent_id, load, CASE WHEN status = 'available' THEN \"limit\" - load ELSE 0 END "
            "FROM agents_agentstate WHERE agent_id = ANY(%s)",
            [[seat["id"] for seat in floor.agents]],
        )
    replayed = replay((Event(*row) for row in events), limits={seat["id"]: LIMIT for seat in floor.agents})
    assert replayed.violations == []
    left = limbo(
        replayed,
        {contact: Final(state, agent) for contact, state, agent in finals},
        loads={agent: load for agent, load, _free in states},
        free={agent: free for agent, _load, free in states if free},
    )
    assert left == []


def summary(product: Product, floor: Floor, figures: Figures, drained: float) -> dict[str, Any]:
    texts = len(figures.webhook_seconds)
    stored = product.rows(
        "SELECT extract(epoch FROM d.processed_at - d.received_at)::float8 FROM messaging_delivery d "
        "JOIN sms_registrations_smsregistration r ON r.id = d.registration_id "
        "WHERE r.transport_code = %s AND d.processed_at IS NOT NULL",
        [floor.number],
    )
    offers = product.rows(
        "SELECT state, count(*) FROM routing_offer WHERE skill_id = %s GROUP BY state ORDER BY state",
        [floor.skill],
    )
    return {
        "texts_per_second": round(CUSTOMERS * ROUNDS / figures.sending_seconds, 1),
        "webhook_ms": percentiles(figures.webhook_seconds),
        "text_to_contact_ms": percentiles([row[0] for row in stored]),
        "calls": texts,
        "contacts": product.rows("SELECT count(*) FROM contacts_contact WHERE skill_id = %s", [floor.skill])[
            0
        ][0],
        "offers": dict(offers),
        "answers": dict(figures.answers),
        "drained_seconds": round(drained, 1),
    }


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        name: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1)
        for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
    }
