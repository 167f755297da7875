"""What changed from one state of a script to another, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.graph import Graph, Node
from scripts.interpreter.messages import Message, Translatable, shown


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. `action_id` says where; a removed action is in the earlier state only."""

    kind: Kind
    action_id: str
    message: Message

    def as_json(self) -> dict[str, str]:
        """Plain values for an API or a page, the message in the current language."""
        return {"kind": self.kind.value, "action": self.action_id, "message": str(self.message)}


_VALUES: Final[Mapping[tuple[bool, bool], Translatable]] = {
    (False, True): _("%(action)s: %(property)s is now “%(after)s”; it was not set."),
    (True, False): _("%(action)s: %(property)s is no longer set; it was “%(before)s”."),
    (True, True): _("%(action)s: %(property)s is now “%(after)s”; it was “%(before)s”."),
}
_BRANCHES: Final[Mapping[tuple[bool, bool], Translatable]] = {
    (False, True): _("%(action)s: the branch %(branch)s now leads to %(after)s; it led nowhere."),
    (True, False): _("%(action)s: the branch %(branch)s leads nowhere now; it led to %(before)s."),
    (True, True): _("%(action)s: the branch %(branch)s now leads to %(after)s; it led to %(before)s."),
}


def compare(before: Graph, after: Graph) -> list[Change]:
    """Actions added, removed and changed, and branches that lead elsewhere; not places on the canvas.

    In the order of the ids, so that the same two states always give the same list.
    """
    changes: list[Change] = []
    for action_id in sorted({*before.nodes, *after.nodes}):
        changes += _of_action(action_id, before, after)
    return changes


def _of_action(action_id: str, before: Graph, after: Graph) -> Iterator[Change]:
    old, new = before.nodes.get(action_id), after.nodes.get(action_id)
    if old is None and new is not None:
        yield _change(Kind.ADDED, action_id, _("%(action)s was added."), action=name_of(new))
        return
    if old is not None and new is None:
        yield _change(Kind.REMOVED, action_id, _("%(action)s was removed."), action=name_of(old))
    elif old is not None and new is not None:
        yield from _of_node(old, new)
        yield from _of_branches(new, before, after)


def _of_node(old: Node, new: Node) -> Iterator[Change]:
    if old.type != new.type:
        yield _change(
            Kind.CHANGED,
            new.id,
            _("%(action)s is of the type %(after)s now; it was %(before)s."),
            action=name_of(new),
            before=old.type,
            after=new.type,
        )
    if old.label != new.label:
        text = _VALUES[bool(old.label), bool(new.label)]
        yield _change(
            Kind.CHANGED,
            new.id,
            text,
            action=new.type,
            property=_("Caption"),
            before=shown(old.label),
            after=shown(new.label),
        )
    for name in sorted({*old.properties, *new.properties}):
        was, now = old.properties.get(name), new.properties.get(name)
        if was != now:
            yield _change(
                Kind.CHANGED,
                new.id,
                _VALUES[was is not None, now is not None],
                action=name_of(new),
                property=_label(new, name),
                before=shown(was),
                after=shown(now),
            )


def _of_branches(node: Node, before: Graph, after: Graph) -> Iterator[Change]:
    names = {
        branch.name for graph in (before, after) for branch in graph.branches if branch.source == node.id
    }
    for name in sorted(names):
        was, now = before.target(node.id, name), after.target(node.id, name)
        if was != now:
            yield _change(
                Kind.CHANGED,
                node.id,
                _BRANCHES[was is not None, now is not None],
                action=name_of(node),
                branch=_branch(node, name),
                before=_target(before, was),
                after=_target(after, now),
            )


def _change(kind: Kind, action_id: str, text: Translatable, **params: object) -> Change:
    return Change(kind=kind, action_id=action_id, message=Message(text, params))


def name_of(node: Node) -> object:
    """As people know it: REQAGENT “Sales”, or REQAGENT alone."""
    if not node.label:
        return node.type
    return Message(_("%(type)s “%(label)s”"), {"type": node.type, "label": shown(node.label)})


def _target(graph: Graph, action_id: str | None) -> object:
    node = graph.nodes.get(action_id) if action_id else None
    return name_of(node) if node else shown(action_id)


def _label(node: Node, name: str) -> Translatable:
    specs = () if node.action is None else node.action.properties
    return next((spec.label for spec in specs if spec.name == name), name)


def _branch(node: Node, name: str) -> Translatable:
    spec = node.exit(name)
    return spec.label if spec else shown(name)
