"""Runs scripts: one event in, the next state and what to do about it out.

Pure: reads neither clock nor database (what it asks of the organisation goes through the catalogue it is
given), sends and saves nothing. A script that is wrong gives a failed run with a reason, never an exception.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, assert_never

from scripts.interpreter.action import ERROR, Context, Outcome, Trouble, WaitingAction
from scripts.interpreter.catalogue import Catalogue
from scripts.interpreter.effects import Effect, RequestAgent, SendText
from scripts.interpreter.events import (
    DeadlineReached,
    Event,
    Fired,
    MessageReceived,
    Resolved,
    Scalar,
    Started,
    WakeUp,
)
from scripts.interpreter.failures import Failure
from scripts.interpreter.graph import Graph, Node
from scripts.interpreter.limits import LIMITS, Limits
from scripts.interpreter.run import Run, RunStatus, Step, TraceRow

_RESULT: Final = "result"


def advance(
    run: Run,
    graph: Graph,
    *,
    event: Event,
    now: datetime,
    limits: Limits = LIMITS,
    catalogue: Catalogue | None = None,
) -> Step:
    """Run the script on from an event until it waits, ends or fails.

    `now` must know its time zone. Without a `catalogue` the names that the script refers to are not checked.
    The steps of one advance are limited by `limits`, so it always returns, and soon.

    1. Started runs from BEGIN, once.
    2. Fired and Resolved end what is running and go on from the event action, or from that exit.
    3. DeadlineReached and MessageReceived go on at the action that waits for them.

    What does not apply to the state of the run changes nothing and is reported as not handled.
    """
    walk = _Walk(run, graph, now, limits, catalogue)
    return walk.step() if walk.take(event) else Step(run=run, handled=False)


@dataclass(slots=True)
class _Walk:
    """One advance while it lasts."""

    run: Run
    graph: Graph
    now: datetime
    limits: Limits
    catalogue: Catalogue | None
    effects: list[Effect] = field(default_factory=list)
    trace: list[TraceRow] = field(default_factory=list)

    def step(self) -> Step:
        return Step(run=self.run, effects=tuple(self.effects), trace=tuple(self.trace))

    def take(self, event: Event) -> bool:
        """Do what the event asks for; False if it does not apply."""
        if self.run.status is RunStatus.FAILED:
            return False
        match event:
            case Started():
                return self._start(event)
            case Fired():
                return self._fire(event)
            case Resolved():
                return self._resolve(event)
            case DeadlineReached() | MessageReceived():
                return self._wake(event)
            case _:
                assert_never(event)

    def _start(self, event: Started) -> bool:
        if self.run.started_at is not None:
            return False
        begins = self.graph.begins
        self.run = replace(self.run, started_at=self.now, default_skill=event.default_skill)
        if not begins:
            self._fail(Failure(code="no_begin"))
        elif len(begins) > 1:
            self._fail(Failure(code="several_begins", params={"number": len(begins)}))
        elif self._remember(event.variables, None):
            self._go(begins[0])
        return True

    def _fire(self, event: Fired) -> bool:
        action_id = self.graph.events.get(event.type)
        if action_id is None:
            return False
        self.run = replace(self.run, started_at=self.run.started_at or self.now)
        self._stop_waiting()
        if self._remember(event.variables, self.graph.nodes[action_id]):
            self._go(action_id)
        return True

    def _resolve(self, event: Resolved) -> bool:
        node = self.graph.nodes.get(event.action_id)
        if node is None or self.run.started_at is None or node.exit(event.branch) is None:
            return False
        is_error = event.branch == ERROR
        target = self.graph.target(node.id, event.branch)
        if target is None and not is_error:
            return False
        self._stop_waiting()
        if not self._count(node):
            return True
        values: dict[str, Scalar] = {_RESULT: event.code} if is_error else {}
        self._note(node, event.branch, values)
        if is_error:
            self.run = replace(self.run, agent_requested=False)
        if target is None:
            self._fail(_failure(node, event.code, event.params))
        else:
            self._go(target)
        return True

    def _wake(self, event: WakeUp) -> bool:
        run = self.run
        if run.status is not RunStatus.WAITING or run.position is None:
            return False
        if isinstance(event, MessageReceived) and not run.waits_for_message:
            return False
        if isinstance(event, DeadlineReached) and (run.resume_at is None or self.now < run.resume_at):
            return False
        self._stop_waiting()
        self._go(run.position, event)
        return True

    def _go(self, position: str | None, event: WakeUp | None = None) -> None:
        """Execute one action after another, the first as woken by the event if there is one."""
        while position is not None:
            node = self.graph.nodes.get(position)
            if node is None:
                self._fail(Failure(code="action_missing", params={"action": position}))
                return
            if not self._count(node):
                return
            outcome = self._execute(node, event)
            if outcome is None:
                return
            event = None
            position = self._follow(node, outcome)
            if self.run.status in {RunStatus.WAITING, RunStatus.FAILED}:
                return
        self.run = replace(self.run, status=RunStatus.ENDED, position=None)

    def _count(self, node: Node) -> bool:
        """Take one step off what is allowed; False, and a failed run, if nothing is left."""
        if len(self.trace) >= self.limits.steps_per_advance:
            self._fail(_failure(node, "too_many_steps", {"steps": self.limits.steps_per_advance}))
            return False
        if self.run.steps >= self.limits.steps_per_run:
            self._fail(_failure(node, "too_many_steps_in_all", {"steps": self.limits.steps_per_run}))
            return False
        self.run = replace(self.run, status=RunStatus.RUNNING, position=node.id, steps=self.run.steps + 1)
        return True

    def _execute(self, node: Node, event: WakeUp | None) -> Outcome | None:
        action = node.action
        if action is None:
            self._fail(_failure(node, "unknown_action", {"type": node.type}))
            return None
        fault = next((fault for fault in node.faults if not fault.is_warning), None)
        if fault is not None:
            self._fail(
                _failure(node, "bad_property", {"property": fault.property_name, "reason": fault.code})
            )
            return None
        context = Context(
            action_id=node.id,
            values=node.values,
            variables=self.run.variables,
            now=self.now,
            default_skill=self.run.default_skill,
            catalogue=self.catalogue,
        )
        if event is None:
            return action.execute(context)
        if isinstance(action, WaitingAction):
            return action.resume(context, event)
        self._fail(_failure(node, "cannot_resume", {}))
        return None

    def _follow(self, node: Node, outcome: Outcome) -> str | None:
        """Take over what came of an action; return where to go on, None where the path stops."""
        if outcome.trouble is not None:
            return self._trouble(node, outcome.trouble)
        if not self._remember(outcome.variables, node):
            return None
        if not self._may_send(node, sum(isinstance(effect, SendText) for effect in outcome.effects)):
            return None
        self.effects.extend(outcome.effects)
        if any(isinstance(effect, RequestAgent) for effect in outcome.effects):
            self.run = replace(self.run, agent_requested=True)
        if outcome.wait is not None:
            self._note(node, "", outcome.values)
            self.run = replace(
                self.run,
                status=RunStatus.WAITING,
                resume_at=outcome.wait.until,
                waits_for_message=outcome.wait.for_message,
            )
            return None
        if outcome.ends:
            self._note(node, "", outcome.values)
            return None
        self._note(node, outcome.branch, outcome.values)
        return self.graph.target(node.id, outcome.branch)

    def _may_send(self, node: Node, number: int) -> bool:
        """Count texts; False, and a failed run, if there are too many."""
        if self.run.texts + number > self.limits.texts_per_run:
            self._fail(_failure(node, "too_many_texts", {"texts": self.limits.texts_per_run}))
            return False
        self.run = replace(self.run, texts=self.run.texts + number)
        return True

    def _trouble(self, node: Node, trouble: Trouble) -> str | None:
        self._note(node, ERROR, {_RESULT: trouble.code, **trouble.params})
        target = self.graph.target(node.id, ERROR)
        if target is None:
            self._fail(_failure(node, trouble.code, trouble.params))
        return target

    def _remember(self, variables: Mapping[str, Scalar], node: Node | None) -> bool:
        """Set variables; False, and a failed run, if they grow too large."""
        if not variables:
            return True
        merged = {**self.run.variables, **variables}
        size = len(json.dumps(merged, ensure_ascii=False).encode("utf-8", "replace"))
        if size > self.limits.variables_bytes:
            self._fail(_failure(node, "variables_too_large", {"bytes": self.limits.variables_bytes}))
            return False
        self.run = replace(self.run, variables=merged)
        return True

    def _note(self, node: Node, branch: str, values: Mapping[str, Scalar]) -> None:
        sensitive = () if node.action is None else node.action.properties
        self.trace.append(
            TraceRow(
                position=self.run.steps,
                action_id=node.id,
                action_type=node.type,
                label=node.label,
                branch=branch,
                at=self.now,
                values=dict(values),
                sensitive=frozenset(spec.name for spec in sensitive if spec.sensitive),
            )
        )

    def _stop_waiting(self) -> None:
        self.run = replace(self.run, resume_at=None, waits_for_message=False)

    def _fail(self, failure: Failure) -> None:
        self.run = replace(
            self.run,
            status=RunStatus.FAILED,
            position=None,
            resume_at=None,
            waits_for_message=False,
            failure=failure,
        )


def _failure(node: Node | None, code: str, params: Mapping[str, Scalar]) -> Failure:
    if node is None:
        return Failure(code=code, params=params)
    return Failure(code=code, action_id=node.id, action_type=node.type, params=params)
