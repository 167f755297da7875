"""What agents did: how long they were there and busy, what they took, refused and missed, their states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core import sql
from reporting.choices import TIMES, By, Choices
from reporting.kinds.base import OF_AGENTS, TOTAL, Kind, figures, label_column, parameters
from reporting.tables import Column, Series, Table, Unit, mean_seconds, percent, seconds, summed

_MEASURES = (
    "staffed_ms",
    "occupied_ms",
    "accepted",
    "started",
    "handled",
    "transferred",
    "talk_ms",
    "acw_ms",
    "offered",
    "refused",
    "missed",
    "withdrawn",
    "texts_out",
)

_COLUMNS = (
    Column("staffed_seconds", _("There"), Unit.SECONDS, _("Available, or with at least one contact.")),
    Column("occupied_seconds", _("Occupied"), Unit.SECONDS, _("With at least one contact, or after it.")),
    Column("occupancy_percent", _("Occupancy"), Unit.PERCENT, _("Occupied, of the time he was there.")),
    Column("accepted", _("Accepted")),
    Column("started", _("Started"), about=_("Contacts that the agent began himself.")),
    Column("handled", _("Handled")),
    Column("transferred", _("Transferred"), about=_("Of the handled.")),
    Column("mean_handle_seconds", _("Mean handling time"), Unit.SECONDS),
    Column("mean_acw_seconds", _("After-contact work"), Unit.SECONDS),
    Column("texts_out", _("Texts written")),
    Column("offered", _("Offers")),
    Column("refused", _("Refused")),
    Column("missed", _("Missed"), about=_("The refusal timeout was reached.")),
    Column("withdrawn", _("Withdrawn"), about=_("Taken back before an answer was due.")),
    Column("refused_percent", _("Refused or missed"), Unit.PERCENT, _("Of the offers.")),
)

# Stretches are cut at the ends of the period. Names come last, when few rows are left.
_STATES = """
WITH raw AS (
    SELECT c.agent_id, c.status, c.reason, count(*) AS times,
           sum(date_part('epoch',
               LEAST(COALESCE(c.until, now()), %(end)s) - GREATEST(c.since, %(begin)s))) AS took
      FROM agents_agentstatechange c
     WHERE c.since < LEAST(%(end)s, now()) AND (c.until IS NULL OR c.until > %(begin)s)
       AND c.agent_id IN (
        SELECT id FROM agents_agent
         WHERE business_unit_id = %(unit)s
           AND (%(agent)s::bigint[] IS NULL OR id = ANY(%(agent)s))
           AND (%(team)s::bigint[] IS NULL OR team_id = ANY(%(team)s)))
     GROUP BY c.agent_id, c.status, c.reason
)
SELECT a.id AS key, u.username AS label, raw.status, raw.reason, (raw.took * 1000)::bigint AS ms, raw.times
  FROM raw
  JOIN agents_agent a ON a.id = raw.agent_id
  JOIN organizations_user u ON u.id = a.user_id
 ORDER BY u.username, a.id, raw.status, ms DESC
"""
STATES = {"available": _("Available"), "unavailable": _("Unavailable")}


def ratios(row: dict[str, Any]) -> dict[str, Any]:
    """The sums of a row with what they say together."""
    return {
        **row,
        "staffed_seconds": seconds(row["staffed_ms"]),
        "occupied_seconds": seconds(row["occupied_ms"]),
        "occupancy_percent": percent(row["occupied_ms"], row["staffed_ms"]),
        "mean_handle_seconds": mean_seconds(row["talk_ms"] + row["acw_ms"], row["handled"]),
        "mean_acw_seconds": mean_seconds(row["acw_ms"], row["handled"]),
        "refused_percent": percent(row["refused"] + row["missed"], row["offered"]),
    }


def make(choices: Choices) -> Sequence[Table]:
    rows = figures(choices, OF_AGENTS, _MEASURES)
    activity = Table(
        name="activity",
        title=_("Activity"),
        label="label",
        columns=[label_column(choices.by), *_COLUMNS],
        rows=[ratios(row) for row in rows],
        total=ratios({"label": TOTAL, **summed(rows, _MEASURES)}) if rows else None,
        series=[
            Series("handled"),
            Series("refused", stack="refused"),
            Series("missed", stack="refused"),
            Series("occupancy_percent", "line" if choices.by in TIMES else "mark"),
        ],
    )
    return [activity, _states(choices)]


def _states(choices: Choices) -> Table:
    rows = sql.dictionaries(_STATES, parameters(choices))
    whole: dict[int, int] = {}
    for row in rows:
        whole[row["key"]] = whole.get(row["key"], 0) + row["ms"]
    return Table(
        name="states",
        title=_("States"),
        label="label",
        columns=[
            Column("label", _("Agent"), Unit.TEXT),
            Column("state", _("State"), Unit.TEXT),
            Column("reason", _("Reason"), Unit.TEXT),
            Column("seconds", _("Time"), Unit.SECONDS),
            Column("percent", _("Of the period"), Unit.PERCENT),
            Column("times", _("Times")),
        ],
        rows=[
            {
                **row,
                "state": str(STATES.get(row["status"], row["status"])),
                "reason": _reason(row["reason"]),
                "seconds": seconds(row["ms"]),
                "percent": percent(row["ms"], whole[row["key"]]),
            }
            for row in rows
        ],
    )


def _reason(reason: str) -> str:
    """The product's own reasons are stored in English."""
    own = {"Refused": _now("Refused"), "Connection lost": _now("Connection lost")}
    return own.get(reason, reason)


KIND = Kind(
    slug="agents",
    title=_("Agent activity"),
    about=_("How long agents were there and busy, what they took and what they refused."),
    make=make,
    bys=(By.AGENT, By.TEAM, *TIMES),
    filters=("agent", "team"),
    rules=(
        _(
            "Occupied: the agent has at least one contact, after-contact work included; several at once "
            "count once. There: available, or occupied. Occupancy = occupied ÷ there."
        ),
        _(
            "Offers count when they were made and when they were settled; one that is made at the end of a "
            "period may be refused in the next."
        ),
        _("States are cut at the ends of the period; the present one counts until now."),
    ),
)
