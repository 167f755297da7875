"""What a kind of report is, and the query that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy

from core import sql
from reporting.choices import BYS, TIMES, By, Choices, Period
from reporting.tables import DASH, Column, Table, Unit, Words


@dataclass(frozen=True, slots=True)
class Kind:
    """One report: what may be chosen, what it says, and the rules that people may read below it."""

    slug: str
    title: Words
    about: Words
    make: Callable[[Choices], Sequence[Table]]
    bys: Sequence[By]
    filters: Sequence[str]
    rules: Sequence[Words] = ()
    default: Period = Period.LAST_7_DAYS


_TRUNCATED = {By.HOUR: "hour", By.DAY: "day", By.WEEK: "week", By.MONTH: "month"}

# Key and label of a row. Times are those of the business unit's clocks.
_LOCAL = "{local}"
_KEYS: Mapping[By, tuple[str, str]] = {
    By.SKILL: ("s.id", "s.name"),
    By.CAMPAIGN: ("p.id", "p.name"),
    By.AGENT: ("a.id", "u.username"),
    By.TEAM: ("t.id", "t.name"),
    By.QUARTER: (_LOCAL, "''"),
    By.HOUR_OF_DAY: (f"extract(hour FROM {_LOCAL})::int", "''"),
    By.DAY_OF_WEEK: (f"extract(isodow FROM {_LOCAL})::int", "''"),
    **{by: (f"date_trunc('{unit}', {_LOCAL})", "''") for by, unit in _TRUNCATED.items()},
}


@dataclass(frozen=True, slots=True)
class Source:
    """A table of figures by quarters of an hour: whose they are, which are asked for, and their names.

    In the conditions a filter that is null leaves nothing out.
    """

    table: str
    owner: str
    wanted: str
    names: str
    by_day: str = ""
    """A table with the same figures by days of the business unit, if there is one."""


OF_SKILLS = Source(
    table="reporting_skillinterval",
    owner="skill_id",
    wanted="""SELECT id FROM skills_skill
         WHERE business_unit_id = %(unit)s
           AND (%(skill)s::bigint[] IS NULL OR id = ANY(%(skill)s))
           AND (%(campaign)s::bigint[] IS NULL OR campaign_id = ANY(%(campaign)s))""",
    names="JOIN skills_skill s ON s.id = raw.key JOIN campaigns_campaign p ON p.id = s.campaign_id",
)
OF_AGENTS = Source(
    table="reporting_agentinterval",
    owner="agent_id",
    wanted="""SELECT id FROM agents_agent
         WHERE business_unit_id = %(unit)s
           AND (%(agent)s::bigint[] IS NULL OR id = ANY(%(agent)s))
           AND (%(team)s::bigint[] IS NULL OR team_id = ANY(%(team)s))""",
    names="JOIN agents_agent a ON a.id = raw.key JOIN organizations_user u ON u.id = a.user_id "
    "LEFT JOIN agents_team t ON t.id = a.team_id",
    by_day="reporting_agentday",
)

_SLOTS = "i.slot >= %(begin)s AND i.slot < %(end)s"
_DAYS = "i.day BETWEEN %(first)s AND %(last)s"

# First by what the rows are of, which is quick; names and calendars only of what is left.
_FIGURES = """
WITH raw AS (
    SELECT i.{raw} AS key, {sums}
      FROM {table} i
     WHERE {period} AND i.{owner} IN ({wanted})
     GROUP BY 1
)
SELECT {key} AS key, {label} AS label, {totals} FROM raw {names} GROUP BY 1, 2 ORDER BY 2, 1
"""


def parameters(choices: Choices) -> dict[str, Any]:
    """What the queries of all reports take."""
    names = ("skill", "campaign", "agent", "team", "disposition", "tag", "point_of_contact")
    return {
        "unit": choices.unit.pk,
        "zone": choices.unit.time_zone,
        "begin": choices.begin,
        "end": choices.end,
        "first": choices.first,
        "last": choices.last,
        **{name: choices.ids(name) for name in names},
    }


def figures(choices: Choices, source: Source, measures: Sequence[str]) -> list[dict[str, Any]]:
    """The sums of these measures, a row for each key: {"key", "label", …}."""
    key, label = _KEYS[choices.by]
    is_time = choices.by in TIMES
    is_daily = bool(source.by_day) and choices.by not in (By.QUARTER, By.HOUR, By.HOUR_OF_DAY)
    statement = _FIGURES.format(
        raw=source.owner if not is_time else "day" if is_daily else "slot",
        period=_DAYS if is_daily else _SLOTS,
        sums=", ".join(f"sum(i.{name})::bigint AS {name}" for name in measures),
        table=source.by_day if is_daily else source.table,
        owner=source.owner,
        wanted=source.wanted,
        key=key.format(local="raw.key::timestamp" if is_daily else "raw.key AT TIME ZONE %(zone)s"),
        label=label,
        totals=", ".join(f"sum(raw.{name})::bigint AS {name}" for name in measures),
        names="" if is_time else source.names,
    )
    rows = sql.dictionaries(statement, parameters(choices))
    if choices.by in _STEPS:
        return _filled(rows, choices, measures)
    for row in rows:
        row["label"] = label_of(choices.by, row["key"]) or row["label"] or DASH
    return rows


def label_column(by: By) -> Column:
    """The first column: what a row is about."""
    return Column("label", BYS[by], Unit.MOMENT if by in _STEPS else Unit.TEXT)


def label_of(by: By, key: Any) -> str:
    if by is By.HOUR_OF_DAY:
        return f"{key:02}:00"
    return str(WEEKDAYS[key - 1]) if by is By.DAY_OF_WEEK else ""


_STEPS = {By.QUARTER: timedelta(minutes=15), By.HOUR: timedelta(hours=1), By.DAY: timedelta(days=1)}
_STEPS |= {By.WEEK: timedelta(days=7), By.MONTH: timedelta(days=31)}


def _filled(rows: list[dict[str, Any]], choices: Choices, measures: Sequence[str]) -> list[dict[str, Any]]:
    """Every step of the period, also those in which nothing happened."""
    known = {row["key"]: row for row in rows}
    filled = []
    for moment in _moments(choices):
        row = known.get(moment) or {"key": moment, **dict.fromkeys(measures, 0)}
        row["label"] = moment if choices.by in (By.QUARTER, By.HOUR) else moment.date()
        filled.append(row)
    return filled


def _moments(choices: Choices) -> list[datetime]:
    """By the clocks of the business unit, without a zone, as the database gives them."""
    moment = datetime.combine(_first_day(choices), time.min)
    end = datetime.combine(choices.last + timedelta(days=1), time.min)
    found = []
    while moment < end:
        found.append(moment)
        moment += _STEPS[choices.by]
        if choices.by is By.MONTH:
            moment = moment.replace(day=1)
    return found


def _first_day(choices: Choices) -> date:
    if choices.by is By.WEEK:
        return choices.first - timedelta(days=choices.first.weekday())
    return choices.first.replace(day=1) if choices.by is By.MONTH else choices.first


TOTAL = gettext_lazy("Total")
