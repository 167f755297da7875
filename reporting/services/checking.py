"""Whether the figures are the sums of what they are made of."""

from __future__ import annotations

from collections.abc import Sequence

from core import sql
from reporting.models import AGENT_MEASURES, MEASURES


def _differing(table: str, key: str, measures: Sequence[str], condition: str) -> str:
    sums = ", ".join(f"sum({name})" for name in measures)
    names = ", ".join(measures)
    some = " OR ".join(f"{name} <> 0" for name in measures)
    any_sum = " OR ".join(f"sum({name}) <> 0" for name in measures)
    return f"""
SELECT count(*) FROM (
    (SELECT {key}, slot, {sums} FROM reporting_contactshare WHERE {condition}
      GROUP BY {key}, slot HAVING {any_sum}
     EXCEPT SELECT {key}, slot, {names} FROM {table})
    UNION ALL
    (SELECT {key}, slot, {names} FROM {table} WHERE {some}
     EXCEPT SELECT {key}, slot, {sums} FROM reporting_contactshare WHERE {condition} GROUP BY {key}, slot)
) differing
"""


_DAYS = f"""
SELECT count(*) FROM (
    (SELECT (i.slot AT TIME ZONE b.time_zone)::date, i.agent_id,
            {", ".join(f"sum({name})" for name in AGENT_MEASURES)}, sum(i.occupied_ms), sum(i.staffed_ms)
       FROM reporting_agentinterval i JOIN agents_agent a ON a.id = i.agent_id
       JOIN organizations_businessunit b ON b.id = a.business_unit_id
      GROUP BY 1, 2
     EXCEPT SELECT day, agent_id, {", ".join(AGENT_MEASURES)}, occupied_ms, staffed_ms
              FROM reporting_agentday)
) differing
"""


def differences() -> dict[str, int]:
    """How many rows of each table are not what the contacts add up to: nought, but for a fault."""
    return {
        "skills": _count(_differing("reporting_skillinterval", "skill_id", MEASURES, "true")),
        "agents": _count(
            _differing("reporting_agentinterval", "agent_id", AGENT_MEASURES, "agent_id IS NOT NULL")
        ),
        "days of agents": _count(_DAYS),
    }


def _count(statement: str) -> int:
    found = sql.row(statement)
    return 0 if found is None else int(found[0])
