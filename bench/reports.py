"""How soon reports over millions of texts open. Runs inside the product's shell and prints JSON.

A year of traffic is written in SQL, the figures are rolled up by the product's own job, and the pages are
asked for inside one process.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.test import Client

from agents.models import Agent, AgentState
from campaigns.models import Campaign
from contacts.models import Contact, Lane
from dispositions.models import Disposition, Tag
from organizations.models import BusinessUnit, User
from points_of_contact.models import PointOfContact
from reporting.services import roll_up
from skills.models import Skill

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "5000000"))
TEXTS_OF_CONTACT = 10
DAYS = 365
SKILLS, CAMPAIGNS, AGENTS, TAGS, DISPOSITIONS = 50, 10, 200, 20, 12
ROUNDS = 7

# A contact of the number g begins at its place in the year, between 8 and 20 o'clock. One of twelve is
# abandoned, one of ten is refused or missed once, one of three has tags. Texts are of 5,000 words, and a rare
# one.
_CONTACTS = """
CREATE UNLOGGED TABLE bench_contact AS
SELECT g AS id, 1 + g %% %(customers)s AS customer, g * 7 %% {skills} AS skill, g * 13 %% {agents} AS agent,
       g %% 12 = 5 AS is_abandoned, g %% 10 = 3 AS is_refused,
       date_trunc('day', now()) - interval '{days} days' + floor(day) * interval '1 day' + interval '8 hours'
           + (day - floor(day)) * interval '12 hours' AS at,
       5 + g * 31 %% 60 AS wait, 60 + g * 17 %% 600 AS talk
  FROM generate_series(1, %(contacts)s) g, LATERAL (SELECT g::float8 / %(contacts)s * {days} AS day) place
"""

_TRAFFIC = (
    """
INSERT INTO contacts_customer (id, business_unit_id, address, e164, name, notes, created_at, updated_at)
SELECT g, %(unit)s, (33600000000 + g)::text, '+' || (33600000000 + g)::text, '', '', now(), now()
  FROM generate_series(1, %(customers)s) g
""",
    """
INSERT INTO contacts_contact (
    id, business_unit_id, customer_id, transport_code_id, point_of_contact_id, skill_id, agent_id, media_type,
    direction, state, lane_id, queue_key, queued_at, accepted_at, ended_at, closed_at, unread, message_count,
    disposition_id, notes, created_at, updated_at)
SELECT b.id, %(unit)s, b.customer, %(number)s, %(point)s, (%(skills)s::bigint[])[1 + b.skill],
       CASE WHEN NOT is_abandoned THEN (%(agents)s::bigint[])[1 + b.agent] END, 'sms', 'inbound', 'closed',
       NULL, NULL, at, CASE WHEN NOT is_abandoned THEN at + wait * interval '1 s' END,
       at + (wait + talk) * interval '1 s', at + (wait + talk + 20) * interval '1 s', 0, {texts},
       CASE WHEN NOT is_abandoned THEN (%(dispositions)s::bigint[])[1 + b.id %% {dispositions}] END,
       '', at, at
  FROM bench_contact b
""",
    """
INSERT INTO contacts_message (
    id, contact_id, position, direction, transport_code_id, from_address, to_address, text, is_incomplete,
    encoding, segments, author_id, status, status_reason, created_at, client_ref, priority, attempts,
    send_after, ignores_opt_out)
SELECT (b.id - 1) * {texts} + p, b.id, p,
       CASE WHEN p %% 2 = 1 OR is_abandoned THEN 'inbound' ELSE 'outbound' END,
       %(number)s, '336', '447', concat_ws(' ', 'w' || b.id * p * 7 %% 4999, 'w' || b.id * 31 %% 4999,
           'w' || b.id * p * 11 %% 4999, 'w' || (b.id + p) * 13 %% 4999, 'parcel',
           CASE WHEN b.id %% 100000 = 7 THEN 'rarity' END),
       false, 'gsm7', 1,
       CASE WHEN p %% 2 = 0 AND NOT is_abandoned THEN (%(users)s::bigint[])[1 + b.agent] END,
       CASE WHEN p %% 2 = 1 OR is_abandoned THEN 'received' ELSE 'delivered' END, '',
       at + p * interval '20 s',
       CASE WHEN p %% 2 = 0 AND NOT is_abandoned
            THEN lpad(to_hex((b.id - 1) * {texts} + p), 32, '0')::uuid END, 0, 0, at, false
  FROM bench_contact b, generate_series(1, {texts}) p
""",
    """
INSERT INTO contacts_contact_tags (contact_id, tag_id)
SELECT id, (%(tags)s::bigint[])[1 + id %% {tags}] FROM bench_contact WHERE id %% 3 = 0 AND NOT is_abandoned
""",
    """
INSERT INTO contacts_contactevent (contact_id, kind, at, agent_id, by_id, data)
SELECT b.id, e.kind, b.at + e.after * interval '1 s',
       CASE WHEN e.is_agents THEN (%(agents)s::bigint[])[1 + (b.agent + e.other) %% {agents}] END,
       CASE WHEN e.kind = 'message_written' THEN (%(users)s::bigint[])[1 + b.agent] END,
       CASE WHEN e.text > 0 THEN jsonb_build_object('message', (b.id - 1) * {texts} + e.text)
            WHEN e.kind = 'queued' THEN jsonb_build_object('skill', (%(skills)s::bigint[])[1 + b.skill])
            ELSE '{{}}' END
  FROM bench_contact b
 CROSS JOIN LATERAL (
    VALUES (true, 'opened', 0::bigint, false, 0, 0), (true, 'message_received', 0, false, 1, 0),
           (true, 'queued', 0, false, 0, 0), (is_refused, 'offered', 1, true, 0, 7),
           (is_refused, CASE b.id %% 20 WHEN 3 THEN 'offer_refused' ELSE 'offer_expired' END, 4, true, 0, 7),
           (NOT is_abandoned, 'offered', 4, true, 0, 0), (NOT is_abandoned, 'accepted', wait, true, 0, 0)
    UNION ALL
    SELECT true, CASE WHEN p %% 2 = 1 OR is_abandoned THEN 'message_received' ELSE 'message_written' END,
           wait + CASE WHEN is_abandoned THEN 0 ELSE p * 4 END, false, p, 0
      FROM generate_series(2, {texts}) p
    UNION ALL
    VALUES (NOT is_abandoned, 'ended', wait + talk, true, 0, 0),
           (true, 'closed', CASE WHEN is_abandoned THEN wait ELSE wait + talk + 20 END, false, 0, 0)
 ) AS e(is_there, kind, after, is_agents, text, other)
 WHERE e.is_there
""",
    """
INSERT INTO agents_agentstatechange (agent_id, status, reason, since, until)
SELECT a, CASE p %% 2 WHEN 1 THEN 'available' ELSE 'unavailable' END,
       CASE p WHEN 2 THEN 'Break' WHEN 4 THEN 'Lunch' WHEN 6 THEN 'Training' ELSE '' END,
       day + (7 + 2 * p) * interval '1 hour', day + (9 + 2 * p) * interval '1 hour'
  FROM unnest(%(agents)s::bigint[]) a,
       generate_series(date_trunc('day', now()) - interval '{days} days', now(), '1 day') day,
       generate_series(0, 7) p
""",
)

_FILLED = ("contacts_message", "contacts_contactevent", "contacts_contact", "contacts_contact_tags")


def fill(unit: BusinessUnit) -> float:
    """A year of traffic; returns how many seconds that took."""
    began = time.monotonic()
    campaigns = Campaign.objects.bulk_create(
        Campaign(business_unit=unit, name=f"Campaign {number}") for number in range(CAMPAIGNS)
    )
    skills = Skill.objects.bulk_create(
        Skill(business_unit=unit, name=f"skill-{number}", campaign=campaigns[number % CAMPAIGNS])
        for number in range(SKILLS)
    )
    users = User.objects.bulk_create(
        User(username=f"bench{number}", first_name="Ann", last_name=f"Agent {number}", business_unit=unit)
        for number in range(AGENTS)
    )
    agents = Agent.objects.bulk_create(Agent(user=user, business_unit=unit) for user in users)
    AgentState.objects.bulk_create(AgentState(agent=agent, limit=3, slots=3) for agent in agents)
    Lane.objects.bulk_create(
        Lane(skill=skill, acceleration_milli=1000, max_priority_milli=1_000_000) for skill in skills
    )
    tags = Tag.objects.bulk_create(Tag(business_unit=unit, name=f"tag {number}") for number in range(TAGS))
    dispositions = Disposition.objects.bulk_create(
        Disposition(business_unit=unit, name=f"outcome {number}") for number in range(DISPOSITIONS)
    )
    point = PointOfContact.objects.filter(business_unit=unit).order_by("pk")[0]
    contacts = MESSAGES // TEXTS_OF_CONTACT
    values: dict[str, Any] = {
        "unit": unit.pk,
        "contacts": contacts,
        "customers": max(1, contacts // 4),
        "number": point.transport_code_id,
        "point": point.pk,
        **{
            name: [row.pk for row in rows]
            for name, rows in (
                ("skills", skills),
                ("agents", agents),
                ("users", users),
                ("tags", tags),
                ("dispositions", dispositions),
            )
        },
    }
    counts = {
        "skills": SKILLS,
        "agents": AGENTS,
        "tags": TAGS,
        "dispositions": DISPOSITIONS,
        "days": DAYS,
        "texts": TEXTS_OF_CONTACT,
    }
    with connection.cursor() as cursor:
        # Rows are right as they are made: without looking up each reference it takes a third of the time.
        cursor.execute("SET statement_timeout = 0; SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
        cursor.execute("ALTER SYSTEM SET max_wal_size = '16GB'")
        cursor.execute("SELECT pg_reload_conf()")
        definitions = _drop_indexes(cursor)
        for statement in (_CONTACTS, *_TRAFFIC):
            began_statement = time.monotonic()
            cursor.execute(statement.format(**counts), values)
            print(f"{time.monotonic() - began_statement:.0f} s", file=sys.stderr, flush=True)
        for definition in definitions:
            cursor.execute(definition)
        for table in ("contacts_contact", "contacts_message", "contacts_customer"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        cursor.execute("DROP TABLE bench_contact")
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
    return time.monotonic() - began


def _drop_indexes(cursor: Any) -> list[str]:
    """Of the tables that are filled, those that are no constraints; returns how to make them again."""
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "WHERE i.indrelid = ANY(%s::regclass[]) "
        "AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [list(_FILLED)],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f"DROP INDEX {name}")
    return [definition for _name, definition in found]


def _year() -> dict[str, str]:
    today = date.today()  # noqa: DTZ011 - any day near enough
    return {
        "period": "chosen",
        "from": (today - timedelta(days=DAYS)).isoformat(),
        "to": (today + timedelta(days=1)).isoformat(),
    }


def pages() -> list[tuple[str, str, dict[str, str]]]:
    """Each report over the whole year, and the history by everything it is searched by."""
    year, history = _year(), "/reports/contacts/"
    middle = Contact.objects.order_by("-pk")[MESSAGES // TEXTS_OF_CONTACT // 2]
    return [
        ("service level by skill", "/reports/service-level/", year),
        ("service level by campaign", "/reports/service-level/", {**year, "by": "campaign"}),
        ("service level by day", "/reports/service-level/", {**year, "by": "day"}),
        ("service level by hour of the day", "/reports/service-level/", {**year, "by": "hour_of_day"}),
        (
            "service level of one skill by month",
            "/reports/service-level/",
            {**year, "by": "month", "skill": "skill-7"},
        ),
        ("volumes by day", "/reports/volumes/", year),
        ("volumes by hour, 30 days", "/reports/volumes/", {"period": "last_30_days", "by": "hour"}),
        ("agent activity", "/reports/agents/", year),
        ("agent activity by day", "/reports/agents/", {**year, "by": "day"}),
        ("dispositions and tags", "/reports/outcomes/", year),
        ("history", history, year),
        (
            "history, from its middle",
            history,
            {**year, "older": f"{middle.created_at.isoformat()}_{middle.pk}"},
        ),
        ("history by number", history, {**year, "number": "33600012345"}),
        ("history by the end of a number", history, {**year, "number": "2345"}),
        ("history by a word of every text", history, {**year, "text": "parcel"}),
        ("history by a rare word", history, {**year, "text": "rarity"}),
        ("history by words that are never together", history, {**year, "text": "rarity w1 w2 w3"}),
        (
            "history by agent, skill and tag",
            history,
            {**year, "agent": "bench7", "skill": "skill-9", "tag": "tag 1"},
        ),
        (
            "history by disposition and campaign",
            history,
            {**year, "disposition": "outcome 3", "campaign": "Campaign 3"},
        ),
        ("history of the abandoned", history, {**year, "outcome": "abandoned"}),
        ("one contact's life", f"{history}{middle.pk}/", {}),
    ]


def measure() -> list[dict[str, Any]]:
    """For each page the milliseconds of every round."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username="admin"))
    return [_measured(client, *page) for page in pages()]


def _measured(client: Client, name: str, address: str, query: dict[str, str]) -> dict[str, Any]:
    took = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        answer = client.get(address, query)
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, (name, answer.status_code)
    low, middle, high = statistics.quantiles(took, n=4)
    print(f"{name}: {middle:.0f} ms, first {took[0]:.0f} ms", file=sys.stderr, flush=True)
    return {"name": name, "first": took[0], "median": middle, "quartiles": [low, high]}


def _rolled_up() -> tuple[float, float]:
    """Seconds of the rebuild, and of following a thousand contacts with new events."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    began = time.monotonic()
    roll_up.forget()
    roll_up.catch_up(seconds=3600)
    rebuilt = time.monotonic() - began
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(
            "INSERT INTO contacts_contactevent (contact_id, kind, data) "
            "SELECT id, 'message_status', '{}' FROM contacts_contact ORDER BY id DESC LIMIT 1000"
        )
    began = time.monotonic()
    followed = roll_up.catch_up(seconds=600)
    assert followed == 1000
    return rebuilt, time.monotonic() - began


def main() -> None:
    filled = fill(BusinessUnit.objects.get(name="Demo"))
    print(f"filled in {filled:.1f} s", file=sys.stderr, flush=True)
    rebuilt, followed = _rolled_up()
    print(f"rebuilt in {rebuilt:.1f} s, followed in {followed:.2f} s", file=sys.stderr, flush=True)
    result = {
        "filled": filled,
        "rebuilt": rebuilt,
        "followed": followed,
        "pages": measure(),
        "texts": MESSAGES,
    }
    sys.stdout.write(json.dumps(result))
