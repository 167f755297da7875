"""What a browser does with a snapshot and the pushes after it, written down once more for the tests."""

from __future__ import annotations

import copy
from typing import Any

from agents.models import Agent
from workspace import snapshot
from workspace.models import Push

Workspace = dict[str, Any]


def fresh(agent: Agent) -> Workspace:
    return snapshot.workspace_json(agent, socket_address="ws://here/ws/workspace")


def comparable(workspace: Workspace) -> Workspace:
    """Without what changes by the mere passing of time, and without what other people do."""
    result = copy.deepcopy(workspace)
    for name in ("server_time", "transfer_agents"):
        del result[name]
    for offer in result["offers"]:
        del offer["waited_seconds"]
    # What an agent types is told to nobody: not to his other pages either.
    del result["drafts"]
    for name in ("offers", "contacts", "asides"):
        result[name] = sorted(result[name], key=lambda one: one["id"])
    return result


def _put(rows: list[dict[str, Any]], row: dict[str, Any]) -> None:
    rows[:] = [one for one in rows if one["id"] != row["id"]] + [row]


def _drop(rows: list[dict[str, Any]], **wanted: Any) -> None:
    rows[:] = [row for row in rows if any(row[name] != value for name, value in wanted.items())]


def _message(workspace: Workspace, data: dict[str, Any]) -> None:
    contact = next(one for one in workspace["contacts"] if one["id"] == data["contact"])
    message = data["message"]
    is_new = all(one["id"] != message["id"] for one in contact["messages"])
    _put(contact["messages"], message)
    contact["messages"].sort(key=lambda one: one["id"])
    if is_new and message["direction"] == "inbound":
        contact["unread"] += 1
        contact["is_snoozed"], contact["snoozed_until"] = False, None
        contact["last_inbound_at"] = message["created_at"]
    if "opted_out" in data:
        contact["opted_out"] = data["opted_out"]


def apply(workspace: Workspace, kind: str, data: Any) -> None:
    """One push."""
    match kind:
        case "offer.made":
            _put(workspace["offers"], data)
        case "offer.withdrawn":
            _drop(workspace["offers"], id=data["id"])
        case "contact.assigned":
            _drop(workspace["offers"], contact=data["id"])
            _put(workspace["contacts"], data)
        case "contact.ended":
            _drop(workspace["contacts"], id=data["id"])
            if data["contact"]:
                _put(workspace["contacts"], data["contact"])
        case "message.received" | "message.status":
            _message(workspace, data)
        case "notice.added":
            _put(workspace["notices"], data)
        case "notice.read":
            _drop(workspace["notices"], id=data["id"])
        case "note.added":
            contact = next(one for one in workspace["contacts"] if one["id"] == data["contact"])
            _put(contact["internal_notes"], data["note"])
        case "aside.changed":
            _put(workspace["asides"], data)
        case "aside.removed":
            _drop(workspace["asides"], id=data["id"])
        case "state.changed":
            workspace["state"] = data
        case _:
            raise AssertionError(f"a page does not know {kind}")


def caught_up(agent: Agent, workspace: Workspace) -> Workspace:
    """The workspace after all pushes that followed it; their numbers must have no gap."""
    result = copy.deepcopy(workspace)
    for push in Push.objects.filter(agent=agent, seq__gt=workspace["seq"]).order_by("seq"):
        assert push.seq == result["seq"] + 1
        apply(result, push.type, push.data)
        result["seq"] = push.seq
    return result


def assert_in_step(agent: Agent, workspace: Workspace) -> None:
    assert comparable(caught_up(agent, workspace)) == comparable(fresh(agent))
