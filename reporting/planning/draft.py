"""The configuration that a plan tries: how it is kept, read from a form, and made into a floor of agents.

The base is what was, kept with the plan; a draft is a document of the same form with other values. Both are
JSON: points of priority, seconds and percent, skills by their keys as texts.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.errors import RuleBroken
from organizations.models import MOST_MISSES, BusinessUnit
from reporting.planning.past import COOL_DOWNS, MOST_AGENTS, Past, Period, Staff, shifts
from routing.matching import Profile, milli
from simulation.engine import AgentPolicy, SkillPolicy
from simulation.replay import Floor, Queue, Worker
from skills.models import Skill
from skills.priority import service_level_milli

Document = dict[str, Any]

NEW_GROUPS = 3
MOST_ADDED = 200
SKILL_FIELDS = ("initial", "acceleration", "maximum", "threshold", "goal", "returning", "overflow_after")
COOL_DOWN_FIELDS = tuple(f"cool_{event}" for event in COOL_DOWNS)
ORDERS = ("priority", "service_level")
USUAL_AWAY = 300
"""Seconds, where nobody was Refused and came back."""
RANGES = {
    "initial": (0, 1000),
    "acceleration": (0, 1000),
    "maximum": (0, 1000),
    "threshold": (1, 86_400),
    "goal": (1, 100),
    "sessions": (0, 30),
    "timeout": (15, 300),
    "returning": (0, 3600),
    "overflow_after": (1, 86_400),
    "misses": (1, MOST_MISSES),
    "away": (1, 86_400),
    **dict.fromkeys(COOL_DOWN_FIELDS, (0, 600)),
}
FRACTIONS = {"initial", "acceleration", "maximum"}


def base_of(past: Past, groups: Sequence[Staff], unit: BusinessUnit, away: int | None) -> Document:
    """What was: the priorities that contacts had, and the rules, limits, policies and skills of now.

    `away` is how long agents were Refused before they came back, in seconds; None: nobody did, so that what
    the policy did is in their hours.
    """
    rows = {skill.pk: skill for skill in Skill.objects.filter(pk__in=past.skills)}
    return {
        "misses": unit.misses_before_refused if unit.refused_after_miss and away else None,
        "refused_after_refusal": unit.refused_after_refusal and away is not None,
        "away": away or USUAL_AWAY,
        "skills": [_skill(rows[skill], past.own_profiles[skill]) for skill in past.skills],
        "groups": [
            {
                "agents": list(group.agents),
                "names": list(group.names),
                "hours": list(group.hours),
                "skills": {str(skill): proficiency for skill, proficiency in group.skills.items()},
                "sessions": group.sessions,
                "timeout": group.timeout,
                **{f"cool_{event}": seconds for event, seconds in group.cool_downs.items()},
                "change": 0,
            }
            for group in groups
        ],
        "added": [],
        "for_one": past.for_one,
        "returned": past.returned,
        "started": past.started,
    }


def _skill(skill: Skill, profile: Profile) -> Document:
    points = [profile.initial_milli, profile.acceleration_milli, profile.max_milli]
    is_by_level = tuple(points) == service_level_milli(skill.service_level_threshold_seconds)
    if is_by_level:
        # What would hold if the draft went by priority.
        own = (skill.initial_priority, skill.acceleration, skill.max_priority)
        points = [int(value * 1000) for value in own]
    return {
        "id": skill.pk,
        "name": skill.name,
        "order": "service_level" if is_by_level else "priority",
        **dict(zip(("initial", "acceleration", "maximum"), (value / 1000 for value in points), strict=True)),
        "threshold": skill.service_level_threshold_seconds,
        "goal": skill.service_level_goal_percent,
        "short": skill.short_abandon_threshold_seconds if skill.short_abandon_enabled else None,
        "returning": skill.returning_agent_seconds,
        "overflow_to": skill.overflow_skill_id,
        "overflow_after": skill.overflow_after_seconds,
    }


# What documents have that were kept before policies were replayed.
_SKILL_DEFAULTS: Document = {
    "order": "priority",
    "returning": 0,
    "overflow_to": None,
    "overflow_after": 60,
}
_GROUP_DEFAULTS: Document = dict.fromkeys(COOL_DOWN_FIELDS, 0)
_DEFAULTS: Document = {"misses": None, "refused_after_refusal": False, "away": USUAL_AWAY}


def complete(document: Document) -> Document:
    """A base or draft with the policies that an older one does not know, all of them off."""
    return {
        **_DEFAULTS,
        **document,
        "skills": [{**_SKILL_DEFAULTS, **skill} for skill in document["skills"]],
        "groups": [{**_GROUP_DEFAULTS, **group} for group in document["groups"]],
        "added": [{**_GROUP_DEFAULTS, **group} for group in document["added"]],
    }


def written(skills: Mapping[str, int], base: Document) -> str:
    """Skills with proficiencies as people write them: "Support 1, Sales 3"."""
    names = {str(skill["id"]): skill["name"] for skill in base["skills"]}
    ordered = sorted(skills.items(), key=lambda one: (one[1], names.get(one[0], "")))
    return ", ".join(f"{names[key]} {proficiency}" for key, proficiency in ordered if key in names)


# -- Reading a form ---------------


def read(given: Mapping[str, str], base: Document) -> Document:
    """The draft that a form asks for. Raises RuleBroken with a sentence for each field."""
    problems: dict[str, list[str]] = {}
    draft = copy.deepcopy(base)
    _read_unit(given, draft, problems)
    for place, skill in enumerate(draft["skills"]):
        _read_skill(given, place, skill, draft, problems)
    for place, group in enumerate(draft["groups"]):
        _read_group(given, f"group-{place}", group, base, problems)
        field = f"group-{place}-change"
        if field in given:
            group["change"] = _change(given[field], len(group["agents"]), field, problems)
    draft["added"] = [
        added
        for place in range(NEW_GROUPS)
        if (added := _read_added(given, f"added-{place}", base, problems)) is not None
    ]
    if not problems:
        agents = sum(len(group["agents"]) + group["change"] for group in draft["groups"])
        agents += sum(added["count"] for added in draft["added"])
        if not agents:
            problems["group-0-change"] = [_("Leave at least one agent.")]
        elif agents > MOST_AGENTS:
            sentence = _("These are %(agents)s agents together. Plan at most %(most)s.")
            problems["group-0-change"] = [sentence % {"agents": agents, "most": MOST_AGENTS}]
    if problems:
        texts = dict.fromkeys(text for some in problems.values() for text in some)
        raise RuleBroken(" ".join(texts), fields=problems)
    return draft


def _read_unit(given: Mapping[str, str], draft: Document, problems: dict[str, list[str]]) -> None:
    if "misses" in given:
        is_never = not given["misses"].strip()
        draft["misses"] = None if is_never else _number(given["misses"], "misses", "misses", problems)
    if "away" in given:
        draft["away"] = _number(given["away"], "away", "away", problems)
    if "refused_after_refusal" in given:
        draft["refused_after_refusal"] = given["refused_after_refusal"] == "yes"


def _read_skill(
    given: Mapping[str, str], place: int, skill: Document, draft: Document, problems: dict[str, list[str]]
) -> None:
    prefix = f"skill-{place}"
    for name in SKILL_FIELDS:
        field = f"{prefix}-{name}"
        if field in given:
            skill[name] = _number(given[field], name, field, problems)
    if not problems and skill["initial"] > skill["maximum"]:
        sentence = _("The initial priority must not exceed the maximum priority.")
        problems[f"{prefix}-initial"] = [sentence]
    order = given.get(f"{prefix}-order", skill["order"])
    if order in ORDERS:
        skill["order"] = order
    else:
        problems[f"{prefix}-order"] = [_("Choose one of the orders.")]
    field = f"{prefix}-overflow_to"
    if field in given:
        others = {str(one["id"]): one["id"] for one in draft["skills"] if one["id"] != skill["id"]}
        chosen = given[field].strip()
        if chosen and chosen not in others:
            problems[field] = [_("Choose another of the skills above.")]
        skill["overflow_to"] = others.get(chosen)


def _read_group(
    given: Mapping[str, str], prefix: str, group: Document, base: Document, problems: dict[str, list[str]]
) -> None:
    for name in ("sessions", "timeout", *COOL_DOWN_FIELDS):
        field = f"{prefix}-{name}"
        if field in given:
            group[name] = _number(given[field], name, field, problems)
    field = f"{prefix}-skills"
    if field in given:
        group["skills"] = _skills(given[field], field, base, problems)


def _read_added(
    given: Mapping[str, str], prefix: str, base: Document, problems: dict[str, list[str]]
) -> Document | None:
    """None where no number of agents is given."""
    count = given.get(f"{prefix}-count", "").strip()
    if count in ("", "0"):
        return None
    added = new_group()
    if count.isdecimal() and int(count) <= MOST_ADDED:
        added["count"] = int(count)
    else:
        problems[f"{prefix}-count"] = [_("Write a whole number, at most %(most)s.") % {"most": MOST_ADDED}]
    _read_group(given, prefix, added, base, problems)
    if not added["skills"] and f"{prefix}-skills" not in problems:
        problems[f"{prefix}-skills"] = [_("Name at least one skill.")]
    for name in ("from", "to"):
        added[name] = _hour(given.get(f"{prefix}-{name}", ""), f"{prefix}-{name}", problems)
    if added["from"] and added["to"] and added["from"] >= added["to"]:
        problems[f"{prefix}-to"] = [_("The end must be after the beginning.")]
    return added


def new_group() -> Document:
    """Agents who were not there, before anything is written about them."""
    return {
        "count": 1,
        "skills": {},
        "sessions": 3,
        "timeout": 45,
        **_GROUP_DEFAULTS,
        "from": "",
        "to": "",
    }


def _number(text: str, name: str, field: str, problems: dict[str, list[str]]) -> float:
    least, most = RANGES[name]
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = float("nan")
    if not least <= value <= most or (name not in FRACTIONS and value != int(value)):
        sentence = _("Write a whole number from %(least)s to %(most)s.")
        if name in FRACTIONS:
            sentence = _("Write a number from %(least)s to %(most)s.")
        problems[field] = [sentence % {"least": least, "most": most}]
        return least
    return round(value, 3) if name in FRACTIONS else int(value)


def _change(text: str, agents: int, field: str, problems: dict[str, list[str]]) -> int:
    cleaned = text.strip().replace("\N{MINUS SIGN}", "-") or "0"
    try:
        value = int(cleaned)
    except ValueError:
        value = MOST_ADDED + 1
    if not -agents <= value <= MOST_ADDED:
        sentence = _("Write a whole number from %(least)s to %(most)s.")
        problems[field] = [sentence % {"least": f"\N{MINUS SIGN}{agents}", "most": MOST_ADDED}]
        return 0
    return value


def _skills(text: str, field: str, base: Document, problems: dict[str, list[str]]) -> dict[str, int]:
    by_name = {skill["name"].casefold(): str(skill["id"]) for skill in base["skills"]}
    found: dict[str, int] = {}
    for part in (part.strip() for part in text.split(",")):
        if not part:
            continue
        name, _space, number = part.rpartition(" ")
        if not name:
            name, number = part, "1"
        key = by_name.get(name.strip().casefold())
        if key is None:
            sentence = _("There is no “%(name)s” among the skills above.") % {"name": name.strip()}
            problems.setdefault(field, []).append(sentence)
        elif not number.isdecimal() or not 1 <= int(number) <= 20:
            sentence = _(
                "Write a proficiency from 1 (best) to 20 behind each skill, as “Support 1, Sales 3”."
            )
            problems.setdefault(field, []).append(sentence)
        else:
            found[key] = int(number)
    return found


def _hour(text: str, field: str, problems: dict[str, list[str]]) -> str:
    try:
        return time.fromisoformat(text.strip()).strftime("%H:%M")
    except ValueError:
        problems[field] = [_("Write a time, as 09:00.")]
        return ""


# -- From a draft to a floor ---------------


def floor_of(draft: Document, past: Past, period: Period) -> Floor:
    """The queues and agents of a draft, or of the base."""
    numbers = {str(skill): number for number, skill in enumerate(past.skills)}
    kept = {str(skill["id"]): skill for skill in draft["skills"]}
    everybody = [agent for group in draft["groups"] for agent in group["agents"]]
    worked = shifts(period, everybody)
    workers = [
        worker
        for place, group in enumerate(draft["groups"])
        for worker in _workers(draft, group, place, worked, numbers)
    ]
    for place, group in enumerate(draft["added"]):
        spans = _daily(group["from"], group["to"], period)
        workers += [
            _worker(draft, f"added {place}.{one}", group, spans, numbers) for one in range(group["count"])
        ]
    return Floor(
        queues=[_queue(kept[str(skill)], numbers) for skill in past.skills],
        workers=workers,
        reoffer_delay_ms=period.unit.reoffer_delay_seconds * 1000,
    )


def _queue(skill: Document, numbers: Mapping[str, int]) -> Queue:
    profile = Profile(milli(skill["initial"]), milli(skill["acceleration"]), milli(skill["maximum"]))
    if skill["order"] == "service_level":
        profile = Profile(*service_level_milli(skill["threshold"]))
    return Queue(
        profile=profile,
        threshold_ms=skill["threshold"] * 1000,
        short_ms=None if skill["short"] is None else skill["short"] * 1000,
        policy=SkillPolicy(
            asks_last_agent=skill["returning"] > 0,
            overflow_to=numbers.get(str(skill["overflow_to"])),
            overflow_after_ms=skill["overflow_after"] * 1000,
        ),
    )


def _workers(
    draft: Document,
    group: Document,
    place: int,
    worked: Mapping[int, Sequence[tuple[int, int]]],
    numbers: Mapping[str, int],
) -> Iterable[Worker]:
    """Who is added works as long as the one who was there longest, the next as the second; so they go too."""
    agents, change = group["agents"], group["change"]
    for agent in agents[max(0, -change) :]:
        yield _worker(draft, str(agent), group, worked[agent], numbers)
    for one in range(max(0, change)):
        yield _worker(draft, f"more {place}.{one}", group, worked[agents[one % len(agents)]], numbers)


def _worker(
    draft: Document,
    name: str,
    group: Document,
    spans: Sequence[tuple[int, int]],
    numbers: Mapping[str, int],
) -> Worker:
    return Worker(
        name=name,
        skills={
            numbers[skill]: proficiency for skill, proficiency in group["skills"].items() if skill in numbers
        },
        places=group["sessions"],
        refusal_timeout_ms=group["timeout"] * 1000,
        shifts=spans,
        policy=_policy(draft, group),
    )


def _policy(draft: Document, group: Document) -> AgentPolicy | None:
    is_off = draft["misses"] is None and not draft["refused_after_refusal"]
    if is_off and not any(group[name] for name in COOL_DOWN_FIELDS):
        return None
    accept, refusal, miss, contact = (group[name] * 1000 for name in COOL_DOWN_FIELDS)
    return AgentPolicy(
        after_accept_ms=accept,
        after_refusal_ms=refusal,
        after_miss_ms=miss,
        after_contact_ms=contact,
        misses_before_refused=draft["misses"],
        refused_after_refusal=draft["refused_after_refusal"],
        away_ms=draft["away"] * 1000,
    )


def _daily(begins: str, ends: str, period: Period) -> list[tuple[int, int]]:
    """The same hours on each day, by the clocks of the business unit."""
    spans = []
    day = period.first
    while day <= period.last:
        since, until = (
            period.ms(datetime.combine(day, time.fromisoformat(text), period.zone)) for text in (begins, ends)
        )
        since, until = max(since, 0), min(until, period.ms(period.until))
        if until > since:
            spans.append((since, until))
        day += timedelta(days=1)
    return spans


def hours_of(floor: Floor, period: Period) -> float:
    """How long the agents of a floor are available in the period, all together, in hours."""
    begin, end = period.ms(period.begin), period.ms(period.end)
    spans = (span for worker in floor.workers for span in worker.shifts)
    return sum(max(0, min(to, end) - max(since, begin)) for since, to in spans) / 3_600_000
