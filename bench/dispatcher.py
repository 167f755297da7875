"""A contestant of `bench.assignment`: inside the product's shell, a batch for each line it is sent."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from psycopg import sql as psycopg_sql

from agents.models import Agent, AgentState
from contacts.models import Contact, Customer, Lane
from core import sql
from organizations.models import User
from routing.services import dispatch
from skills.models import Skill

SESSIONS = 3

# -- Filling a database ---------------

_FILL = """
INSERT INTO organizations_user (username, password, first_name, last_name, email, is_staff, is_active,
                                is_superuser, date_joined, business_unit_id, language)
SELECT 'bench' || g, '', '', '', '', false, true, false, now(), %(unit)s, 'en'
  FROM generate_series(1, %(agents)s) g;
INSERT INTO agents_agent (user_id, business_unit_id, is_active, created_at, updated_at)
SELECT id, %(unit)s, true, now(), now() FROM organizations_user WHERE username LIKE 'bench%%';
INSERT INTO agents_agentstate (agent_id, status, reason, since, load, "limit", slots, refusal_timeout_seconds,
                               idle_since)
SELECT id, 'available', '', now(), 0, %(sessions)s, %(sessions)s, 300, now() - id * interval '1 ms'
  FROM agents_agent WHERE user_id IN (SELECT id FROM organizations_user WHERE username LIKE 'bench%%');
INSERT INTO skills_skill (name, business_unit_id, media_type, direction, campaign_id, notes, use_screen_pops,
    screen_pop_url, screen_pop_trigger, initial_priority, acceleration, max_priority,
    service_level_threshold_seconds, service_level_goal_percent, short_abandon_enabled,
    short_abandon_threshold_seconds, require_disposition, after_contact_work_seconds, is_active, created_at,
    updated_at)
SELECT 'bench-' || g, %(unit)s, 'sms', 'inbound', %(campaign)s, '', false, '', 'answer', 0, 1, 1000, 30, 80,
       false, 15, false, 0, true, now(), now() FROM generate_series(1, %(skills)s) g;
CREATE TABLE bench_skill AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM skills_skill
 WHERE name LIKE 'bench-%%';
CREATE TABLE bench_agent AS SELECT row_number() OVER (ORDER BY agent_id) - 1 AS n, agent_id AS id
  FROM agents_agentstate WHERE "limit" = %(sessions)s AND refusal_timeout_seconds = 300;
INSERT INTO agents_agentskill (agent_id, skill_id, proficiency)
SELECT DISTINCT ON (a.id, s.id) a.id, s.id, 1 + (a.n * 7 + k * 3) %% 20
  FROM bench_agent a CROSS JOIN generate_series(0, %(each)s - 1) k
  JOIN bench_skill s ON s.n = (a.n * 13 + k * 41) %% %(skills)s;
INSERT INTO contacts_lane (
    skill_id, acceleration_milli, max_priority_milli, high_proficiency, low_proficiency)
SELECT id, 1000 + 500 * l, 1000000, 1, 20 FROM bench_skill, generate_series(0, 2) l;
CREATE TABLE bench_lane AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id, skill_id, acceleration_milli
  FROM contacts_lane WHERE skill_id IN (SELECT id FROM bench_skill);
INSERT INTO contacts_customer (business_unit_id, address, e164, name, notes, created_at, updated_at)
SELECT %(unit)s, (33600000000 + g)::text, '', '', '', now(), now() FROM generate_series(1, %(contacts)s) g;
CREATE TABLE bench_customer AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM contacts_customer
 WHERE address LIKE '336%%';
INSERT INTO contacts_contact (business_unit_id, customer_id, transport_code_id, point_of_contact_id, skill_id,
    media_type, direction, state, lane_id, queue_key, queued_at, unread, message_count, notes, created_at,
    updated_at)
SELECT %(unit)s, c.id, %(number)s, %(point)s, l.skill_id, 'sms', 'inbound', 'queued', l.id,
       -l.acceleration_milli * (extract(epoch FROM at - timestamptz '2024-01-01 00:00+00') * 1000)::bigint,
       at, 0, 0, '', at, at
  FROM bench_customer c JOIN bench_lane l ON l.n = c.n * 7919 %% %(lanes)s
 CROSS JOIN LATERAL (
    SELECT date_trunc('milliseconds', now()) - (%(contacts)s - c.n) * interval '20 ms' AS at) t;
INSERT INTO routing_readyagent (agent_id, skill_id, proficiency, idle_since)
SELECT k.agent_id, k.skill_id, k.proficiency, s.idle_since FROM agents_agentskill k
  JOIN agents_agentstate s ON s.agent_id = k.agent_id JOIN bench_agent b ON b.id = k.agent_id;
CREATE TABLE bench_job (id bigserial PRIMARY KEY, enqueued_at timestamptz NOT NULL, state smallint NOT NULL);
INSERT INTO bench_job (enqueued_at, state) SELECT now() - g * interval '20 ms', 0
  FROM generate_series(1, %(jobs)s) g;
CREATE INDEX bench_job_waiting ON bench_job (enqueued_at, id) WHERE state = 0;
ALTER TABLE bench_job SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02)
"""


def fill() -> None:
    """Make the agents, skills and waiting contacts that BENCH_FILL says. Rows are right as they are made."""
    kind = json.loads(os.environ["BENCH_FILL"])
    (unit, campaign), (point, number) = _known()
    contacts = kind["backlog"] or 2_000
    values = {
        "unit": unit,
        "campaign": campaign,
        "point": point,
        "number": number,
        "agents": kind["agents"],
        "skills": kind["skills"],
        "each": min(5, kind["skills"]),
        "lanes": 3 * kind["skills"],
        "contacts": contacts,
        "jobs": contacts,
        # Of few agents too: each contact of a batch must find one.
        "sessions": SESSIONS,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off; SET maintenance_work_mem = '256MB'")
        for model in (User, Agent, AgentState, Skill, Lane, Customer, Contact):
            _set_defaults(cursor, model)
        for statement in _FILL.split(";\n"):
            cursor.execute(statement, values)
        if kind.get("ready"):
            # Contacts come one by one: until then they are nowhere.
            cursor.execute("UPDATE contacts_contact SET state = 'pre_queue' WHERE state = 'queued'")
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")


def _set_defaults(cursor: CursorWrapper, model: type[Model]) -> None:
    """Columns that the statements above do not name get what the model would give them."""
    for column in model._meta.concrete_fields:
        default = column.get_default()
        if column.column and column.has_default() and isinstance(default, str | int | Decimal):
            cursor.execute(
                psycopg_sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}").format(
                    psycopg_sql.Identifier(model._meta.db_table),
                    psycopg_sql.Identifier(column.column),
                    psycopg_sql.Literal(str(default)),
                )
            )


def _known() -> tuple[tuple[int, int], tuple[int, int]]:
    unit = sql.row(
        "SELECT b.id, c.id FROM organizations_businessunit b "
        "JOIN campaigns_campaign c ON c.business_unit_id = b.id ORDER BY 1, 2"
    )
    point = sql.row("SELECT id, transport_code_id FROM points_of_contact_pointofcontact ORDER BY id")
    assert unit is not None
    assert point is not None
    return (unit[0], unit[1]), (point[0], point[1])


# -- Work ---------------


class _OfConnection:
    """Work that Django's connection does."""

    def __init__(self) -> None:
        backend = sql.row("SELECT pg_backend_pid()")
        assert backend is not None
        self.server_pid: int = backend[0]


class Offers(_OfConnection):
    """`offer_next` for one agent after the other; afterwards everything is put back."""

    def __init__(self) -> None:
        super().__init__()
        self.agents = [agent for (agent,) in sql.rows("SELECT id FROM bench_agent ORDER BY id")]
        # Several at once take agents of their own.
        self.place = os.getpid() * 7919 % len(self.agents)
        self.begun = 0

    def prepare(self, number: int) -> list[Callable[[], object]]:
        taken = [self.agents[(self.place + step) % len(self.agents)] for step in range(number)]
        self.place += number
        return [lambda agent=agent: dispatch.offer_next(agent_id=agent) for agent in taken]  # type: ignore[misc]  # bound now

    def run(self, works: list[Callable[[], object]]) -> int:
        return sum(work() is not None for work in works)

    def tidy(self) -> None:
        """The offers become history, and their contacts wait anew behind all the others."""
        with transaction.atomic():
            sql.execute("SET LOCAL statement_timeout = 0")
            sql.execute(_UNDO)


_UNDO = """
WITH over AS (
    UPDATE routing_offer SET state = 'withdrawn', settled_at = clock_timestamp(), reason = 'bench'
     WHERE state = 'pending' RETURNING id, contact_id, agent_id
), freed AS (
    UPDATE agents_agentstate s SET load = s.load - n, slots = GREATEST("limit", s.load - n)
      FROM (SELECT agent_id, count(*) AS n FROM over GROUP BY agent_id) o WHERE s.agent_id = o.agent_id
), back AS (
    INSERT INTO routing_readyagent (agent_id, skill_id, proficiency, idle_since)
    SELECT k.agent_id, k.skill_id, k.proficiency, s.idle_since
      FROM agents_agentskill k JOIN agents_agentstate s ON s.agent_id = k.agent_id
     WHERE k.agent_id IN (SELECT agent_id FROM over)
    ON CONFLICT DO NOTHING
)
UPDATE contacts_contact c
   SET state = 'queued', updated_at = now(), queued_at = t.at,
       queue_key = -l.acceleration_milli
           * (extract(epoch FROM t.at - timestamptz '2024-01-01 00:00+00') * 1000)::bigint
  FROM over, contacts_lane l, (SELECT date_trunc('milliseconds', clock_timestamp()) AS at) t
 WHERE c.id = over.contact_id AND l.id = c.lane_id
"""


class BatchedOffers(Offers):
    """To many agents in one transaction, as the product does when many are free at once."""

    def prepare(self, number: int) -> list[Callable[[], object]]:
        taken = [self.agents[(self.place + step) % len(self.agents)] for step in range(number)]
        self.place += number
        return [
            partial(dispatch.offer_to_each, agent_ids=taken[first : first + dispatch.TOGETHER])
            for first in range(0, number, dispatch.TOGETHER)
        ]

    def run(self, works: list[Callable[[], Any]]) -> int:
        return sum(len(seats) for seats, _left in (work() for work in works))


_ARRIVE = """
UPDATE contacts_contact SET state = 'queued', queued_at = date_trunc('milliseconds', clock_timestamp())
 WHERE id IN (SELECT id FROM contacts_contact WHERE state = 'pre_queue' ORDER BY id LIMIT %s)
RETURNING id
"""


class Contacts(Offers):
    """A contact that begins to wait is offered to the best of many who are ready."""

    def prepare(self, number: int) -> list[Callable[[], object]]:
        found = sql.rows(_ARRIVE, [number])
        return [lambda one=one: self._dispatch(one) for (one,) in found]  # type: ignore[misc]  # bound now

    def _dispatch(self, contact_id: int) -> object:
        dispatch.dispatch_contact(contact_id=contact_id)
        return contact_id

    def tidy(self) -> None:
        if sql.row("SELECT 1 FROM contacts_contact WHERE state = 'queued'") is not None:
            raise SystemExit("a contact has found no agent: finding none costs less")
        super().tidy()
        sql.execute("UPDATE contacts_contact SET state = 'pre_queue' WHERE state = 'queued'")


class Bare(_OfConnection):
    """The bare SKIP LOCKED dequeue, one per commit."""

    claim = (
        "UPDATE bench_job SET state = 1 WHERE id = (SELECT id FROM bench_job WHERE state = 0 "
        "ORDER BY enqueued_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id"
    )

    def prepare(self, number: int) -> list[Callable[[], object]]:
        return [self.take] * number

    def take(self) -> object:
        return sql.row(self.claim)

    def run(self, works: list[Callable[[], object]]) -> int:
        return sum(work() is not None for work in works)

    def tidy(self) -> None:
        sql.execute("UPDATE bench_job SET state = 0, enqueued_at = clock_timestamp() WHERE state = 1")


class BareWithoutWaiting(Bare):
    """The same with a commit that does not wait for the disk, as the product's offers."""

    claim = f"{Bare.claim}, {sql.WITHOUT_WAITING_FOR_THE_DISK}"


WORKS: Mapping[str, type[Offers] | type[Bare]] = {
    "offer": Offers,
    "offer_batched": BatchedOffers,
    "contact": Contacts,
    "bare": Bare,
    "bare_async": BareWithoutWaiting,
}


def _cpu_of(pid: int) -> float:
    """CPU of a process in seconds, to the nanosecond."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def main() -> None:
    """A line with a number in, a line of JSON out, until the input ends."""
    name = os.environ["BENCH_WORK"]
    serve(name, WORKS[name]())


def serve(name: str, work: Any) -> None:
    """Do a batch for each number that is read. Of `work` only `run` is counted, with its server's process."""
    for line in sys.stdin:
        number = int(line)
        works = work.prepare(number)
        cpu, server, began = time.process_time(), _cpu_of(work.server_pid), time.perf_counter()
        done = work.run(works)
        wall = time.perf_counter() - began
        spent, served = time.process_time() - cpu, _cpu_of(work.server_pid) - server
        work.tidy()
        if done < number:
            sys.stderr.write(f"{name}: {done} of {number} assigned\n")
        each = 1e6 / max(done, 1)
        answer = {"wall": wall * each, "cpu": spent * each, "server_cpu": served * each, "done": done}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
