"""What the board of a business unit reads, at a cost that does not grow with the backlog."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agents.models import Agent
from contacts.models import Contact
from core import sql
from organizations.models import BusinessUnit
from reporting.kinds.service_level import Level, levels_since
from routing.matching import Waiting, in_order, milliseconds
from supervisor.models import SkillThresholds

COUNTED = 10_000
"""Of a lane: a board that shows “10,000+” says enough, and costs the same for a million."""

LISTED = 50
"""Contacts of each lane that are listed one by one."""

MOST_AGENTS = 2_000

_SKILLS = """
SELECT s.id, s.name, s.direction, s.service_level_threshold_seconds AS threshold,
       s.service_level_goal_percent AS goal,
       COALESCE(t.oldest_wait_seconds, 2 * s.service_level_threshold_seconds) AS wait_limit,
       t.waiting AS waiting_limit,
       COALESCE(t.service_level_percent, s.service_level_goal_percent) AS level_limit
  FROM skills_skill s LEFT JOIN supervisor_skillthresholds t ON t.skill_id = s.id
 WHERE s.business_unit_id = %s AND s.is_active
 ORDER BY s.id
"""

_WAITING = f"""
SELECT l.skill_id, sum(w.number), min(w.oldest), bool_or(w.number > {COUNTED})
  FROM skills_skill s
  JOIN contacts_lane l ON l.skill_id = s.id
 CROSS JOIN LATERAL (
    SELECT count(*) AS number, min(queued_at) AS oldest
      FROM (SELECT c.queued_at FROM contacts_contact c
             WHERE c.lane_id = l.id AND c.state = 'queued' LIMIT {COUNTED + 1}) first) w
 WHERE s.business_unit_id = %s AND w.number > 0
 GROUP BY l.skill_id
"""

_HEADS = f"""
SELECT h.id, l.skill_id, h.queue_key, l.acceleration_milli, l.max_priority_milli, h.queued_at,
       l.target_agent_id, COALESCE(NULLIF(u.e164, ''), u.address), u.name, h.last_inbound_at, h.message_count
  FROM skills_skill s
  JOIN contacts_lane l ON l.skill_id = s.id
 CROSS JOIN LATERAL (
    SELECT c.* FROM contacts_contact c
     WHERE c.lane_id = l.id AND c.state = 'queued'
     ORDER BY c.queue_key DESC, c.queued_at, c.id LIMIT {LISTED}) h
  JOIN contacts_customer u ON u.id = h.customer_id
 WHERE s.business_unit_id = %s
"""

# By the agents: only what is before somebody or with somebody, whatever has been closed.
_OPEN = """
SELECT c.id, c.skill_id, c.state, a.id AS agent_id, c.queued_at, c.accepted_at, c.acw_until,
       COALESCE(NULLIF(u.e164, ''), u.address) AS customer, u.name AS customer_name, c.last_inbound_at,
       c.last_outbound_at, c.unread, c.message_count, o.expires_at
  FROM agents_agent a
 CROSS JOIN LATERAL (
    SELECT contact_id, expires_at FROM routing_offer WHERE agent_id = a.id AND state = 'pending'
     UNION ALL
    SELECT id, NULL FROM contacts_contact
     WHERE agent_id = a.id AND state IN ('active', 'after_contact_work')) o
  JOIN contacts_contact c ON c.id = o.contact_id
  JOIN contacts_customer u ON u.id = c.customer_id
 WHERE a.business_unit_id = %s
 ORDER BY c.id
"""

_OFFERED = """
SELECT c.skill_id, min(c.queued_at)
  FROM routing_offer o
  JOIN agents_agent a ON a.id = o.agent_id
  JOIN contacts_contact c ON c.id = o.contact_id
 WHERE o.state = 'pending' AND a.business_unit_id = %s
 GROUP BY c.skill_id
"""

_AGENTS = f"""
SELECT a.id, u.username, COALESCE(NULLIF(trim(u.first_name || ' ' || u.last_name), ''), u.username) AS name,
       a.team_id, t.name AS team, s.status, s.reason, s.since, s.next_reason, s.load, s."limit", s.idle_since,
       s.vanished_at IS NOT NULL AS is_gone, s.cooling_until IS NOT NULL AS is_cooling,
       ARRAY(SELECT k.skill_id FROM agents_agentskill k WHERE k.agent_id = a.id ORDER BY k.skill_id) AS skills
  FROM agents_agent a
  JOIN organizations_user u ON u.id = a.user_id
  JOIN agents_agentstate s ON s.agent_id = a.id
  LEFT JOIN agents_team t ON t.id = a.team_id
 WHERE a.business_unit_id = %s AND a.is_active
 ORDER BY a.id
 LIMIT {MOST_AGENTS}
"""

_ALERTS = """
SELECT id, kind, subject_id, subject, value, threshold, raised_at
  FROM supervisor_alert
 WHERE business_unit_id = %s AND cleared_at IS NULL
 ORDER BY id
"""


def skills_of(unit_id: int) -> list[dict[str, Any]]:
    """The active skills with what turns their tiles."""
    return sql.dictionaries(_SKILLS, [unit_id])


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for a skill: how many (of each lane at most `COUNTED`), and the one that waits longest."""

    waiting: int
    oldest_at: datetime | None
    is_cut: bool


def queues_of(unit_id: int) -> dict[int, Queue]:
    """By skill; those for which nobody waits are left out."""
    rows = sql.rows(_WAITING, [unit_id])
    return {skill_id: Queue(int(number), oldest, cut) for skill_id, number, oldest, cut in rows}


def heads_of(unit_id: int, now: datetime) -> list[dict[str, Any]]:
    """The first contacts of each lane, each with its place in the queue of its skill."""
    by_skill: dict[int, list[tuple[Waiting, dict[str, Any]]]] = defaultdict(list)
    for row in sql.rows(_HEADS, [unit_id]):
        pk, skill_id, key, acceleration, maximum, queued_at, target, customer, name, inbound, count = row
        place = Waiting(pk, key, acceleration, maximum, milliseconds(queued_at))
        by_skill[skill_id].append(
            (
                place,
                {
                    "id": pk,
                    "skill": skill_id,
                    "state": Contact.State.QUEUED.value,
                    "agent": target,
                    "customer": customer,
                    "customer_name": name,
                    "queued_at": queued_at,
                    "last_inbound_at": inbound,
                    "message_count": count,
                },
            )
        )
    now_ms, found = milliseconds(now), []
    for waiting in by_skill.values():
        rows = {place.contact_id: row for place, row in waiting}
        order = in_order((place for place, _row in waiting), now_ms)
        found += [rows[one.contact_id] | {"place": number} for number, one in enumerate(order, start=1)]
    return found


def oldest_offered_of(unit_id: int) -> dict[int, datetime]:
    """By skill: since when the customer waits whose contact is before an agent at this moment."""
    return dict(sql.rows(_OFFERED, [unit_id]))


def open_contacts_of(unit_id: int) -> list[dict[str, Any]]:
    """What is before an agent, with one, or in his after-contact work."""
    return sql.dictionaries(_OPEN, [unit_id])


def agents_of(unit_id: int) -> list[dict[str, Any]]:
    """The active agents as they are now."""
    return sql.dictionaries(_AGENTS, [unit_id])


def alerts_of(unit_id: int) -> list[dict[str, Any]]:
    """What is beyond its threshold."""
    return sql.dictionaries(_ALERTS, [unit_id])


def start_of_day(unit: BusinessUnit, now: datetime) -> datetime:
    """The last midnight in the time zone of the business unit."""
    return now.astimezone(ZoneInfo(unit.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def today_of(unit: BusinessUnit, now: datetime) -> dict[int, Level]:
    """By skill: the service level of the contacts queued since midnight, as the report of today has it."""
    return levels_since(unit_id=unit.pk, since=start_of_day(unit, now))


# The first condition is that of the index `offer_missed`, which would not be used without it.
_MISSED = """
SELECT a.id, COALESCE(NULLIF(trim(u.first_name || ' ' || u.last_name), ''), u.username), count(*)
  FROM routing_offer o
  JOIN agents_agent a ON a.id = o.agent_id
  JOIN organizations_user u ON u.id = a.user_id
 WHERE o.state IN ('refused', 'expired') AND o.state = 'expired' AND o.settled_at > %s
   AND a.business_unit_id = %s
 GROUP BY a.id, u.id
"""


def missed_of(unit_id: int, since: datetime) -> list[tuple[int, str, int]]:
    """Agents who let offers expire since then: id, name, how many."""
    return [(agent_id, name, number) for agent_id, name, number in sql.rows(_MISSED, [since, unit_id])]


PROVIDER_SAMPLE, PROVIDER_WINDOW, PROVIDER_LEAST = 50, timedelta(minutes=15), 5

_SENT = f"""
SELECT r.id, COALESCE(NULLIF(r.name, ''), r.transport_code), count(*),
       count(*) FILTER (WHERE m.status IN ('failed', 'unknown'))
  FROM sms_registrations_smsregistration r
 CROSS JOIN LATERAL (
    SELECT status, created_at FROM contacts_message
     WHERE transport_code_id = r.id AND direction = 'outbound' ORDER BY id DESC LIMIT {PROVIDER_SAMPLE}) m
 WHERE r.business_unit_id = %s AND r.is_active AND m.created_at > %s
   AND m.status NOT IN ('queued', 'sending')
 GROUP BY r.id
"""


def failures_of(unit_id: int, now: datetime) -> list[tuple[int, str, int, int]]:
    """Numbers that sent lately: id, name, how many texts were tried, how many of them failed."""
    rows = sql.rows(_SENT, [unit_id, now - PROVIDER_WINDOW])
    return [(pk, name, tried, failed) for pk, name, tried, failed in rows]


_REFUSALS = """
SELECT a.id, COALESCE(NULLIF(trim(u.first_name || ' ' || u.last_name), ''), u.username) AS name,
       extract(hour FROM o.settled_at AT TIME ZONE %(zone)s)::int AS hour,
       count(*) FILTER (WHERE o.state = 'refused') AS refused,
       count(*) FILTER (WHERE o.state = 'expired') AS missed
  FROM routing_offer o
  JOIN agents_agent a ON a.id = o.agent_id
  JOIN organizations_user u ON u.id = a.user_id
 WHERE o.state IN ('refused', 'expired') AND o.settled_at >= %(since)s AND a.business_unit_id = %(unit)s
 GROUP BY a.id, u.id, hour
 ORDER BY name, a.id, hour
"""


def refusals_of(unit: BusinessUnit, *, since: datetime) -> list[dict[str, Any]]:
    """How often each agent refused an offer or let it expire, by hour of the day (0 to 23) of the unit."""
    return sql.dictionaries(_REFUSALS, {"zone": unit.time_zone, "since": since, "unit": unit.pk})


def usernames_of(agent_ids: Iterable[int]) -> dict[int, str]:
    """By the ids of agents."""
    found = Agent.objects.filter(pk__in=set(agent_ids)).values_list("pk", "user__username")
    return dict(found)


def thresholds_of(unit: BusinessUnit) -> dict[int, SkillThresholds]:
    """What was set for the skills of a business unit."""
    return {one.skill_id: one for one in SkillThresholds.objects.filter(skill__business_unit=unit)}
