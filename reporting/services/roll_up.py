"""Keeps the figures in step with the log of events, beside the live traffic and never in its way.

A portion is one transaction: which contacts have new events, what they added before is taken back, what they
add now is worked out from their whole log, and the horizon moves. Killed at any moment it leaves nothing half
done, and doing a contact twice changes nothing. Why no event is missed: decision 0018.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from core import sql
from reporting.services import statements

logger = logging.getLogger(__name__)

LOCK = 0x41434403
EVENTS_AT_ONCE = 5_000
CONTACTS_AT_ONCE = 1_000
AGENTS_AT_ONCE = 20
SINCE_EVER = "2000-01-01 00:00+00"


@dataclass(frozen=True, slots=True)
class Done:
    """One portion: how many contacts were worked out, and whether more is left at this moment."""

    contacts: int
    is_more: bool


def roll_up() -> Done:
    """Do one portion of what is new, or of a rebuild. Harmless while another process does the same."""
    with transaction.atomic():
        if not _is_alone():
            return Done(0, is_more=False)
        sql.execute(statements.NOTE_RULES)
        snapshot = _snapshot()
        state = _state(snapshot)
        if state.contact_cursor is not None:
            return _rebuild_contacts(state.contact_cursor)
        if state.agent_cursor is not None:
            return _rebuild_agents(state.agent_cursor, state.rolled_until)
        return _follow(state, snapshot)


def catch_up(*, seconds: float) -> int:
    """Do portions until nothing is left or the time is over; return how many contacts were worked out."""
    over = time.monotonic() + seconds
    contacts = 0
    while True:
        done = roll_up()
        contacts += done.contacts
        if not done.is_more or time.monotonic() >= over:
            return contacts


def forget() -> None:
    """Throw the figures away, to be worked out again from the log. Rules of skills stay: they are history."""
    with transaction.atomic():
        sql.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        _start_over(_snapshot())


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Every transaction below `horizon` is over; no number from `limit` on has been given; the time then."""

    horizon: int
    limit: int
    at: datetime


@dataclass(frozen=True, slots=True)
class _State:
    horizon: int
    rolled_until: datetime
    contact_cursor: int | None
    agent_cursor: int | None


def _is_alone() -> bool:
    found = sql.row("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
    return found is not None and bool(found[0])


def _snapshot() -> _Snapshot:
    found = sql.row(statements.SNAPSHOT)
    assert found is not None
    return _Snapshot(*found)


def _state(snapshot: _Snapshot) -> _State:
    found = sql.row(statements.STATE)
    if found is not None and found[0] > snapshot.limit:
        # The numbers of this server are lower than those remembered: the database came from another one.
        logger.warning("roll_up_starts_over")
        found = None
    if found is None:
        _start_over(snapshot)
        found = sql.row(statements.STATE)
    assert found is not None
    return _State(*found)


def _start_over(snapshot: _Snapshot) -> None:
    # It may take longer than a request may.
    sql.execute("SET LOCAL statement_timeout = 0")
    for statement in statements.FORGET:
        sql.execute(statement)
    sql.execute(
        "INSERT INTO reporting_rollup (name, horizon, rolled_until, contact_cursor, agent_cursor) "
        "VALUES ('contacts', %(horizon)s, %(at)s, 0, NULL) ON CONFLICT (name) DO UPDATE SET "
        "horizon = EXCLUDED.horizon, rolled_until = EXCLUDED.rolled_until, contact_cursor = 0, "
        "agent_cursor = NULL, complete_until = NULL",
        {"horizon": snapshot.horizon, "at": snapshot.at},
    )


def _remember(**values: Any) -> None:
    columns = ", ".join(f"{name} = %({name})s" for name in values)
    sql.execute(f"UPDATE reporting_rollup SET {columns} WHERE name = 'contacts'", values)


def _follow(state: _State, snapshot: _Snapshot) -> Done:
    span: dict[str, Any] = {
        "horizon": state.horizon,
        "until": snapshot.horizon,
        "limit": EVENTS_AT_ONCE,
        "rolled_until": state.rolled_until,
    }
    found = sql.row(statements.PORTION, span)
    assert found is not None
    is_more = found[0] < snapshot.horizon
    span["until"] = found[0]
    contacts = [contact for (contact,) in sql.rows(statements.CHANGED, span)]
    touched = _work_out(contacts)
    touched += sql.rows(statements.STATES_SINCE, span)
    _work_out_time(touched, snapshot.at)
    _remember(horizon=span["until"], rolled_until=snapshot.at)
    if not is_more:
        _remember(complete_until=snapshot.at)
    return Done(len(contacts), is_more=is_more)


def _work_out(contacts: Sequence[int]) -> list[tuple[Any, ...]]:
    """Replace what these contacts added; return the agents who had one, and since when, before and now."""
    if not contacts:
        return []
    values: dict[str, Any] = {"contacts": list(contacts), "sign": -1}
    for statement in statements.ADD:
        sql.execute(statement, values)
    touched = sql.rows(statements.AGENTS_OF, values)
    for statement in statements.REMOVE:
        sql.execute(statement, values)
    _write(contacts)
    return touched + sql.rows(statements.AGENTS_OF, values)


def _write(contacts: Sequence[int]) -> None:
    values: dict[str, Any] = {"contacts": list(contacts), "sign": 1}
    sql.execute(statements.WRITE, values)
    for statement in statements.ADD:
        sql.execute(statement, values)


def _work_out_time(touched: Iterable[tuple[Any, ...]], now: datetime) -> None:
    rows = list(touched)
    if rows:
        values = {"agents": [agent for agent, _since in rows], "since": [since for _agent, since in rows]}
        sql.execute(statements.AGENT_TIME, {**values, "now": now})
        sql.execute(statements.AGENT_DAYS, {**values, "first": min(values["since"])})


def _rebuild_contacts(cursor: int) -> Done:
    """What changes meanwhile has events above the horizon, and is done again after the rebuild."""
    rows = sql.rows(
        "SELECT id FROM contacts_contact WHERE id > %s ORDER BY id LIMIT %s", [cursor, CONTACTS_AT_ONCE]
    )
    contacts = [contact for (contact,) in rows]
    if contacts:
        _write(contacts)
        _remember(contact_cursor=contacts[-1])
    else:
        _remember(contact_cursor=None, agent_cursor=0)
    return Done(len(contacts), is_more=True)


def _rebuild_agents(cursor: int, until: datetime) -> Done:
    rows = sql.rows(
        "SELECT id FROM agents_agent WHERE id > %s ORDER BY id LIMIT %s", [cursor, AGENTS_AT_ONCE]
    )
    agents = [agent for (agent,) in rows]
    _work_out_time([(agent, SINCE_EVER) for agent in agents], until)
    _remember(agent_cursor=agents[-1] if agents else None)
    return Done(0, is_more=True)
