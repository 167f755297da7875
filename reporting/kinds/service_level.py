"""How many were answered in time, by skill, campaign or time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import FloatField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Cast, NullIf
from django.utils.translation import gettext_lazy as _

from core import sql
from reporting.choices import TIMES, By, Choices
from reporting.kinds.base import OF_SKILLS, TOTAL, Kind, figures, label_column
from reporting.models import SkillInterval
from reporting.tables import Column, Series, Table, Unit, mean_seconds, percent, summed

_MEASURES = (
    "queued",
    "answered",
    "in_time",
    "abandoned",
    "short_abandoned",
    "moved",
    "returned",
    "wait_ms",
    "abandon_ms",
)

_COLUMNS = (
    Column("queued", _("Queued"), about=_("Contacts that entered the queue, at the time they did.")),
    Column("answered", _("Answered"), about=_("Of these, accepted by an agent.")),
    Column(
        "in_time", _("In time"), about=_("Answered within the threshold that held when they were queued.")
    ),
    Column("abandoned", _("Abandoned"), about=_("Closed before an agent accepted them.")),
    Column("short_abandoned", _("Short abandons"), about=_("Of the abandoned, those that do not count.")),
    Column("moved", _("Moved on"), about=_("Went on to another queue by the script.")),
    Column("returned", _("Returned"), about=_("Came back to the queue because their agent was gone.")),
    Column("service_level_percent", _("Service level"), Unit.PERCENT),
    Column("goal_percent", _("Goal"), Unit.PERCENT),
    Column("mean_wait_seconds", _("Mean wait"), Unit.SECONDS, _("Of those that were answered.")),
    Column("mean_abandon_seconds", _("Mean wait, abandoned"), Unit.SECONDS),
    Column("abandoned_percent", _("Abandoned, percent"), Unit.PERCENT, _("Without short abandons.")),
)


def service_level(row: Any) -> float | None:
    """In percent, of what counts: the answered, and the abandoned that are not short."""
    return percent(row["in_time"], row["answered"] + row["abandoned"] - row["short_abandoned"])


_SINCE = """
SELECT i.skill_id, sum(i.answered) AS answered, sum(i.in_time) AS in_time, sum(i.abandoned) AS abandoned,
       sum(i.short_abandoned) AS short_abandoned
  FROM reporting_skillinterval i JOIN skills_skill s ON s.id = i.skill_id
 WHERE i.slot >= %s AND s.business_unit_id = %s
 GROUP BY i.skill_id
"""


@dataclass(frozen=True, slots=True)
class Level:
    """Of one skill: the service level in percent, and what it counts. None: nothing counts yet."""

    percent: float | None
    answered: int
    abandoned: int
    """Without short abandons."""


def levels_since(*, unit_id: int, since: datetime) -> dict[int, Level]:
    """By skill of a business unit, of the contacts queued since then, a full quarter of an hour.

    What boards and alerts show: the same figures as the report's, some seconds behind.
    """
    return {
        row["skill_id"]: Level(
            service_level(row), int(row["answered"]), int(row["abandoned"] - row["short_abandoned"])
        )
        for row in sql.dictionaries(_SINCE, [since, unit_id])
    }


def level_of_skill(*, since: datetime) -> Subquery:
    """For a query over skills: the same in percent, or null."""
    counted = Sum("answered") + Sum("abandoned") - Sum("short_abandoned")
    mine = SkillInterval.objects.filter(skill=OuterRef("pk"), slot__gte=since).order_by().values("skill")
    percent_of = Value(100.0) * Cast(Sum("in_time"), FloatField()) / NullIf(counted, Value(0))
    return Subquery(mine.annotate(percent=percent_of).values("percent"), output_field=FloatField())


def _ratios(row: dict[str, Any]) -> dict[str, Any]:
    counted = row["abandoned"] - row["short_abandoned"]
    return {
        **row,
        "service_level_percent": service_level(row),
        "goal_percent": row.get("goal_percent"),
        "mean_wait_seconds": mean_seconds(row["wait_ms"], row["answered"]),
        "mean_abandon_seconds": mean_seconds(row["abandon_ms"], row["abandoned"]),
        "abandoned_percent": percent(counted, row["answered"] + counted),
    }


def make(choices: Choices) -> Sequence[Table]:
    rows = figures(choices, OF_SKILLS, _MEASURES)
    if choices.by is By.SKILL:
        goals = dict(
            sql.rows(
                "SELECT id, service_level_goal_percent FROM skills_skill WHERE id = ANY(%s)",
                [[row["key"] for row in rows]],
            )
        )
        rows = [{**row, "goal_percent": goals[row["key"]]} for row in rows]
    columns = [column for column in _COLUMNS if choices.by is By.SKILL or column.name != "goal_percent"]
    series = [Series("service_level_percent", "line" if choices.by in TIMES else "bar")]
    if choices.by is By.SKILL:
        series.append(Series("goal_percent", "mark"))
    return [
        Table(
            name="service_level",
            title=_("Service level"),
            label="label",
            columns=[label_column(choices.by), *columns],
            rows=[_ratios(row) for row in rows],
            total=_ratios({"label": TOTAL, **summed(rows, _MEASURES)}) if rows else None,
            series=series,
        )
    ]


KIND = Kind(
    slug="service-level",
    title=_("Service level"),
    about=_("How many contacts were answered in time, by skill or campaign."),
    make=make,
    bys=(By.SKILL, By.CAMPAIGN, *TIMES),
    filters=("skill", "campaign"),
    rules=(
        _("Service level = in time ÷ (answered + abandoned \N{MINUS SIGN} short abandons)."),
        _(
            "In time: an agent accepted the contact within the service level threshold of its skill, counted "
            "from the moment it entered the queue. The threshold that held at that moment counts, also when "
            "it was changed later."
        ),
        _(
            "Abandoned: the contact closed before an agent accepted it: the customer sent STOP, the script "
            "ended it, or a supervisor closed it. A text has no line that goes dead, so silence alone "
            "abandons nothing."
        ),
        _(
            "Short abandon: if the skill leaves short abandons out, contacts abandoned within its short "
            "abandon threshold count neither for nor against it. Otherwise there are none, and every "
            "abandoned contact counts as not in time."
        ),
        _(
            "Contacts that still wait, and those that moved on to another queue, do not count in this queue. "
            "A contact that a colleague transfers waits anew and counts in the queue it comes to. One that "
            "comes back because its agent was gone was answered once and does not count again."
        ),
        _("Everything is counted in the quarter of an hour in which the contact entered the queue."),
    ),
)
