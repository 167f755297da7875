"""What the roll-up computes, in SQL: from the log of events to shares, and from shares to figures.

All statements are about some contacts, `%(contacts)s`, or some agents. What they write depends on the log
alone, so that doing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from reporting.models import AGENT_MEASURES, LONGEST_PATH, MEASURES

ORIGIN = "timestamptz '2000-01-01 00:00+00'"
LONGEST_WORDS = 200_000
"""Characters of a contact that can be searched for; the database indexes at most a megabyte."""


def slot_of(moment: str) -> str:
    return f"date_bin('15 minutes', {moment}, {ORIGIN})"


def milliseconds(duration: str) -> str:
    return f"(extract(epoch FROM {duration}) * 1000)::bigint"


# -- Rules ---------------

# Noted whenever they differ from what was noted last. The first rule of a skill holds since ever.
NOTE_RULES = """
INSERT INTO reporting_skillrule (
    skill_id, since, threshold_seconds, short_abandon_enabled, short_abandon_seconds)
SELECT s.id, CASE WHEN r.id IS NULL THEN timestamptz '2000-01-01 00:00+00' ELSE clock_timestamp() END,
       s.service_level_threshold_seconds, s.short_abandon_enabled, s.short_abandon_threshold_seconds
  FROM skills_skill s
  LEFT JOIN LATERAL (
    SELECT * FROM reporting_skillrule r WHERE r.skill_id = s.id ORDER BY since DESC LIMIT 1) r ON true
 WHERE (r.threshold_seconds, r.short_abandon_enabled, r.short_abandon_seconds) IS DISTINCT FROM
       (s.service_level_threshold_seconds, s.short_abandon_enabled, s.short_abandon_threshold_seconds)
"""

# -- From the log to what one contact adds ---------------

# `skill_id` of an event is the skill that the contact was in; before the first queue it is that queue's.
# A supervisor who takes a contact over has accepted it, and whoever had it is done with it.
_LOG = """
placed AS (
    SELECT e.id, e.contact_id, e.kind, e.at, e.agent_id, e.by_id, e.data,
           CASE WHEN e.kind IN ('queued', 'started') THEN (e.data->>'skill')::bigint END AS enters,
           count(*) FILTER (WHERE e.kind IN ('queued', 'started')) OVER w AS place
      FROM contacts_contactevent e
     WHERE e.contact_id = ANY(%(contacts)s)
    WINDOW w AS (PARTITION BY e.contact_id ORDER BY e.id)
), log AS (
    SELECT p.id, p.contact_id, CASE p.kind WHEN 'taken_over' THEN 'accepted' ELSE p.kind END AS kind,
           p.at, p.agent_id, p.by_id, p.data,
           COALESCE(
               first_value(p.enters) OVER (PARTITION BY p.contact_id, p.place ORDER BY p.id),
               first_value(p.enters) OVER (PARTITION BY p.contact_id ORDER BY p.enters IS NULL, p.id),
               c.skill_id) AS skill_id
      FROM placed p JOIN contacts_contact c ON c.id = p.contact_id
)"""

# A stay in a queue, and how it ended. Who is queued again because his agent is gone comes back to the same
# stay: he was answered once already.
_VISITS = """
visit AS (
    SELECT v.contact_id, v.skill_id, v.at AS queued_at, v.next_at AS left_at, v.next_agent AS agent_id,
           v.is_return, v.next_kind,
           v.next_kind = 'accepted'
               AND v.next_at - v.at <= make_interval(secs => r.threshold_seconds) AS in_time,
           r.short_abandon_enabled
               AND v.next_at - v.at <= make_interval(secs => r.short_abandon_seconds) AS is_short
      FROM (
        SELECT contact_id, skill_id, at, kind, lead(kind) OVER w AS next_kind, lead(at) OVER w AS next_at,
               lead(agent_id) OVER w AS next_agent,
               kind = 'requeued' OR COALESCE(lag(kind) OVER w = 'requeued', false) AS is_return
          FROM log WHERE kind IN ('queued', 'requeued', 'accepted', 'started', 'closed')
        WINDOW w AS (PARTITION BY contact_id ORDER BY id)) v
      LEFT JOIN LATERAL (
        SELECT * FROM reporting_skillrule r WHERE r.skill_id = v.skill_id AND r.since <= v.at
         ORDER BY r.since DESC LIMIT 1) r ON true
     WHERE v.kind = 'queued' OR (v.kind = 'requeued' AND v.next_kind IS DISTINCT FROM 'queued')
)"""

# From accepting to ending, and the after-contact work behind it.
_STINTS = """
stint AS (
    SELECT contact_id, skill_id, agent_id, kind, at AS began_at, end_kind, end_at,
           CASE WHEN end_kind = 'ended' THEN CASE WHEN close_kind = 'closed' THEN close_at END
                ELSE end_at END AS free_at
      FROM (
        SELECT contact_id, skill_id, agent_id, kind, at,
               lead(kind) OVER w AS end_kind, lead(at) OVER w AS end_at,
               lead(kind, 2) OVER w AS close_kind, lead(at, 2) OVER w AS close_at
          FROM log WHERE kind IN ('accepted', 'started', 'ended', 'transferred', 'requeued', 'closed')
        WINDOW w AS (PARTITION BY contact_id ORDER BY id)) s
     WHERE kind IN ('accepted', 'started')
)"""

STAYS = f"{_LOG}, {_VISITS}, {_STINTS}"
"""The common table expressions `log`, `visit` and `stint` of some contacts, `%(contacts)s`."""

_COUNTED = f"""
counted AS (
    SELECT contact_id, queued_at AS at, skill_id, agent_id, m.measure, m.amount
      FROM (SELECT contact_id, queued_at, skill_id, left_at, next_kind, is_return, in_time, is_short,
                   CASE WHEN next_kind = 'accepted' THEN agent_id END AS agent_id,
                   {milliseconds("left_at - queued_at")} AS ms
              FROM visit) v
     CROSS JOIN LATERAL (VALUES
        (CASE WHEN is_return THEN 'returned' ELSE 'queued' END, 1::bigint),
        (CASE WHEN NOT is_return AND next_kind = 'queued' THEN 'moved' END, 1),
        (CASE WHEN NOT is_return AND next_kind = 'accepted' THEN 'answered' END, 1),
        (CASE WHEN NOT is_return AND next_kind = 'accepted' THEN 'wait_ms' END, ms),
        (CASE WHEN NOT is_return AND in_time THEN 'in_time' END, 1),
        (CASE WHEN NOT is_return AND next_kind = 'closed' THEN 'abandoned' END, 1),
        (CASE WHEN NOT is_return AND next_kind = 'closed' THEN 'abandon_ms' END, ms),
        (CASE WHEN NOT is_return AND next_kind = 'closed' AND is_short THEN 'short_abandoned' END, 1)
     ) AS m(measure, amount)
    UNION ALL
    SELECT contact_id, began_at, skill_id, agent_id, kind, 1 FROM stint
    UNION ALL
    SELECT contact_id, end_at, skill_id, agent_id, m.measure, m.amount
      FROM stint
     CROSS JOIN LATERAL (VALUES
        ('handled', 1::bigint),
        ('talk_ms', {milliseconds("end_at - began_at")}),
        ('acw_ms', {milliseconds("COALESCE(free_at, end_at) - end_at")}),
        (CASE WHEN end_kind = 'transferred' THEN 'transferred' END, 1)
     ) AS m(measure, amount)
     WHERE end_at IS NOT NULL
    UNION ALL
    SELECT contact_id, at, skill_id, agent_id,
           CASE kind WHEN 'offered' THEN 'offered' WHEN 'offer_refused' THEN 'refused'
                     WHEN 'offer_expired' THEN 'missed' ELSE 'withdrawn' END, 1
      FROM log WHERE kind IN ('offered', 'offer_refused', 'offer_expired', 'offer_withdrawn')
    UNION ALL
    SELECT log.contact_id, log.at, log.skill_id, a.id, t.measure, t.amount
      FROM log
      JOIN contacts_message m ON m.id = (log.data->>'message')::bigint
      LEFT JOIN agents_agent a ON a.user_id = log.by_id
     CROSS JOIN LATERAL (VALUES
        (CASE m.direction WHEN 'inbound' THEN 'texts_in' ELSE 'texts_out' END, 1::bigint),
        (CASE WHEN m.direction = 'outbound' THEN 'segments_out' END, m.segments),
        (CASE WHEN m.status = 'failed' THEN 'texts_failed' END, 1)
     ) AS t(measure, amount)
     WHERE log.kind IN ('message_received', 'message_written')
)"""

_SUMS = ",\n           ".join(
    f"COALESCE(sum(amount) FILTER (WHERE measure = '{name}'), 0) AS {name}" for name in MEASURES
)

WORDS = "reporting_words({text})"
"""A function of the database: how texts, and what is searched for, are taken apart."""

_OUTCOME = """CASE WHEN h.agent_id IS NOT NULL THEN 'answered' WHEN c.state <> 'closed' THEN 'open'
            WHEN v.is_abandoned THEN 'abandoned' ELSE 'script' END"""

# The last step lasts until an agent accepts or the contact closes.
_ON_STEP = (
    "GREATEST(COALESCE(step.next_at, LEAST(c.accepted_at, c.closed_at), step.at) - step.at, interval '0')"
)

# Everything about some contacts of which nothing is there: shares, stints, lines.
WRITE = f"""
WITH {STAYS}, {_COUNTED}, shares AS (
    INSERT INTO reporting_contactshare (contact_id, slot, skill_id, agent_id, {", ".join(MEASURES)})
    SELECT contact_id, {slot_of("at")}, skill_id, agent_id,
           {_SUMS}
      FROM counted WHERE measure IS NOT NULL
     GROUP BY contact_id, {slot_of("at")}, skill_id, agent_id
), stints AS (
    INSERT INTO reporting_stint (contact_id, agent_id, began_at, free_at)
    SELECT contact_id, agent_id, began_at, COALESCE(free_at, 'infinity') FROM stint
     WHERE free_at IS NULL OR free_at > began_at
), visits AS (
    SELECT contact_id, sum({milliseconds("left_at - queued_at")}) AS wait_ms,
           bool_or(next_kind = 'accepted') AS is_answered, bool_or(next_kind = 'closed') AS is_abandoned
      FROM visit GROUP BY contact_id
), hands AS (
    SELECT contact_id, sum({milliseconds("COALESCE(free_at, end_at) - began_at")}) AS handle_ms,
           array_agg(DISTINCT agent_id) AS agent_ids,
           (array_agg(agent_id ORDER BY began_at DESC))[1] AS agent_id
      FROM stint GROUP BY contact_id
), skills AS (
    SELECT contact_id, array_agg(DISTINCT skill_id) AS skill_ids FROM log GROUP BY contact_id
), texts AS (
    SELECT contact_id, count(*) FILTER (WHERE direction = 'inbound') AS texts_in,
           count(*) FILTER (WHERE direction = 'outbound') AS texts_out,
           string_agg(text, ' ' ORDER BY position) AS text
      FROM contacts_message WHERE contact_id = ANY(%(contacts)s) GROUP BY contact_id
), step AS (
    SELECT t.contact_id, t.position, t.action_id, t.branch, t.at,
           lead(t.at) OVER (PARTITION BY t.contact_id ORDER BY t.position) AS next_at
      FROM contacts_tracestep t WHERE t.contact_id = ANY(%(contacts)s)
), paths AS (
    INSERT INTO reporting_contactpath (
        contact_id, point_of_contact_id, slot, outcome, actions, branches, ms)
    SELECT c.id, p.id, {slot_of("min(step.at)")}, {_OUTCOME},
           (array_agg(step.action_id ORDER BY step.position))[:{LONGEST_PATH}],
           (array_agg(step.branch ORDER BY step.position))[:{LONGEST_PATH}],
           (array_agg({milliseconds(_ON_STEP)} ORDER BY step.position))[:{LONGEST_PATH}]
      FROM step
      JOIN contacts_contact c ON c.id = step.contact_id
      JOIN points_of_contact_pointofcontact p
        ON p.id = c.point_of_contact_id AND p.ivr_reporting_enabled
      LEFT JOIN visits v ON v.contact_id = c.id
      LEFT JOIN hands h ON h.contact_id = c.id
     GROUP BY c.id, p.id, h.agent_id, v.is_abandoned
), tags AS (
    SELECT contact_id, array_agg(tag_id ORDER BY tag_id) AS tag_ids
      FROM contacts_contact_tags WHERE contact_id = ANY(%(contacts)s) GROUP BY contact_id
)
INSERT INTO reporting_contactline (
    contact_id, business_unit_id, customer_id, point_of_contact_id, skill_id, agent_id, disposition_id,
    direction, outcome, opened_at, closed_at, wait_ms, handle_ms, texts_in, texts_out,
    skill_ids, agent_ids, tag_ids, words)
SELECT c.id, c.business_unit_id, c.customer_id, c.point_of_contact_id, c.skill_id, h.agent_id,
       c.disposition_id, c.direction,
       {_OUTCOME},
       c.created_at, c.closed_at, v.wait_ms, COALESCE(h.handle_ms, 0), COALESCE(t.texts_in, 0),
       COALESCE(t.texts_out, 0), COALESCE(s.skill_ids, ARRAY[c.skill_id]),
       COALESCE(h.agent_ids, ARRAY[]::bigint[]),
       COALESCE(g.tag_ids, ARRAY[]::bigint[]),
       {WORDS.format(text=f"left(concat_ws(' ', u.name, c.notes, t.text), {LONGEST_WORDS})")}
  FROM contacts_contact c
  JOIN contacts_customer u ON u.id = c.customer_id
  LEFT JOIN visits v ON v.contact_id = c.id
  LEFT JOIN hands h ON h.contact_id = c.id
  LEFT JOIN skills s ON s.contact_id = c.id
  LEFT JOIN texts t ON t.contact_id = c.id
  LEFT JOIN tags g ON g.contact_id = c.id
 WHERE c.id = ANY(%(contacts)s)
"""

REMOVE = (
    "DELETE FROM reporting_contactshare WHERE contact_id = ANY(%(contacts)s)",
    "DELETE FROM reporting_stint WHERE contact_id = ANY(%(contacts)s)",
    "DELETE FROM reporting_contactline WHERE contact_id = ANY(%(contacts)s)",
    "DELETE FROM reporting_contactpath WHERE contact_id = ANY(%(contacts)s)",
)

# -- From shares to figures ---------------


def _added(table: str, key: str, measures: Sequence[str], condition: str = "true") -> str:
    sums = ", ".join(f"%(sign)s * sum({name})" for name in measures)
    more = ", ".join(f"{name} = t.{name} + EXCLUDED.{name}" for name in measures)
    some = " OR ".join(f"sum({name}) <> 0" for name in measures)
    return f"""
INSERT INTO {table} AS t (slot, {key}, {", ".join(measures)})
SELECT slot, {key}, {sums} FROM reporting_contactshare
 WHERE contact_id = ANY(%(contacts)s) AND {condition}
 GROUP BY slot, {key} HAVING {some}
    ON CONFLICT (slot, {key}) DO UPDATE SET {more}
"""


# `sign` is 1 for what the contacts add, and -1 to take back what they added before.
ADD = (
    _added("reporting_skillinterval", "skill_id", MEASURES),
    _added("reporting_agentinterval", "agent_id", AGENT_MEASURES, "agent_id IS NOT NULL"),
    f"""
INSERT INTO reporting_outcomeinterval AS t (
    slot, skill_id, agent_id, disposition_id, tag_id, contacts, handle_ms)
SELECT {slot_of("closed_at")}, skill_id, agent_id, mark.disposition_id, mark.tag_id,
       %(sign)s * count(*), %(sign)s * sum(handle_ms)
  FROM reporting_contactline
 CROSS JOIN LATERAL (
    SELECT disposition_id, NULL::bigint AS tag_id UNION ALL SELECT NULL, unnest(tag_ids)) mark
 WHERE contact_id = ANY(%(contacts)s) AND closed_at IS NOT NULL
 GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (slot, skill_id, agent_id, disposition_id, tag_id)
    DO UPDATE SET contacts = t.contacts + EXCLUDED.contacts, handle_ms = t.handle_ms + EXCLUDED.handle_ms
""",
    """
INSERT INTO reporting_pathinterval AS t (
    slot, point_of_contact_id, position, action, branch, target, contacts, ms)
SELECT p.slot, p.point_of_contact_id, s.place, s.action, s.branch,
       COALESCE(p.actions[s.place + 1], '=' || p.outcome), %(sign)s * count(*), %(sign)s * sum(s.ms)
  FROM reporting_contactpath p
 CROSS JOIN LATERAL unnest(p.actions, p.branches, p.ms) WITH ORDINALITY AS s(action, branch, ms, place)
 WHERE p.contact_id = ANY(%(contacts)s)
 GROUP BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (point_of_contact_id, slot, position, action, branch, target)
    DO UPDATE SET contacts = t.contacts + EXCLUDED.contacts, ms = t.ms + EXCLUDED.ms
""",
)

# -- Agents' time ---------------


def _quick(duration: str) -> str:
    return f"date_part('epoch', {duration}) * 1000"


def _union(condition: str) -> str:
    """The milliseconds of several pieces; what overlaps counts once. Slow: only where there are several."""
    ranges = f"SELECT range_agg(tstzrange(p.a, p.b)) FROM unnest(a, b, busy) AS p(a, b, busy) {condition}"
    return f"""COALESCE(
           (SELECT sum({_quick("upper(r) - lower(r)")}) FROM unnest(({ranges})) r), 0)"""


# Whose time and days to work out anew, and since when: whoever had to do with one of these contacts.
AGENTS_OF = """
SELECT agent_id, min(slot) FROM reporting_contactshare
 WHERE contact_id = ANY(%(contacts)s) AND agent_id IS NOT NULL GROUP BY agent_id
"""

# Whose state changed, and who goes on being available or busy.
STATES_SINCE = """
SELECT agent_id, LEAST(min(since), %(rolled_until)s) FROM agents_agentstatechange
 WHERE written_in >= %(horizon)s AND written_in < %(until)s GROUP BY agent_id
UNION ALL
SELECT agent_id, %(rolled_until)s::timestamptz FROM agents_agentstatechange
 WHERE until IS NULL AND status = 'available'
UNION ALL
SELECT DISTINCT agent_id, %(rolled_until)s::timestamptz FROM reporting_stint WHERE free_at = 'infinity'
"""

# Spans are cut into quarters of an hour. What has no span any more becomes nought.
AGENT_TIME = f"""
WITH dirty AS (
    SELECT agent_id, {slot_of("min(since)")} AS since
      FROM unnest(%(agents)s::bigint[], %(since)s::timestamptz[]) AS given(agent_id, since) GROUP BY agent_id
), span AS (
    SELECT s.agent_id, d.since, s.began_at AS a, LEAST(s.free_at, %(now)s) AS b, true AS is_busy
      FROM dirty d JOIN reporting_stint s ON s.agent_id = d.agent_id AND s.free_at > d.since
    UNION ALL
    SELECT s.agent_id, d.since, s.since, LEAST(COALESCE(s.until, %(now)s), %(now)s), false
      FROM dirty d
      JOIN agents_agentstatechange s ON s.agent_id = d.agent_id AND s.status = 'available'
       AND COALESCE(s.until, 'infinity') > d.since
), piece AS (
    SELECT agent_id, slot, is_busy, GREATEST(a, slot) AS a, LEAST(b, slot + interval '15 minutes') AS b
      FROM span
     CROSS JOIN LATERAL generate_series({slot_of("GREATEST(a, since)")}, b, interval '15 minutes') AS slot
     WHERE b > GREATEST(a, since) AND b > slot
    UNION ALL
    SELECT i.agent_id, i.slot, false, i.slot, i.slot
      FROM dirty d
      JOIN reporting_agentinterval i ON i.agent_id = d.agent_id AND i.slot >= d.since
     WHERE i.staffed_ms > 0
), together AS (
    SELECT agent_id, slot, count(*) AS pieces, bool_or(is_busy) AS is_busy, max(b) - min(a) AS whole,
           array_agg(a) AS a, array_agg(b) AS b, array_agg(is_busy) AS busy
      FROM piece GROUP BY agent_id, slot
)
INSERT INTO reporting_agentinterval AS t (slot, agent_id, occupied_ms, staffed_ms)
SELECT slot, agent_id,
       CASE WHEN NOT is_busy THEN 0 WHEN pieces = 1 THEN {_quick("whole")} ELSE {_union("WHERE p.busy")} END,
       CASE WHEN pieces = 1 THEN {_quick("whole")} ELSE {_union("")} END
  FROM together
    ON CONFLICT (slot, agent_id)
    DO UPDATE SET occupied_ms = EXCLUDED.occupied_ms, staffed_ms = EXCLUDED.staffed_ms
 WHERE (t.occupied_ms, t.staffed_ms) IS DISTINCT FROM (EXCLUDED.occupied_ms, EXCLUDED.staffed_ms)
"""

_OF_DAY = ("occupied_ms", "staffed_ms", *AGENT_MEASURES)

# `first` is the earliest of the moments: one look at the end of the table serves all agents.
AGENT_DAYS = f"""
WITH dirty AS (
    SELECT a.id AS agent_id, b.time_zone AS zone,
           date_trunc('day', min(given.since) AT TIME ZONE b.time_zone) AT TIME ZONE b.time_zone AS since
      FROM unnest(%(agents)s::bigint[], %(since)s::timestamptz[]) AS given(agent_id, since)
      JOIN agents_agent a ON a.id = given.agent_id
      JOIN organizations_businessunit b ON b.id = a.business_unit_id
     GROUP BY a.id, b.time_zone
)
INSERT INTO reporting_agentday AS t (day, agent_id, {", ".join(_OF_DAY)})
SELECT (i.slot AT TIME ZONE d.zone)::date, i.agent_id, {", ".join(f"sum(i.{name})" for name in _OF_DAY)}
  FROM dirty d
  JOIN reporting_agentinterval i ON i.agent_id = d.agent_id AND i.slot >= d.since
 WHERE i.slot >= %(first)s::timestamptz - interval '2 days'
 GROUP BY 1, 2
    ON CONFLICT (day, agent_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _OF_DAY)}
"""

# -- Finding what to do ---------------

STATE = """
SELECT horizon, rolled_until, contact_cursor, agent_cursor FROM reporting_rollup
 WHERE name = 'contacts' FOR NO KEY UPDATE
"""

# The two are read together, so everything that was committed by then is below the horizon.
SNAPSHOT = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
       clock_timestamp()
"""

# No transaction is done in part: the last of a full portion is left for the next, unless it is all.
PORTION = """
SELECT CASE WHEN count(*) < %(limit)s THEN %(until)s ELSE GREATEST(max(written_in), min(written_in) + 1) END
  FROM (SELECT written_in FROM contacts_contactevent
         WHERE written_in >= %(horizon)s AND written_in < %(until)s
         ORDER BY written_in LIMIT %(limit)s) portion
"""

CHANGED = """
SELECT contact_id FROM contacts_contactevent WHERE written_in >= %(horizon)s AND written_in < %(until)s
 UNION
SELECT contact_id FROM contacts_tracestep WHERE written_in >= %(horizon)s AND written_in < %(until)s
"""

FORGET = tuple(
    f"DELETE FROM reporting_{table}"
    for table in (
        "contactshare",
        "stint",
        "contactline",
        "skillinterval",
        "agentinterval",
        "agentday",
        "outcomeinterval",
        "contactpath",
        "pathinterval",
    )
)
