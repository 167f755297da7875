"""The board of a business unit as JSON: the same rows serve the snapshot and the pushes."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from contacts.models import Contact
from core.clock import database_now
from organizations.models import BusinessUnit
from reporting.kinds.service_level import Level
from supervisor import selectors
from supervisor.changes import Board

AVAILABLE = "available"
NO_LEVEL = Level(None, 0, 0)
NOBODY = selectors.Queue(0, None, is_cut=False)


def _iso(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def read_today(unit: BusinessUnit) -> dict[int, Level]:
    """The figures since midnight: read every few seconds only, which is as often as they are rolled up."""
    return selectors.today_of(unit, database_now())


def read_board(unit: BusinessUnit, today: dict[int, Level]) -> Board:
    """Skills, agents, contacts and alerts of this moment."""
    now = database_now()
    agents = selectors.agents_of(unit.pk)
    contacts = selectors.open_contacts_of(unit.pk)
    waiting = selectors.heads_of(unit.pk, now)
    queues = selectors.queues_of(unit.pk)
    staff = _staff_by_skill(agents)
    by_skill: dict[int, list[dict[str, Any]]] = defaultdict(list)
    written: dict[int, datetime] = {}
    for one in contacts:
        by_skill[one["skill_id"]].append(one)
        if one["last_outbound_at"]:
            latest = written.get(one["agent_id"])
            written[one["agent_id"]] = max(one["last_outbound_at"], latest or one["last_outbound_at"])
    skills = [
        _skill(row, by_skill[row["id"]], queues.get(row["id"], NOBODY), today.get(row["id"], NO_LEVEL))
        | staff[row["id"]]
        for row in selectors.skills_of(unit.pk)
    ]
    return {
        "skills": [_iso(row) for row in skills],
        "agents": [_iso(_agent(row, written.get(row["id"]))) for row in agents],
        "contacts": [_iso(row) for row in [*(_contact(row) for row in contacts), *waiting]],
        "alerts": [_iso(row) for row in selectors.alerts_of(unit.pk)],
    }


def _staff_by_skill(agents: list[dict[str, Any]]) -> dict[int, dict[str, int]]:
    """Agents who can take one more, those who are there and cannot, and those who are away."""
    staff: dict[int, dict[str, int]] = defaultdict(lambda: {"free": 0, "full": 0, "away": 0})
    for agent in agents:
        has_room = agent["load"] < agent["limit"]
        can_take = has_room and not agent["next_reason"] and not agent["is_cooling"]
        kind = "away" if agent["status"] != AVAILABLE else "free" if can_take else "full"
        for skill_id in agent["skills"]:
            staff[skill_id][kind] += 1
    return staff


def _contact(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("skill_id", "agent_id")} | {
        "skill": row["skill_id"],
        "agent": row["agent_id"],
    }


def _skill(
    row: dict[str, Any], contacts: list[dict[str, Any]], queue: selectors.Queue, today: Level
) -> dict[str, Any]:
    offered = [one for one in contacts if one["state"] == Contact.State.OFFERED]
    # A customer whose contact is before an agent waits too.
    begun = [one["queued_at"] for one in offered if one["queued_at"]]
    return row | {
        "waiting": queue.waiting,
        "waiting_is_cut": queue.is_cut,
        "oldest_at": min([*begun, *([queue.oldest_at] if queue.oldest_at else [])], default=None),
        "offered": len(offered),
        "offer_expires_at": min((one["expires_at"] for one in offered), default=None),
        "active": sum(one["state"] == Contact.State.ACTIVE for one in contacts),
        "after_contact_work": sum(one["state"] == Contact.State.AFTER_CONTACT_WORK for one in contacts),
        "service_level": today.percent,
        "accepted": today.answered,
        "abandoned": today.abandoned,
    }


def _agent(row: dict[str, Any], written: datetime | None) -> dict[str, Any]:
    """`last_activity`: when he last changed his state, accepted or ended something, or wrote."""
    shown = {name: value for name, value in row.items() if name != "idle_since"}
    last = max(row["since"], row["idle_since"])
    return shown | {"last_activity": last if written is None else max(last, written)}
