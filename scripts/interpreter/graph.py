"""A script as a graph that cannot be changed, and how it is read from a definition and written back.

A definition (surface: the `scripts` resource):

    {"actions": [{"id", "type", "label", "properties", "x", "y"}],
     "branches": [{"from", "branch", "to"}],
     "format_version": 1}

Rules of reading:

* `id` and `type` are required; `label`, `properties`, `x`, `y`, `branch` ("default") and `format_version`
  are not, and null counts as absent. Whole numbers as ids are read as text.
* An unknown key is refused, except inside `properties`: there it is kept, and inspection remarks on it, so
  that a draft never loses what somebody typed.
* `type` and the names of branches and properties are read without regard to case, properties also in the
  original product's spelling (`InitialPriority`); they are written back in ours.
* A branch that leads to or from an action that is not there can be read, as drafts may be unfinished; it
  cannot be published.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from scripts.interpreter.action import Action, BranchSpec, References
from scripts.interpreter.properties import PropertyFault, PropertyValue

FORMAT_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One action in one script.

    `properties` are kept as given, `values` are what the action works with. `action` is None where the type
    is unknown; `faults` are what is wrong with the properties.
    """

    id: str
    type: str
    label: str
    properties: Mapping[str, object]
    x: int | float
    y: int | float
    action: Action | None
    values: Mapping[str, PropertyValue]
    faults: tuple[PropertyFault, ...]
    exits: tuple[BranchSpec, ...]
    sensitive: frozenset[str] = field(init=False)
    """Names of the properties that are masked in traces."""

    def __post_init__(self) -> None:
        specs = () if self.action is None else self.action.properties
        names = frozenset(spec.name for spec in specs if spec.sensitive)
        object.__setattr__(self, "sensitive", names)

    def exit(self, branch: str) -> BranchSpec | None:
        return next((spec for spec in self.exits if spec.name == branch), None)

    @property
    def is_sound(self) -> bool:
        """Whether the action can be executed: known, and nothing wrong with its properties but warnings."""
        return self.action is not None and all(fault.is_warning for fault in self.faults)


@dataclass(frozen=True, slots=True, order=True)
class Branch:
    """A connection: `source` goes on at `target` by its exit `name`."""

    source: str
    name: str
    target: str


@dataclass(frozen=True, slots=True)
class Graph:
    """A script. Built by `reading.parse` or `graph.build`; never changed."""

    nodes: Mapping[str, Node]
    branches: tuple[Branch, ...]
    begins: tuple[str, ...]
    """Ids of the actions that a script starts at: exactly one in a script that may be published."""
    events: Mapping[str, str]
    """Type of an event action to the id of the (first) action of this type."""
    _targets: Mapping[tuple[str, str], str] = field(repr=False)

    def target(self, action_id: str, branch: str) -> str | None:
        """Where the exit leads, or the one it names instead; None where it leads nowhere.

        Of several connections the first counts.
        """
        found = self._targets.get((action_id, branch))
        if found is not None:
            return found
        spec = self.nodes[action_id].exit(branch) if action_id in self.nodes else None
        return None if spec is None or spec.instead is None else self._targets.get((action_id, spec.instead))

    def connection(self, action_id: str, branch: str) -> Branch | None:
        """The connection that `target` follows, as it is drawn."""
        target = self.target(action_id, branch)
        if target is None:
            return None
        spec = self.nodes[action_id].exit(branch)
        is_own = (action_id, branch) in self._targets
        name = branch if is_own or spec is None or spec.instead is None else spec.instead
        return Branch(action_id, name, target)

    def references(self) -> References:
        """Names of all skills and agents that the script refers to."""
        found = References()
        for node in self.nodes.values():
            if node.action is not None:
                found |= node.action.references(node.values)
        return found

    def to_definition(self) -> dict[str, list[dict[str, object]]]:
        """The definition in its canonical form: reading it gives an equal graph."""
        return {
            "actions": [
                {
                    "id": node.id,
                    "type": node.type,
                    "label": node.label,
                    "properties": copy.deepcopy(dict(node.properties)),
                    "x": node.x,
                    "y": node.y,
                }
                for node in self.nodes.values()
            ],
            "branches": [
                {"from": branch.source, "branch": branch.name, "to": branch.target}
                for branch in self.branches
            ],
        }

    def canonical_json(self) -> str:
        """One text per script: the same script drawn in another order gives the same text."""
        return json.dumps(
            {"format_version": FORMAT_VERSION, **self.to_definition()},
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )

    def digest(self) -> str:
        """SHA-256 of the canonical text, in hexadecimal: tells whether two versions differ."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


def build(nodes: Iterable[Node], branches: Iterable[Branch]) -> Graph:
    """Put a graph together. Ids must be unique; everything is sorted, so that order carries no meaning."""
    by_id = {node.id: node for node in sorted(nodes, key=lambda node: node.id)}
    ordered = tuple(sorted(branches))
    targets: dict[tuple[str, str], str] = {}
    for branch in ordered:
        targets.setdefault((branch.source, branch.name), branch.target)
    events: dict[str, str] = {}
    for node in by_id.values():
        if node.action is not None and node.action.is_event:
            events.setdefault(node.type, node.id)
    return Graph(
        nodes=MappingProxyType(by_id),
        branches=ordered,
        begins=tuple(node.id for node in by_id.values() if node.action is not None and node.action.is_begin),
        events=MappingProxyType(events),
        _targets=MappingProxyType(targets),
    )
