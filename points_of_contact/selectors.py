"""What listens on a number."""

from __future__ import annotations

from dataclasses import dataclass

from core import sql
from skills.models import Skill


@dataclass(frozen=True, slots=True)
class Listener:
    """The active point of contact of a transport code, as far as a new contact needs its configuration.

    `version_id` is the published version of its script; None: there is none.
    """

    point_of_contact_id: int
    business_unit_id: int
    transport_code_id: int
    version_id: int | None
    skill: Skill


_LISTENER = """
SELECT p.id, p.business_unit_id, p.transport_code_id, v.id,
       s.id, s.name, s.is_active, s.direction, s.initial_priority, s.acceleration, s.max_priority,
       s.queue_order, s.service_level_threshold_seconds, s.returning_agent_seconds
  FROM points_of_contact_pointofcontact p
  JOIN skills_skill s ON s.id = p.skill_id
  LEFT JOIN scripts_scriptversion v ON v.script_id = p.script_id AND v.status = 'published'
 WHERE p.transport_code_id = %s AND p.is_active
"""
_SKILL_COLUMNS = (
    "id",
    "name",
    "is_active",
    "direction",
    "initial_priority",
    "acceleration",
    "max_priority",
    "queue_order",
    "service_level_threshold_seconds",
    "returning_agent_seconds",
)


def listener_of(*, transport_code_id: int) -> Listener | None:
    """Who listens on a transport code; None: nobody."""
    found = sql.row(_LISTENER, [transport_code_id])
    if found is None:
        return None
    point_of_contact_id, business_unit_id, transport_code_id, version_id, *skill = found
    return Listener(
        point_of_contact_id=point_of_contact_id,
        business_unit_id=business_unit_id,
        transport_code_id=transport_code_id,
        version_id=version_id,
        skill=sql.known(Skill, **dict(zip(_SKILL_COLUMNS, skill, strict=True))),
    )
