"""Reads from the log what a plan replays: contacts, agents' hours, how they answered offers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils.translation import gettext as _

from agents.models import Agent, AgentSkill, AgentState
from core import sql
from core.errors import RuleBroken
from organizations.models import BusinessUnit
from reporting.services.statements import STAYS
from reporting.services.statements import milliseconds as in_milliseconds
from routing.matching import MS_PER_MINUTE, Profile, milliseconds
from routing.services.offers import REFUSED
from simulation.replay import Ended, Record, Reply, Visit
from skills.models import Skill

LONGEST_DAYS = 8
MOST_CONTACTS = 100_000
MOST_AGENTS = 500
LEAD = timedelta(hours=3)
"""Read before the period, so that it begins with the queues and the agents' contacts that there were."""
AFTER = timedelta(hours=3)
"""Read behind it, so that who came at its end is answered."""
LONGEST_LIFE = timedelta(days=30)
SHORT_ABSENCE = timedelta(minutes=30)
"""Who was Refused for longer had left his desk."""
COOL_DOWNS = ("accept", "refusal", "miss", "contact")
CONTACTS_AT_ONCE = 2_000
HIGHEST_MILLI = 1_000_000

# What the roll-up knows of the contacts. Of their stays in queues those that are no return.
_CONTACTS = """
SELECT contact_id FROM reporting_contactline
 WHERE business_unit_id = %(unit)s AND opened_at >= %(lead)s - %(life)s AND opened_at < %(until)s
   AND (closed_at IS NULL OR closed_at >= %(lead)s)
 ORDER BY opened_at, contact_id LIMIT %(most)s
"""
_VISITS = f"""
WITH {STAYS}, place AS (
    SELECT DISTINCT ON (contact_id, at) contact_id, at, (data->>'lane')::bigint AS lane_id
      FROM log WHERE kind = 'queued' ORDER BY contact_id, at, id DESC
)
SELECT v.skill_id, v.queued_at, v.left_at, v.next_kind, v.is_return,
       COALESCE(v.in_time, false), COALESCE(v.is_short, false),
       {in_milliseconds("s.free_at - s.began_at")},
       l.acceleration_milli, l.max_priority_milli, l.target_agent_id,
       CASE WHEN c.lane_id = l.id
             AND row_number() OVER (PARTITION BY v.contact_id ORDER BY v.queued_at DESC) = 1
            THEN c.queue_key END,
       c.queued_at,
       CASE WHEN row_number() OVER (PARTITION BY v.contact_id ORDER BY v.queued_at) = 1
            THEN c.customer_id END
  FROM visit v
  JOIN contacts_contact c ON c.id = v.contact_id
  LEFT JOIN stint s ON s.contact_id = v.contact_id AND s.began_at = v.left_at AND s.kind = 'accepted'
  LEFT JOIN place p ON p.contact_id = v.contact_id AND p.at = v.queued_at
  LEFT JOIN contacts_lane l ON l.id = p.lane_id
 WHERE v.queued_at >= %(lead)s AND v.queued_at < %(until)s
"""
_REPLIES = f"""
SELECT state, {in_milliseconds("settled_at - offered_at")} FROM routing_offer
 WHERE contact_id = ANY(%(contacts)s) AND state IN ('accepted', 'refused', 'expired')
   AND offered_at >= %(lead)s AND offered_at < %(until)s
"""
# Whoever had the latest contact before what is read that anybody had.
_LAST_AGENTS = """
SELECT DISTINCT ON (c.customer_id) c.customer_id, c.agent_id
  FROM contacts_contact c
 WHERE c.customer_id = ANY(%(customers)s) AND c.agent_id IS NOT NULL AND c.created_at < %(lead)s
 ORDER BY c.customer_id, c.id DESC
"""
_STARTED = """
SELECT count(*) FROM reporting_contactline
 WHERE business_unit_id = %(unit)s AND opened_at >= %(begin)s AND opened_at < %(end)s
   AND direction = 'outbound'
"""

_REPLIED = {"accepted": Reply.ACCEPTED, "refused": Reply.REFUSED, "expired": Reply.EXPIRED}
_ENDED = {"accepted": Ended.ANSWERED, "closed": Ended.ABANDONED, "queued": Ended.MOVED}
Progress = Callable[[float], None]
"""Told the share that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days of a business unit, both included; `read_at`: what has happened since is left out."""

    unit: BusinessUnit
    first: date
    last: date
    read_at: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.unit.time_zone)

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time.min, self.zone)

    @property
    def end(self) -> datetime:
        """Not included."""
        end = datetime.combine(self.last + timedelta(days=1), time.min, self.zone)
        return max(self.begin, min(end, self.read_at))

    @property
    def lead(self) -> datetime:
        return self.begin - LEAD

    @property
    def until(self) -> datetime:
        return max(self.end, min(self.end + AFTER, self.read_at))

    def ms(self, moment: datetime) -> int:
        """Whole milliseconds of the record's clock."""
        return milliseconds(moment) - milliseconds(self.lead)


@dataclass(frozen=True, slots=True)
class Past:
    """The record, with what it is about: skills by their numbers in it; what it leaves out."""

    record: Record
    skills: Sequence[int]
    own_profiles: Mapping[int, Profile]
    """The priority that most contacts of a skill had."""
    for_one: int
    returned: int
    started: int


def read(period: Period, progress: Progress, *, skills: Sequence[int] | None = None) -> Past:
    """Of these `skills` only, if given. Raises RuleBroken when there is nothing to replay, or too much."""
    values: dict[str, Any] = {
        "unit": period.unit.pk,
        "lead": period.lead,
        "begin": period.begin,
        "end": period.end,
        "until": period.until,
        "life": LONGEST_LIFE,
        "most": MOST_CONTACTS + 1,
    }
    contacts = [contact for (contact,) in sql.rows(_CONTACTS, values)]
    if len(contacts) > MOST_CONTACTS:
        sentence = _("These are more than %(most)s contacts. Choose fewer days.")
        raise RuleBroken(sentence % {"most": f"{MOST_CONTACTS:,}"})
    rows: list[tuple[Any, ...]] = []
    replies: list[tuple[Reply, int]] = []
    last_agents: dict[int, str] = {}
    for place, some in enumerate(_portions(contacts)):
        found_visits = sql.rows(_VISITS, values | {"contacts": some})
        rows += found_visits
        found = sql.rows(_REPLIES, values | {"contacts": some})
        replies += [(_REPLIED[state], max(0, after_ms)) for state, after_ms in found]
        customers = [row[13] for row in found_visits if row[13] is not None]
        known = sql.rows(_LAST_AGENTS, values | {"customers": customers})
        last_agents |= {customer: str(agent) for customer, agent in known}
        progress(min(1.0, (place + 1) * CONTACTS_AT_ONCE / len(contacts)))
    visits = [row for row in rows if not row[4] and (skills is None or row[0] in skills)]
    if not any(period.begin <= row[1] < period.end for row in visits):
        raise RuleBroken(_("No contact entered a queue on these days. Choose others."))
    if all(row[7] is None for row in visits):
        raise RuleBroken(_("No contact that agents finished entered a queue on these days. Choose others."))
    if skills is None:
        skills = sorted({row[0] for row in visits} | _served(period))
    own = _own_profiles(visits, skills)
    numbers = {skill: number for number, skill in enumerate(skills)}
    started = sql.row(_STARTED, values)
    return Past(
        record=Record(
            visits=[_visit(row, period, numbers, own) for row in sorted(visits, key=lambda row: row[1])],
            replies=replies,
            start_ms=period.ms(period.begin),
            end_ms=period.ms(period.end),
            until_ms=period.ms(period.until),
            last_agents=last_agents,
        ),
        skills=skills,
        own_profiles=own,
        for_one=sum(row[10] is not None for row in visits),
        returned=len(rows) - len(visits),
        started=0 if started is None else started[0],
    )


def _portions(contacts: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(contacts), CONTACTS_AT_ONCE):
        yield contacts[first : first + CONTACTS_AT_ONCE]


def _served(period: Period) -> set[int]:
    """Active skills that somebody of the business unit serves."""
    return set(
        Skill.objects.filter(
            business_unit=period.unit, is_active=True, direction=Skill.Direction.INBOUND
        ).values_list("pk", flat=True)
    )


def _profile(row: tuple[Any, ...]) -> tuple[int | None, int, int] | None:
    """Initial priority, where it is known, acceleration and maximum with which it was queued."""
    acceleration, maximum, key, queued_at = row[8], row[9], row[11], row[12]
    if acceleration is None:
        return None
    if key is None:
        return None, acceleration, maximum
    initial = (key + acceleration * milliseconds(queued_at)) // MS_PER_MINUTE
    # A supervisor may have moved it to where no initial priority would put it.
    return (initial if 0 <= initial <= HIGHEST_MILLI else None), acceleration, maximum


def _own_profiles(visits: Sequence[tuple[Any, ...]], skills: Sequence[int]) -> dict[int, Profile]:
    counted: dict[int, Counter[Profile]] = defaultdict(Counter)
    for row in visits:
        found = _profile(row)
        if found is not None and found[0] is not None:
            counted[row[0]][Profile(found[0], found[1], found[2])] += 1
    now = {skill.pk: Profile(*skill.priority_milli) for skill in Skill.objects.filter(pk__in=skills)}
    usual = {skill: profiles.most_common(1)[0][0] for skill, profiles in counted.items()}
    # A skill that nobody waited for may have been deleted since.
    return {skill: profile for skill in skills if (profile := usual.get(skill, now.get(skill))) is not None}


def _visit(
    row: tuple[Any, ...], period: Period, numbers: Mapping[int, int], own: Mapping[int, Profile]
) -> Visit:
    skill, queued_at, left_at, next_kind, _is_return, in_time, is_short, handle_ms, *_place, customer = row
    is_over = left_at is not None and left_at <= period.until
    ended = _ENDED[next_kind] if is_over and next_kind in _ENDED else Ended.WAITING
    queued_ms = period.ms(queued_at)
    usual, found = own[skill], _profile(row)
    profile = None
    if found is not None:
        initial = usual.initial_milli if found[0] is None else found[0]
        profile = Profile(initial, found[1], found[2])
    return Visit(
        skill=numbers[skill],
        queued_ms=queued_ms,
        waited_ms=max(0, period.ms(left_at if is_over else period.until) - queued_ms),
        ended=ended,
        handle_ms=handle_ms,
        profile=None if profile == usual else profile,
        is_in_time=in_time and ended is Ended.ANSWERED,
        is_short=is_short and ended is Ended.ABANDONED,
        customer=customer,
    )


# -- Agents ---------------


def shifts(period: Period, agents: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """When each of these was at work, in milliseconds of the record's clock.

    He was while he was available, and while he was Refused and came back by himself within SHORT_ABSENCE:
    without the policy he would have been available. The replay decides anew when he is Refused.
    """
    found: dict[int, list[tuple[int, int]]] = {agent: [] for agent in agents}
    for agent, since, until, _is_refused in _presence(period, agents):
        begins = period.ms(max(since, period.lead))
        ends = period.ms(min(until or period.until, period.until))
        spans = found[agent]
        if spans and spans[-1][1] == begins:
            spans[-1] = (spans[-1][0], ends)
        elif ends > begins:
            spans.append((begins, ends))
    return found


def usual_absence(period: Period) -> int | None:
    """How long agents of the business unit stayed Refused before they came back, in seconds: the median."""
    agents = list(Agent.objects.filter(business_unit=period.unit).values_list("pk", flat=True))
    away = sorted(
        (until - since).total_seconds()
        for _agent, since, until, is_refused in _presence(period, agents)
        if is_refused and until is not None
    )
    return max(1, round(away[len(away) // 2])) if away else None


_PRESENCE = """
SELECT agent_id, since, until, status <> 'available'
  FROM (SELECT c.*, lead(c.status) OVER (PARTITION BY c.agent_id ORDER BY c.since) AS next_status
          FROM agents_agentstatechange c
         WHERE c.agent_id = ANY(%(agents)s) AND c.since < %(until)s
           AND (c.until IS NULL OR c.until > %(lead)s)) spans
 WHERE status = 'available'
    OR (reason = %(refused)s AND next_status = 'available' AND until - since <= %(short)s)
 ORDER BY agent_id, since
"""


def _presence(period: Period, agents: Sequence[int]) -> list[tuple[Any, ...]]:
    """Spans in which agents were at work: who, since, until (None: still), whether he was Refused."""
    values = {
        "agents": list(agents),
        "until": period.until,
        "lead": period.lead,
        "refused": REFUSED,
        "short": SHORT_ABSENCE,
    }
    return sql.rows(_PRESENCE, values)


@dataclass(frozen=True, slots=True)
class Staff:
    """Agents who are alike: who, what they serve, their limits; `hours` in the order of the agents."""

    agents: Sequence[int]
    names: Sequence[str]
    hours: Sequence[float]
    skills: Mapping[int, int]
    sessions: int
    timeout: int
    cool_downs: Mapping[str, int]
    """Seconds, by COOL_DOWNS."""


def staff(period: Period, skills: Sequence[int]) -> list[Staff]:
    """Who was available in the period, alike by alike, those who were there longest first.

    What they serve and their limits are those of now. Raises RuleBroken for nobody, or too many.
    """
    unit = Agent.objects.filter(business_unit=period.unit)
    there = shifts(period, list(unit.order_by("pk").values_list("pk", flat=True)))
    hours = {agent: _hours(spans, period) for agent, spans in there.items()}
    present = [agent for agent, number in hours.items() if number > 0]
    if not present:
        raise RuleBroken(_("No agent was available on these days. Choose others."))
    if len(present) > MOST_AGENTS:
        sentence = _("These are more than %(most)s agents: too many to replay.")
        raise RuleBroken(sentence % {"most": MOST_AGENTS})
    served: dict[int, dict[int, int]] = defaultdict(dict)
    links = AgentSkill.objects.filter(agent__in=present, skill__in=skills)
    for agent, skill, proficiency in links.values_list("agent", "skill", "proficiency"):
        served[agent][skill] = proficiency
    limits = {
        agent: (name, *values)
        for agent, name, *values in AgentState.objects.filter(agent__in=present)
        .annotate(username=F("agent__user__username"))
        .values_list(
            "agent",
            "username",
            "limit",
            "refusal_timeout_seconds",
            *(f"cool_down_after_{event}_seconds" for event in COOL_DOWNS),
        )
    }
    alike: dict[Any, list[int]] = defaultdict(list)
    for agent in present:
        _name, *values = limits[agent]
        alike[tuple(sorted(served[agent].items())), *values].append(agent)
    groups = []
    for (skills_of, limit, timeout, *cool_downs), agents in alike.items():
        ordered = sorted(agents, key=lambda agent: (-hours[agent], limits[agent][0]))
        groups.append(
            Staff(
                agents=ordered,
                names=[limits[agent][0] for agent in ordered],
                hours=[round(hours[agent], 2) for agent in ordered],
                skills=dict(skills_of),
                sessions=limit,
                timeout=timeout,
                cool_downs=dict(zip(COOL_DOWNS, cool_downs, strict=True)),
            )
        )
    return sorted(groups, key=lambda group: (-sum(group.hours), group.names[0]))


def _hours(spans: Sequence[tuple[int, int]], period: Period) -> float:
    """Inside the period, without what is read before and behind it."""
    begin, end = period.ms(period.begin), period.ms(period.end)
    return sum(max(0, min(to, end) - max(since, begin)) for since, to in spans) / 3_600_000
