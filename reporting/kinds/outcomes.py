"""With what contacts ended: their dispositions and tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core import sql
from reporting.choices import By, Choices
from reporting.kinds.base import TOTAL, Kind, parameters
from reporting.tables import Column, Series, Table, Unit, Words, mean_seconds, percent

_FOUND = """
SELECT {mark}.id AS key, {mark}.name AS label,
       sum(o.contacts)::bigint AS contacts, sum(o.handle_ms)::bigint AS handle_ms
  FROM reporting_outcomeinterval o
  JOIN skills_skill s ON s.id = o.skill_id
  LEFT JOIN dispositions_disposition d ON d.id = o.disposition_id
  LEFT JOIN dispositions_tag g ON g.id = o.tag_id
  LEFT JOIN agents_agent a ON a.id = o.agent_id
 WHERE s.business_unit_id = %(unit)s AND o.slot >= %(begin)s AND o.slot < %(end)s
   AND (o.tag_id IS NOT NULL) = {is_tag}
   AND (%(skill)s::bigint[] IS NULL OR o.skill_id = ANY(%(skill)s))
   AND (%(campaign)s::bigint[] IS NULL OR s.campaign_id = ANY(%(campaign)s))
   AND (%(agent)s::bigint[] IS NULL OR o.agent_id = ANY(%(agent)s))
   AND (%(team)s::bigint[] IS NULL OR a.team_id = ANY(%(team)s))
 GROUP BY 1, 2 HAVING sum(o.contacts) > 0 ORDER BY 3 DESC, 2
"""


def make(choices: Choices) -> Sequence[Table]:
    dispositions = sql.dictionaries(_FOUND.format(mark="d", is_tag="false"), parameters(choices))
    tags = sql.dictionaries(_FOUND.format(mark="g", is_tag="true"), parameters(choices))
    closed = sum(row["contacts"] for row in dispositions)
    return [
        _table("dispositions", _("Dispositions"), _("Disposition"), dispositions, closed, is_whole=True),
        _table("tags", _("Tags"), _("Tag"), tags, closed, is_whole=False),
    ]


def _table(
    name: str, title: Words, heading: Words, rows: list[dict[str, Any]], closed: int, *, is_whole: bool
) -> Table:
    shown = [
        {
            **row,
            "label": _now("None") if row["label"] is None else row["label"],
            "percent": percent(row["contacts"], closed),
            "mean_handle_seconds": mean_seconds(row["handle_ms"], row["contacts"]),
        }
        for row in rows
    ]
    handle_ms = sum(row["handle_ms"] for row in rows)
    total = {
        "label": TOTAL,
        "contacts": closed,
        "percent": percent(closed, closed),
        "mean_handle_seconds": mean_seconds(handle_ms, closed),
    }
    return Table(
        name=name,
        title=title,
        label="label",
        columns=[
            Column("label", heading, Unit.TEXT),
            Column("contacts", _("Contacts")),
            Column("percent", _("Of the closed"), Unit.PERCENT),
            Column("mean_handle_seconds", _("Mean handling time"), Unit.SECONDS),
        ],
        rows=shown,
        total=total if is_whole and shown else None,
        series=[Series("contacts")],
    )


KIND = Kind(
    slug="outcomes",
    title=_("Dispositions and tags"),
    about=_("With what contacts ended."),
    make=make,
    bys=(By.SKILL,),
    filters=("skill", "campaign", "agent", "team"),
    rules=(
        _(
            "A contact counts when it closed, in the skill it was in last and for the agent who had it last. "
            "It has one disposition or none, and any number of tags."
        ),
        _("A disposition that is set or changed after the close counts at the time of the close."),
    ),
)
