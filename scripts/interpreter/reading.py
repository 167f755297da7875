"""Definitions into graphs. Whatever comes in, the answer is a graph or a list of what is wrong with it."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import DEFAULT
from scripts.interpreter.findings import Finding
from scripts.interpreter.graph import FORMAT_VERSION, Branch, Graph, Node, build
from scripts.interpreter.limits import GRAPH_LIMITS, GraphLimits
from scripts.interpreter.messages import Message, Translatable, shown
from scripts.interpreter.plain import check_plain, load_text
from scripts.interpreter.properties import Reading, read_properties, snake_case
from scripts.interpreter.registry import REGISTRY, Registry

TOP_KEYS: Final = ("actions", "branches", "format_version")
ACTION_KEYS: Final = ("id", "type", "label", "properties", "x", "y")
BRANCH_KEYS: Final = ("from", "branch", "to")
LABEL_CHARACTERS: Final = 200
NAME_CHARACTERS: Final = 64
FARTHEST: Final = 1_000_000
"""Largest coordinate on the canvas, in its pixels."""

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,63}")
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")

_ID_RULE = _(
    "Use 1 to 64 characters for an id: letters, digits, full stop, colon, hyphen and underscore; "
    "not “%(value)s”."
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A graph, or what kept the definition from being read. Never both."""

    graph: Graph | None
    findings: tuple[Finding, ...]


def parse(definition: object, *, registry: Registry = REGISTRY, limits: GraphLimits = GRAPH_LIMITS) -> Parsed:
    """Read a definition as it comes from a JSON decoder. Raises nothing, whatever it is given."""
    fault = check_plain(definition, limits)
    if fault is not None:
        return Parsed(None, (fault,))
    reader = _Reader(registry, limits)
    graph = reader.read(definition)
    return Parsed(None, tuple(reader.findings)) if reader.findings else Parsed(graph, ())


def parse_text(
    text: str | bytes, *, registry: Registry = REGISTRY, limits: GraphLimits = GRAPH_LIMITS
) -> Parsed:
    """Read a definition as JSON text, from a file or a form. Raises nothing."""
    definition, fault = load_text(text, limits)
    return (
        Parsed(None, (fault,)) if fault is not None else parse(definition, registry=registry, limits=limits)
    )


class _Enough(Exception):
    """So many problems that the rest is not looked at."""


class _Reader:
    """Goes through a definition once and collects what is wrong."""

    def __init__(self, registry: Registry, limits: GraphLimits) -> None:
        self.registry = registry
        self.limits = limits
        self.findings: list[Finding] = []

    def read(self, definition: object) -> Graph | None:
        try:
            nodes, branches = self._read(definition)
        except _Enough:
            return None
        return build(nodes.values(), branches)

    def _read(self, definition: object) -> tuple[dict[str, Node], list[Branch]]:
        nodes: dict[str, Node] = {}
        branches: list[Branch] = []
        if not isinstance(definition, dict):
            self._problem("not_an_object", _("A script is an object with “actions” and “branches”."))
            return nodes, branches
        self._check_keys(definition, TOP_KEYS, "", None)
        version = definition.get("format_version")
        if version is not None and (isinstance(version, bool) or version != FORMAT_VERSION):
            self._problem(
                "format_version",
                _("Format version %(value)s is not known here; this product reads version %(known)s."),
                path="format_version",
                value=shown(version),
                known=FORMAT_VERSION,
            )
            return nodes, branches
        for path, entry in self._entries(definition, "actions", self.limits.actions):
            node = self._node(entry, path)
            if node is None:
                continue
            if node.id in nodes:
                self._problem(
                    "duplicate_id",
                    _("Two actions have this id; each needs its own."),
                    path=path,
                    action_id=node.id,
                )
            nodes[node.id] = node
        for path, entry in self._entries(definition, "branches", self.limits.branches):
            branch = self._branch(entry, path, nodes)
            if branch is not None:
                branches.append(branch)
        return nodes, branches

    def _entries(
        self, definition: dict[str, object], key: str, maximum: int
    ) -> Iterator[tuple[str, dict[str, object]]]:
        entries = definition.get(key)
        if entries is None and key == "branches":
            return
        if not isinstance(entries, list):
            self._problem("not_a_list", _("“%(key)s” must be a list."), path=key, key=key)
            return
        if len(entries) > maximum:
            self._problem(
                f"too_many_{key}",
                _("There are %(number)s entries in “%(key)s”; at most %(maximum)s are allowed."),
                path=key,
                key=key,
                number=len(entries),
                maximum=maximum,
            )
            return
        for index, entry in enumerate(entries):
            path = f"{key}[{index}]"
            if isinstance(entry, dict):
                yield path, entry
            else:
                self._problem(
                    "not_an_object",
                    _("This must be an object, not “%(value)s”."),
                    path=path,
                    value=shown(entry),
                )

    def _node(self, entry: dict[str, object], path: str) -> Node | None:
        before = len(self.findings)
        id_ = self._id(entry, "id", path)
        self._check_keys(entry, ACTION_KEYS, path, id_)
        type_ = self._type(entry, path, id_)
        label = self._label(entry, path, id_)
        x, y = self._coordinate(entry, "x", path, id_), self._coordinate(entry, "y", path, id_)
        properties = copy.deepcopy(entry.get("properties"))
        if properties is None:
            properties = {}
        elif not isinstance(properties, dict):
            self._problem(
                "not_an_object",
                _("“properties” must be an object."),
                path=f"{path}.properties",
                action_id=id_,
            )
        if len(self.findings) > before or id_ is None or type_ is None or not isinstance(properties, dict):
            return None
        action = self.registry.get(type_)
        if action is None:
            reading = Reading({}, dict(sorted(properties.items())), ())
        else:
            named = self._snake_keys(properties, path, id_)
            reading = read_properties(action.properties, action.unused_properties, named)
        return Node(
            id=id_,
            type=type_,
            label=label,
            properties=MappingProxyType(dict(reading.stored)),
            x=x,
            y=y,
            action=action,
            values=MappingProxyType(dict(reading.values)),
            faults=reading.faults,
            exits=() if action is None else action.exits(reading.values),
        )

    def _branch(self, entry: dict[str, object], path: str, nodes: dict[str, Node]) -> Branch | None:
        source, target = self._id(entry, "from", path), self._id(entry, "to", path)
        self._check_keys(entry, BRANCH_KEYS, path, source)
        name = entry.get("branch")
        if name is None or name == "":
            name = DEFAULT
        if not isinstance(name, str) or len(name.strip()) not in range(1, NAME_CHARACTERS + 1):
            self._problem(
                "branch_name",
                _("The name of a branch is a text of 1 to 64 characters, not “%(value)s”."),
                path=f"{path}.branch",
                action_id=source,
                value=shown(name),
            )
            return None
        if source is None or target is None:
            return None
        name = name.strip()
        known = [spec.name for spec in nodes[source].exits] if source in nodes else []
        if name not in known:
            name = next((exit_ for exit_ in known if exit_.casefold() == name.casefold()), name)
        return Branch(source, name, target)

    def _snake_keys(self, properties: dict[str, object], path: str, id_: str) -> dict[str, object]:
        named: dict[str, object] = {}
        for name, value in properties.items():
            ours = snake_case(name.strip())
            if ours in named:
                self._problem(
                    "duplicate_property",
                    _("The property %(property)s is given twice, in two spellings."),
                    path=f"{path}.properties",
                    action_id=id_,
                    property=shown(ours),
                )
            named[ours] = value
        return named

    def _id(self, entry: dict[str, object], key: str, path: str) -> str | None:
        value = entry.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and _ID.fullmatch(value):
            return value
        code = "missing" if value is None else "bad_id"
        text = _("“%(key)s” is missing.") if value is None else _ID_RULE
        self._problem(code, text, path=f"{path}.{key}", key=key, value=shown(value))
        return None

    def _type(self, entry: dict[str, object], path: str, id_: str | None) -> str | None:
        value = entry.get("type")
        if isinstance(value, str) and _TYPE.fullmatch(value):
            return value.upper()
        self._problem(
            "bad_type",
            _("“type” must be the name of an action, such as %(examples)s; not “%(value)s”."),
            path=f"{path}.type",
            action_id=id_,
            examples=", ".join(self.registry.types()[:3]),
            value=shown(value),
        )
        return None

    def _label(self, entry: dict[str, object], path: str, id_: str | None) -> str:
        value = entry.get("label")
        if value is None:
            return ""
        if isinstance(value, str) and len(value) <= LABEL_CHARACTERS:
            return value
        self._problem(
            "bad_label",
            _("A label is a text of at most %(maximum)s characters."),
            path=f"{path}.label",
            action_id=id_,
            maximum=LABEL_CHARACTERS,
        )
        return ""

    def _coordinate(self, entry: dict[str, object], key: str, path: str, id_: str | None) -> int | float:
        value = entry.get(key)
        if value is None:
            return 0
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(value, int | float) and is_number and math.isfinite(value) and abs(value) <= FARTHEST:
            return int(value) if value == int(value) else value
        self._problem(
            "bad_coordinate",
            _("“%(key)s” must be a number from -%(maximum)s to %(maximum)s."),
            path=f"{path}.{key}",
            action_id=id_,
            key=key,
            maximum=FARTHEST,
        )
        return 0

    def _check_keys(
        self, entry: dict[str, object], known: tuple[str, ...], path: str, id_: str | None
    ) -> None:
        for key in sorted(entry.keys() - set(known)):
            self._problem(
                "unknown_key",
                _("“%(key)s” is not known here; known are: %(known)s."),
                path=f"{path}.{shown(key)}".lstrip("."),
                action_id=id_,
                key=shown(key),
                known=", ".join(known),
            )

    def _problem(
        self,
        code: str,
        text: Translatable,
        /,
        *,
        path: str = "",
        action_id: str | None = None,
        **params: object,
    ) -> None:
        self.findings.append(
            Finding(code=code, message=Message(text, params), path=path, action_id=action_id)
        )
        if len(self.findings) >= self.limits.findings:
            raise _Enough
