"""Whether a script may be published: what is wrong, where, and what would be right."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.utils.translation import gettext_lazy as _

from scripts.interpreter.action import ERROR, REFERRING
from scripts.interpreter.catalogue import KnownNames
from scripts.interpreter.findings import Finding, Severity, in_order
from scripts.interpreter.flow import circles, reachable
from scripts.interpreter.graph import Branch, Graph, Node
from scripts.interpreter.limits import GRAPH_LIMITS, GraphLimits
from scripts.interpreter.messages import Message, Translatable, shown
from scripts.interpreter.properties import Kind, PropertyFault
from scripts.interpreter.reading import parse
from scripts.interpreter.registry import REGISTRY, Registry

MOST_FINDINGS: Final = 200
NAMED_IN_A_CIRCLE: Final = 5


@dataclass(frozen=True, slots=True)
class Report:
    """What came of reading and inspecting a definition. `graph` is None where it could not even be read."""

    graph: Graph | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.is_error)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.is_error)

    @property
    def may_be_published(self) -> bool:
        return self.graph is not None and not self.errors


def examine(
    definition: object,
    catalogue: KnownNames,
    *,
    registry: Registry = REGISTRY,
    limits: GraphLimits = GRAPH_LIMITS,
) -> Report:
    """Read a definition and inspect it. Raises nothing, whatever it is given."""
    parsed = parse(definition, registry=registry, limits=limits)
    if parsed.graph is None:
        return Report(None, parsed.findings)
    return Report(parsed.graph, tuple(inspect(parsed.graph, catalogue)))


def inspect(graph: Graph, catalogue: KnownNames) -> list[Finding]:
    """Everything that is wrong (errors) or doubtful (warnings) in a script, errors first.

    Takes time in proportion to the size of the script. Of very many findings the first 200 are given.
    """
    findings = in_order(
        [
            *_begins(graph),
            *_events(graph),
            *_actions(graph, catalogue),
            *_branches(graph),
            *_flow(graph),
        ]
    )
    if len(findings) <= MOST_FINDINGS:
        return findings
    rest = Finding(
        code="more_findings",
        message=Message(_("There are %(number)s more findings."), {"number": len(findings) - MOST_FINDINGS}),
        severity=Severity.WARNING,
    )
    return [*findings[:MOST_FINDINGS], rest]


def _begins(graph: Graph) -> Iterator[Finding]:
    if not graph.begins:
        yield Finding(
            code="begin_missing", message=Message(_("The script needs a BEGIN action: it starts there."))
        )
    for action_id in graph.begins[1:]:
        yield Finding(
            code="begin_twice",
            action_id=action_id,
            message=Message(
                _("A script has exactly one BEGIN action; this one is too many, it has %(first)s already."),
                {"first": graph.begins[0]},
            ),
        )


def _events(graph: Graph) -> Iterator[Finding]:
    for node in graph.nodes.values():
        first = graph.events.get(node.type)
        if first is not None and first != node.id:
            yield Finding(
                code="event_twice",
                action_id=node.id,
                message=Message(
                    _("A script has at most one %(type)s action; it has %(first)s already."),
                    {"type": node.type, "first": first},
                ),
            )


def _actions(graph: Graph, catalogue: KnownNames) -> Iterator[Finding]:
    exists: dict[Kind, Callable[[str], bool]] = {
        Kind.SKILL: cache(catalogue.skill_exists),
        Kind.AGENT: cache(catalogue.agent_exists),
        Kind.TAG: cache(catalogue.tag_exists),
        Kind.DISPOSITION: cache(catalogue.disposition_exists),
        Kind.HOURS: cache(catalogue.hours_exist),
        Kind.SCRIPT: cache(catalogue.script_exists),
        Kind.SECRET: cache(catalogue.secret_exists),
    }
    for node in graph.nodes.values():
        action = node.action
        if action is None:
            yield Finding(
                code="unknown_action",
                action_id=node.id,
                message=Message(_("There is no action of the type %(type)s."), {"type": shown(node.type)}),
            )
            continue
        yield from (_of_property(node, fault) for fault in node.faults)
        if node.is_sound:
            yield from (_of_property(node, fault) for fault in action.inspect(node.values))
        references = action.references(node.values)
        named = zip(REFERRING, references.each(), strict=True)
        for kind, name in ((kind, name) for kind, names in named for name in sorted(names)):
            if not exists[kind](name):
                yield _missing(node, kind, name)


def _of_property(node: Node, fault: PropertyFault) -> Finding:
    return Finding(
        code=fault.code,
        message=fault.message,
        severity=Severity.WARNING if fault.is_warning else Severity.ERROR,
        action_id=node.id,
        property_name=fault.property_name,
    )


_MISSING: Final[Mapping[Kind, Translatable]] = {
    Kind.SKILL: _("There is no active inbound skill “%(name)s”. Choose one that exists, or “Default”."),
    Kind.AGENT: _("There is no active agent with the user name “%(name)s”."),
    Kind.TAG: _("There is no active tag “%(name)s”."),
    Kind.DISPOSITION: _("There is no active disposition “%(name)s”."),
    Kind.HOURS: _("There are no active hours of operation “%(name)s”."),
    Kind.SCRIPT: _("There is no active script “%(name)s” with a published version."),
    Kind.SECRET: _("There is no active secret “%(name)s”."),
}


def _missing(node: Node, kind: Kind, name: str) -> Finding:
    return Finding(
        code=f"{kind.value}_missing",
        action_id=node.id,
        property_name=_property_of(node, kind, name),
        message=Message(_MISSING[kind], {"name": shown(name)}),
    )


def _property_of(node: Node, kind: Kind, name: str) -> str | None:
    """The property that holds the reference, if a property of its own does."""
    specs = () if node.action is None else node.action.properties
    return next(
        (spec.name for spec in specs if spec.kind is kind and node.values.get(spec.name) == name), None
    )


def _branches(graph: Graph) -> Iterator[Finding]:
    times = Counter((branch.source, branch.name) for branch in graph.branches)
    for (source, name), number in times.items():
        if number > 1:
            yield Finding(
                code="branch_twice",
                action_id=source,
                branch=name,
                message=Message(
                    _("The branch %(branch)s leads to %(number)s actions; it can lead to one only."),
                    {"branch": shown(name), "number": number},
                ),
            )
    for branch in graph.branches:
        yield from _branch(graph, branch)
    for node in graph.nodes.values():
        for spec in node.exits:
            is_taken = spec.only_with is None or node.values.get(spec.only_with) is not None
            if not is_taken and graph.target(node.id, spec.name) is not None:
                yield Finding(
                    code="branch_never_taken",
                    severity=Severity.WARNING,
                    action_id=node.id,
                    branch=spec.name,
                    property_name=spec.only_with,
                    message=Message(
                        _("The branch %(branch)s is never taken: fill in the property %(property)s."),
                        {"branch": spec.name, "property": spec.only_with},
                    ),
                )
            if spec.required and graph.target(node.id, spec.name) is None:
                yield Finding(
                    code="branch_missing",
                    action_id=node.id,
                    branch=spec.name,
                    message=Message(
                        _("Connect the branch %(branch)s: it must lead to an action."), {"branch": spec.name}
                    ),
                )


def _branch(graph: Graph, branch: Branch) -> Iterator[Finding]:
    source, target = graph.nodes.get(branch.source), graph.nodes.get(branch.target)
    if source is None:
        yield Finding(
            code="branch_source_missing",
            action_id=branch.source,
            branch=branch.name,
            message=Message(
                _("A branch comes from the action %(action)s, which is not there."), {"action": branch.source}
            ),
        )
    elif source.action is not None and source.exit(branch.name) is None:
        yield Finding(
            code="branch_unknown",
            action_id=source.id,
            branch=branch.name,
            message=Message(
                _("%(type)s has no branch %(branch)s. It has: %(known)s."),
                {
                    "type": source.type,
                    "branch": shown(branch.name),
                    "known": ", ".join(spec.name for spec in source.exits) or "-",
                },
            ),
        )
    if target is None:
        yield Finding(
            code="branch_target_missing",
            action_id=branch.source,
            branch=branch.name,
            message=Message(
                _("The branch %(branch)s leads to the action %(action)s, which is not there."),
                {"branch": shown(branch.name), "action": branch.target},
            ),
        )
    elif target.action is not None and (target.action.is_begin or target.action.is_event):
        yield Finding(
            code="branch_into_start",
            action_id=branch.source,
            branch=branch.name,
            message=Message(
                _("No branch may lead to %(type)s: the script starts there."), {"type": target.type}
            ),
        )


def _flow(graph: Graph) -> Iterator[Finding]:
    ahead = _neighbours(graph)
    alive = reachable([*graph.begins, *graph.events.values()], lambda node: ahead[node])
    for action_id in graph.nodes.keys() - alive:
        yield Finding(
            code="unreachable",
            severity=Severity.WARNING,
            action_id=action_id,
            message=Message(_("No path leads to this action: it will never be used.")),
        )
    yield from _endless(graph, alive, ahead)
    yield from _no_way_out(graph)
    yield from _open_ends(graph)
    yield from _requests_after_answer(graph, ahead)


def _neighbours(graph: Graph) -> dict[str, list[str]]:
    """Where each action may go on: connections that really can be taken."""
    ahead: dict[str, list[str]] = defaultdict(list)
    for branch in graph.branches:
        source = graph.nodes.get(branch.source)
        if source is None or branch.target not in graph.nodes:
            continue
        if source.action is None or source.exit(branch.name) is not None:
            ahead[branch.source].append(branch.target)
    return ahead


def _endless(graph: Graph, alive: set[str], ahead: dict[str, list[str]]) -> Iterator[Finding]:
    restless = {action_id for action_id in alive if not _breaks_cycles(graph, action_id)}

    def onward(action_id: str) -> list[str]:
        return [target for target in ahead[action_id] if target in restless]

    for circle in circles(restless, onward):
        yield Finding(
            code="endless_circle",
            action_id=circle[0],
            message=Message(
                _(
                    "The script can go round in a circle for ever (%(actions)s): "
                    "put an action that waits into it, or lead it on."
                ),
                {"actions": _named(circle)},
            ),
        )


def _onward_unqueued(graph: Graph, action_id: str) -> Iterator[str]:
    """Where an action leads while the contact is in no queue."""
    for spec in graph.nodes[action_id].exits:
        target = graph.target(action_id, spec.name)
        if not spec.is_queued and target is not None and target in graph.nodes:
            yield target


def _unqueued(graph: Graph) -> set[str]:
    """Actions that a contact can be at before it is in a queue."""
    return reachable(graph.begins, lambda action_id: _onward_unqueued(graph, action_id))


def _no_way_out(graph: Graph) -> Iterator[Finding]:
    """Circles that wait, and so may be gone through, but never lead to a queue or an end."""
    unqueued = _unqueued(graph)
    before: dict[str, list[str]] = defaultdict(list)
    for action_id in unqueued:
        for target in _onward_unqueued(graph, action_id):
            before[target].append(action_id)
    leaving = {action_id for action_id in unqueued if _may_leave(graph, graph.nodes[action_id])}
    stuck = unqueued - reachable(leaving, lambda action_id: before[action_id])

    def onward(action_id: str) -> list[str]:
        return [target for target in _onward_unqueued(graph, action_id) if target in stuck]

    for circle in circles(stuck, onward):
        if any(_breaks_cycles(graph, action_id) for action_id in circle):
            yield Finding(
                code="no_way_out",
                action_id=circle[0],
                message=Message(
                    _(
                        "From here (%(actions)s) the script never comes to an end or to a queue: "
                        "lead it to an action that requests an agent or ends the contact."
                    ),
                    {"actions": _named(circle)},
                ),
            )


def _may_leave(graph: Graph, node: Node) -> bool:
    """Whether a contact may come into a queue or to an end here. Open ends are remarked on elsewhere."""
    if node.action is None or node.action.terminates:
        return True
    return any(
        spec.is_queued or (spec.name != ERROR and graph.target(node.id, spec.name) is None)
        for spec in node.exits
    )


def _breaks_cycles(graph: Graph, action_id: str) -> bool:
    action = graph.nodes[action_id].action
    return action is not None and action.breaks_cycles


def _named(circle: list[str]) -> str:
    return ", ".join(circle[:NAMED_IN_A_CIRCLE]) + (", …" if len(circle) > NAMED_IN_A_CIRCLE else "")


def _requests_after_answer(graph: Graph, ahead: dict[str, list[str]]) -> Iterator[Finding]:
    """Requests for an agent on the path of an event at which the contact waits for none."""
    for type_, event_id in graph.events.items():
        event = graph.nodes[event_id].action
        if event is None or event.contact_waits:
            continue
        for action_id in sorted(reachable([event_id], lambda action_id: ahead[action_id])):
            action = graph.nodes[action_id].action
            if action is not None and action.queues:
                yield Finding(
                    code="queues_after_answer",
                    action_id=action_id,
                    message=Message(
                        _(
                            "%(type)s leads here: the contact is with an agent, or over, "
                            "and cannot be put in a queue."
                        ),
                        {"type": type_},
                    ),
                )


def _open_ends(graph: Graph) -> Iterator[Finding]:
    """Paths from BEGIN that stop although the contact is in no queue: nobody would ever see it.

    An open `error` is none: there the run fails, and a failed run's contact goes to the skill of the point of
    contact. Required branches, and those that others stand in for, are remarked on already.
    """

    for action_id in _unqueued(graph):
        node = graph.nodes[action_id]
        if node.action is None or node.action.terminates:
            continue
        for spec in node.exits:
            if spec.is_queued or spec.required or spec.instead or spec.name == ERROR:
                continue
            if graph.target(action_id, spec.name) is None:
                yield Finding(
                    code="path_stops",
                    action_id=action_id,
                    branch=spec.name,
                    message=Message(
                        _(
                            "The path stops at the branch %(branch)s before the contact is in a queue. "
                            "Lead it to an action that requests an agent or ends the contact."
                        ),
                        {"branch": shown(spec.name)},
                    ),
                )
