"""The actions there are, as an editor needs to know them: made from what each action says about itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from scripts.interpreter.action import Action, BranchSpec, Group
from scripts.interpreter.properties import PropertySpec
from scripts.interpreter.registry import REGISTRY, Registry


def action_specifications(registry: Registry = REGISTRY) -> list[dict[str, Any]]:
    """Every action with its properties and branches, in the current language and the order of the palette."""
    groups = list(Group)
    ordered = sorted(registry, key=lambda one: (groups.index(one.group), not one.is_begin, one.type))
    return [_action(action) for action in ordered]


def branch_label(action_type: str, branch: str, registry: Registry = REGISTRY) -> str:
    """What people call a branch; the name itself where the user gave it, or the type is not known."""
    action = registry.get(action_type)
    exits = () if action is None else action.branches
    return next((str(spec.label) for spec in exits if spec.name == branch), branch)


def _action(action: Action) -> dict[str, Any]:
    return {
        "type": action.type,
        "name": str(action.name),
        "group": action.group.value,
        "group_label": str(action.group.label),
        "description": str(action.description),
        "is_begin": action.is_begin,
        "is_event": action.is_event,
        "exits_from": action.exits_from,
        "sets": list(action.sets),
        "sets_from": action.sets_from,
        "properties": [_property(spec) for spec in action.properties],
        "branches": [_branch(spec) for spec in action.branches],
    }


def _property(spec: PropertySpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "kind": spec.kind.value,
        "label": str(spec.label),
        "help": str(spec.help),
        "default": _plain(spec.default),
        "minimum": spec.minimum,
        "maximum": spec.maximum,
        "decimals": spec.decimals,
        "choices": [{"value": choice.value, "label": str(choice.label)} for choice in spec.choices],
        "required": spec.required,
        "max_length": spec.max_length,
        "multiline": spec.multiline,
        "only_with": None
        if spec.only_with is None
        else {"property": spec.only_with[0], "value": spec.only_with[1]},
    }


def _branch(spec: BranchSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "label": str(spec.label),
        "help": str(spec.help),
        "required": spec.required,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
