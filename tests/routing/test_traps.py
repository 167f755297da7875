"""The traps of a queue in PostgreSQL, each found by measuring (docs/routing.md, "Traps")."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from agents.models import AgentState
from contacts.models import Contact
from core import sql
from core.clock import database_now
from routing import selectors
from routing.models import Decision, ReadyAgent
from routing.services import assignments, dispatch, offers
from tests.routing.floor import Floor, offer_for, pending

HOT = {
    "first heads": selectors._FIRST_HEADS,
    "heads": selectors._HEADS,
    "lanes of each": selectors._LANES_OF_EACH,
    "fronts": selectors._FRONTS,
    "refused heads": selectors._REFUSED_HEADS,
    "candidates": selectors._CANDIDATES,
    "offer": dispatch._OFFER_TO_ONE[False, False],
    "recorded offer": dispatch._OFFER_TO_ONE[True, False],
    "offer to each": dispatch._OFFER_TO_EACH,
}
RUNS = 12
"""Five of a statement before it is prepared, five before PostgreSQL settles for a plan, and two."""


def plans() -> dict[str, tuple[int, int]]:
    """How often each prepared statement ran with its lasting plan, and with a plan of its own."""
    found = sql.rows("SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements")
    return {statement: (generic, custom) for statement, generic, custom in found}


@pytest.fixture
def crowded(floor) -> Floor:
    """Many wait, and many are ready for another skill: a look-up that reads them all shows."""
    other = floor.make_skill()
    for _number in range(40):
        floor.agent(skills=[(floor.skill, 5), (other, 5)])
    sql.execute("ANALYZE routing_readyagent; ANALYZE contacts_contact; ANALYZE contacts_lane")
    return floor


def test_hot_statements_are_planned_once_per_connection(floor):
    """Trap: statements that are planned at every call. Twice the CPU of a whole assignment."""
    agent = floor.agent(available=False)
    contact = floor.contact()
    before = plans()
    for _run in range(RUNS):
        selectors.first_heads(agent_id=agent.pk)
        selectors.candidates(contact_id=contact.pk)
    for part in ("WITH mine AS", "WITH place AS MATERIALIZED"):
        [(generic, custom)] = [
            now for statement, now in plans().items() if part in statement and now != before.get(statement)
        ]
        assert custom <= 5
        assert generic >= 1, "PostgreSQL plans it anew each time"


@pytest.mark.parametrize("is_recorded", [False, True])
def test_offers_are_planned_once_whether_recorded_or_not(floor, monkeypatch, is_recorded):
    """Trap: a statement that does much or little by a parameter is planned at every call, for the little."""
    monkeypatch.setattr(dispatch, "is_recorded", lambda: is_recorded)
    floor.agent(max_concurrent_sms=30)
    before = plans()
    for _run in range(RUNS):
        floor.contact()
    assert Decision.objects.count() == (RUNS if is_recorded else 0)
    [(generic, custom)] = [
        now
        for statement, now in plans().items()
        if 'INTO "routing_offer"' in statement and now != before.get(statement)
    ]
    assert custom <= 5
    assert generic >= 1, "PostgreSQL plans it anew each time"


@pytest.mark.parametrize("statement", HOT.values(), ids=HOT)
def test_no_hot_statement_calls_a_function_of_ours(db, statement):
    """Trap: functions in LANGUAGE sql are planned at every call."""
    ours = sql.rows("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
    assert ours, "else the question is wrong"
    assert [name for (name,) in ours if name in statement] == []


@pytest.mark.parametrize("statement", HOT.values(), ids=HOT)
def test_no_limit_of_a_hot_statement_is_a_parameter(statement):
    """Trap: LIMIT $n never gets a lasting plan, and looks like a cost that grows with the backlog."""
    assert not re.search(r"LIMIT\s+%", statement)


def scans_of(table: str, statement: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the executed plan that read a table."""
    found: list[dict[str, Any]] = []

    def walk(node: dict[str, Any]) -> None:
        if node.get("Relation Name") == table:
            found.append(node)
        for part in node.get("Plans", ()):
            walk(part)

    [(plan,)] = sql.rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
    walk((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"])
    return found


def test_best_agents_are_read_in_the_order_of_their_index(crowded):
    """Trap: the skill as a joined column. Every ready agent of the skill is read and sorted."""
    contact = crowded.contact(hinted=False)
    # So that a plan is chosen as for a large table.
    sql.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    scans = scans_of("routing_readyagent", selectors._CANDIDATES, {"contact": contact.pk})
    assert {scan["Index Name"] for scan in scans if scan["Actual Rows"]} == {"ready_agent_order"}
    # Those who refused it are looked up one by one: there are none.
    assert sum(scan["Actual Rows"] * scan["Actual Loops"] for scan in scans) == selectors.CANDIDATES


def test_heads_of_lanes_are_read_by_their_index_however_many_wait(floor):
    """The cost of a head: as many rows as the window, whatever waits behind."""
    agent = floor.agent(available=False)
    for _number in range(30):
        floor.contact(hinted=False)
    sql.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    statement = selectors._HEADS.format(window=4)
    scans = scans_of("contacts_contact", statement, {"agent": agent.pk, "now": database_now()})
    assert [(scan["Index Name"], scan["Actual Rows"]) for scan in scans] == [("contact_queue", 4)]


@pytest.mark.django_db(transaction=True)
def test_lane_whose_first_contacts_are_locked_is_not_empty(transactional_db):
    """Trap: a window of heads smaller than the number of dispatchers, with SKIP LOCKED. Offers are lost."""
    floor = Floor(contextlib.nullcontext)
    agent = floor.agent(available=False)
    now = database_now()
    contacts = [floor.contact(now=now - timedelta(minutes=age)) for age in range(40, 0, -1)]
    AgentState.objects.update(status="available")
    is_locked, is_done = threading.Event(), threading.Event()

    def hold_all_but_the_last() -> None:
        with transaction.atomic():
            held = [contact.pk for contact in contacts[:-1]]
            list(Contact.objects.select_for_update().filter(pk__in=held).order_by("pk"))
            is_locked.set()
            is_done.wait(30)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(hold_all_but_the_last)
        is_locked.wait(30)
        offer = dispatch.offer_next(agent_id=agent.pk)
        is_done.set()
        holder.result()
    assert offer is not None
    assert offer.contact_id == contacts[-1].pk


def test_transactions_that_do_nothing_are_ended(db):
    """Trap: a snapshot that is held open keeps dead rows alive, and every look-up reads them."""
    for name in ("idle_in_transaction_session_timeout", "statement_timeout", "lock_timeout"):
        [(milliseconds,)] = sql.rows("SELECT setting::int FROM pg_settings WHERE name = %s", [name])
        assert 0 < milliseconds <= 60_000


def writes_to_the_list() -> int:
    """Rows of the list of ready agents that this transaction has written."""
    [(count,)] = sql.rows(
        "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables "
        "WHERE relname = 'routing_readyagent'"
    )
    return int(count)


def test_list_of_ready_agents_is_written_only_when_it_changes(floor):
    """Trap: most dead rows are those of this list."""
    skills = [(floor.make_skill(), 3) for _number in range(4)]
    agent = floor.agent(skills=skills, max_concurrent_sms=2)
    before = writes_to_the_list()
    contact = floor.contact(skill=skills[0][0])
    assert writes_to_the_list() == before, "he has room for another"
    floor.do(offers.accept_offer, offer_id=pending(contact).pk, by=agent)
    # Once for each skill, since his idle time begins anew.
    assert writes_to_the_list() == before + len(skills)
    full = floor.contact(skill=skills[1][0])
    assert offer_for(full) is not None
    assert writes_to_the_list() == before + 2 * len(skills), "he leaves it"
    floor.do(assignments.end_contact, contact_id=contact.pk, by=agent)
    assert writes_to_the_list() == before + 3 * len(skills), "he is back"
    assert ReadyAgent.objects.filter(agent=agent).count() == len(skills)


def test_contact_that_all_the_best_have_refused_reaches_the_next(floor):
    """Trap: a list of candidates that is full of those who are passed over."""
    floor.set_unit(reoffer_delay_seconds=3600)
    contact = None
    for _number in range(selectors.CANDIDATES):
        floor.agent(skills=[(floor.skill, 1)])
    contact = floor.contact()
    last = floor.agent(skills=[(floor.skill, 20)])
    for _number in range(selectors.CANDIDATES):
        offer = pending(contact)
        assert offer.agent != last
        floor.do(offers.refuse_offer, offer_id=offer.pk, by=offer.agent)
    assert pending(contact).agent == last
