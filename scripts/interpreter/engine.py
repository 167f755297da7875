"""Runs scripts: one event in, the next state and what to do about it out.

Pure: reads neither clock nor database (what it asks of the organisation goes through the catalogue it is
given), sends and saves nothing. A script that is wrong gives a failed run with a reason, never an exception.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, assert_never

from scripts.interpreter.action import ERROR, TIMEOUT, Context, Outcome, Trouble, WaitingAction
from scripts.interpreter.catalogue import Catalogue
from scripts.interpreter.effects import Effect, EndContact, RequestAgent, SendText
from scripts.interpreter.events import (
    ApiAnswered,
    DeadlineReached,
    Event,
    Fired,
    MessageReceived,
    QueueTimedOut,
    Resolved,
    Scalar,
    Started,
    WakeUp,
)
from scripts.interpreter.failures import Failure
from scripts.interpreter.graph import Graph, Node
from scripts.interpreter.limits import LIMITS, Limits
from scripts.interpreter.run import Call, Run, RunStatus, Step, TraceRow

_RESULT: Final = "result"
_ON_QUEUE_TIMEOUT: Final = "ONQUEUETIMEOUT"


def advance(
    run: Run,
    graph: Graph,
    *,
    event: Event,
    now: datetime,
    limits: Limits = LIMITS,
    catalogue: Catalogue | None = None,
    snapshots: list[dict[str, Scalar]] | None = None,
) -> Step:
    """Run the script on from an event until it waits, ends or fails.

    `now` must know its time zone. Without a `catalogue` the names that the script refers to are not checked.
    The steps of one advance are limited by `limits`, so it always returns, and soon. `snapshots` gets the
    variables after each row of the trace, for who watches.

    1. Started runs from BEGIN, once.
    2. Fired, Resolved and QueueTimedOut end what is running and go on from the event action, or from that
       exit.
    3. DeadlineReached, MessageReceived and ApiAnswered go on at the action that waits for them.

    What does not apply to the state of the run changes nothing and is reported as not handled.
    """
    walk = _Walk(run, graph, now, limits, catalogue, snapshots)
    return walk.step() if walk.take(event) else Step(run=run, handled=False)


class _Walk:
    """One advance while it lasts: the run, taken apart so that a step costs little."""

    __slots__ = (
        "agent_requested",
        "calls",
        "catalogue",
        "default_skill",
        "effects",
        "failure",
        "graph",
        "limits",
        "main",
        "now",
        "position",
        "queue_action",
        "queue_calls",
        "queue_until",
        "resume_at",
        "size",
        "snapshots",
        "started_at",
        "status",
        "steps",
        "texts",
        "trace",
        "variables",
        "waits_for_call",
        "waits_for_message",
    )

    def __init__(
        self,
        run: Run,
        graph: Graph,
        now: datetime,
        limits: Limits,
        catalogue: Catalogue | None,
        snapshots: list[dict[str, Scalar]] | None,
    ) -> None:
        self.main = graph
        self.graph = graph
        self.now = now
        self.limits = limits
        self.catalogue = catalogue
        self.snapshots = snapshots
        self.effects: list[Effect] = []
        self.trace: list[TraceRow] = []
        self.status = run.status
        self.position = run.position
        self.variables: dict[str, Scalar] = dict(run.variables)
        self.size: int | None = None
        self.steps = run.steps
        self.texts = run.texts
        self.started_at = run.started_at
        self.resume_at = run.resume_at
        self.waits_for_message = run.waits_for_message
        self.waits_for_call = run.waits_for_call
        self.agent_requested = run.agent_requested
        self.default_skill = run.default_skill
        self.failure = run.failure
        self.calls = run.calls
        self.queue_action = run.queue_action
        self.queue_calls = run.queue_calls
        self.queue_until = run.queue_until

    def step(self) -> Step:
        run = Run(
            status=self.status,
            position=self.position,
            variables=self.variables,
            steps=self.steps,
            texts=self.texts,
            started_at=self.started_at,
            resume_at=self.resume_at,
            waits_for_message=self.waits_for_message,
            waits_for_call=self.waits_for_call,
            agent_requested=self.agent_requested,
            default_skill=self.default_skill,
            failure=self.failure,
            calls=self.calls,
            queue_action=self.queue_action,
            queue_calls=self.queue_calls,
            queue_until=self.queue_until,
        )
        return Step(run=run, effects=tuple(self.effects), trace=tuple(self.trace))

    def take(self, event: Event) -> bool:
        """Do what the event asks for; False if it does not apply."""
        if self.status is RunStatus.FAILED:
            return False
        match event:
            case Started():
                return self._start(event)
            case Fired():
                return self._fire(event.type, event.variables)
            case Resolved():
                return self._resolve(event)
            case QueueTimedOut():
                return self._time_out()
            case DeadlineReached() | MessageReceived() | ApiAnswered():
                return self._wake(event)
            case _:
                assert_never(event)

    # -- What happens from outside ---------------

    def _start(self, event: Started) -> bool:
        if self.started_at is not None:
            return False
        self.started_at = self.now
        self.default_skill = event.default_skill
        if self._remember(event.variables, None):
            self._begin(self.graph)
        return True

    def _begin(self, graph: Graph) -> None:
        begin = self._entrance(graph)
        if begin is not None:
            self._go(begin)

    def _entrance(self, graph: Graph) -> str | None:
        """The one BEGIN of a script; None, and a failed run, if it has none or several."""
        if len(graph.begins) == 1:
            return graph.begins[0]
        if not graph.begins:
            self._fail(Failure(code="no_begin"))
        else:
            self._fail(Failure(code="several_begins", params={"number": len(graph.begins)}))
        return None

    def _fire(self, type_: str, variables: Mapping[str, Scalar]) -> bool:
        action_id = self.main.events.get(type_)
        if action_id is None:
            return False
        self.started_at = self.started_at or self.now
        self._stop_waiting()
        self._return_to(())
        if self._remember(variables, self.graph.nodes[action_id]):
            self._go(action_id)
        return True

    def _resolve(self, event: Resolved) -> bool:
        node = self.main.nodes.get(event.action_id)
        if node is None or self.started_at is None or node.exit(event.branch) is None:
            return False
        is_error = event.branch == ERROR
        target = self.main.target(node.id, event.branch)
        if target is None and not is_error:
            return False
        self._stop_waiting()
        self._return_to(())
        if not self._count(node):
            return True
        self._note(node, event.branch, {_RESULT: event.code} if is_error else {})
        if is_error:
            self.agent_requested = False
        if target is None:
            self._fail(_failure(node, event.code, event.params))
        else:
            self._go(target)
        return True

    def _time_out(self) -> bool:
        if self.queue_until is None or self.now < self.queue_until or self.queue_action is None:
            return False
        self.queue_until = None
        around = (self.graph, self.calls)
        if self._return_to(self.queue_calls):
            node = self.graph.nodes.get(self.queue_action)
            target = self.graph.target(self.queue_action, TIMEOUT)
            if node is not None and target is not None:
                self._stop_waiting()
                if self._count(node):
                    self._note(node, TIMEOUT, {})
                    self._go(target)
                return True
        self.graph, self.calls = around
        # Where nothing leads on, what is running goes on: the wait was long, and that is all.
        self._fire(_ON_QUEUE_TIMEOUT, {})
        return True

    def _wake(self, event: WakeUp) -> bool:
        if self.status is not RunStatus.WAITING or self.position is None:
            return False
        if isinstance(event, MessageReceived) and not self.waits_for_message:
            return False
        if isinstance(event, ApiAnswered) and event.number != self.waits_for_call:
            return False
        if isinstance(event, DeadlineReached) and (self.resume_at is None or self.now < self.resume_at):
            return False
        self._stop_waiting()
        if self._return_to(self.calls):
            self._go(self.position, event)
        else:
            self._fail(Failure(code="script_gone", params={"action": self.position}))
        return True

    # -- Step by step ---------------

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
            if self.status is not RunStatus.RUNNING:
                return
            if position is None:
                position = self._leave_call()
        if self.status is RunStatus.RUNNING:
            self.status, self.position = RunStatus.ENDED, None

    def _count(self, node: Node) -> bool:
        """Take one step off what is allowed; False, and a failed run, if nothing is left."""
        if len(self.trace) >= self.limits.steps_per_advance:
            self._fail(_failure(node, "too_many_steps", {"steps": self.limits.steps_per_advance}))
            return False
        if self.steps >= self.limits.steps_per_run:
            self._fail(_failure(node, "too_many_steps_in_all", {"steps": self.limits.steps_per_run}))
            return False
        self.status, self.position = RunStatus.RUNNING, node.id
        self.steps += 1
        return True

    def _execute(self, node: Node, event: WakeUp | None) -> Outcome | None:
        action = node.action
        if action is None:
            self._fail(_failure(node, "unknown_action", {"type": node.type}))
            return None
        if node.faults and not node.is_sound:
            fault = next(fault for fault in node.faults if not fault.is_warning)
            self._fail(
                _failure(node, "bad_property", {"property": fault.property_name, "reason": fault.code})
            )
            return None
        context = Context(
            action_id=node.id,
            values=node.values,
            variables=self.variables,
            now=self.now,
            default_skill=self.default_skill,
            catalogue=self.catalogue,
            agent_requested=self.agent_requested,
            step=self.steps,
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
        if outcome.variables and not self._remember(outcome.variables, node):
            return None
        if outcome.effects and not self._take_effects(node, outcome.effects):
            return None
        if outcome.wait is not None:
            self._note(node, "", outcome.values)
            self.status = RunStatus.WAITING
            self.resume_at = outcome.wait.until
            self.waits_for_message = outcome.wait.for_message
            self.waits_for_call = outcome.wait.for_call
            return None
        if outcome.ends:
            self._note(node, "", outcome.values)
            if any(isinstance(effect, EndContact) for effect in outcome.effects):
                # With the contact, the scripts that called this one are over too.
                self._return_to(())
            return None
        self._note(node, outcome.branch, outcome.values)
        if outcome.calls is not None:
            return self._call(node, outcome.calls)
        return self.graph.target(node.id, outcome.branch)

    def _take_effects(self, node: Node, effects: tuple[Effect, ...]) -> bool:
        """Pass on what is asked for; False, and a failed run, if the texts are too many."""
        self.texts += sum(isinstance(effect, SendText) for effect in effects)
        if self.texts > self.limits.texts_per_run:
            self._fail(_failure(node, "too_many_texts", {"texts": self.limits.texts_per_run}))
            return False
        self.effects.extend(effects)
        for effect in effects:
            if isinstance(effect, RequestAgent):
                self.agent_requested = True
                self.queue_action, self.queue_calls = node.id, self.calls
                patience = effect.timeout_seconds
                self.queue_until = None if patience is None else self.now + timedelta(seconds=patience)
        return True

    def _trouble(self, node: Node, trouble: Trouble) -> str | None:
        self._note(node, ERROR, {_RESULT: trouble.code, **trouble.params})
        target = self.graph.target(node.id, ERROR)
        if target is None:
            self._fail(_failure(node, trouble.code, trouble.params))
        return target

    # -- Scripts that call each other ---------------

    def _call(self, node: Node, script: str) -> str | None:
        if len(self.calls) >= self.limits.calls:
            self._fail(_failure(node, "too_many_calls", {"calls": self.limits.calls}))
            return None
        calls = (*self.calls, Call(node.id, script))
        if not self._return_to(calls):
            self._fail(_failure(node, "script_gone", {}))
            return None
        return self._entrance(self.graph)

    def _leave_call(self) -> str | None:
        """Where the script around goes on; None where there is none, or it stops there too."""
        while self.calls:
            caller = self.calls[-1].action_id
            if not self._return_to(self.calls[:-1]):
                self._fail(Failure(code="script_gone", params={"action": caller}))
                return None
            target = self.graph.target(caller, Outcome().branch)
            if target is not None:
                return target
        return None

    def _return_to(self, calls: tuple[Call, ...]) -> bool:
        """Be in the innermost of these scripts; False, and everything as it was, if it cannot be read."""
        graph: object = self.main
        if calls:
            graph = None if self.catalogue is None else self.catalogue.graph_of(calls[-1].script)
        if not isinstance(graph, Graph):
            return False
        self.graph, self.calls = graph, calls
        return True

    # -- Keeping ---------------

    def _remember(self, variables: Mapping[str, Scalar], node: Node | None) -> bool:
        """Set variables; False, and a failed run, if they grow too large."""
        if not variables:
            return True
        if self.size is None:
            self.size = sum(_size(name, value) for name, value in self.variables.items())
        kept, size = self.variables, self.size
        for name, value in variables.items():
            size += _size(name, value) - (_size(name, kept[name]) if name in kept else 0)
        if size > self.limits.variables_bytes:
            self._fail(_failure(node, "variables_too_large", {"bytes": self.limits.variables_bytes}))
            return False
        self.size = size
        kept.update(variables)
        return True

    def _note(self, node: Node, branch: str, values: Mapping[str, Scalar]) -> None:
        action_id = node.id
        if self.calls:
            action_id = "/".join([*(call.action_id for call in self.calls), node.id])
        self.trace.append(
            TraceRow(
                position=self.steps,
                action_id=action_id,
                action_type=node.type,
                label=node.label,
                branch=branch,
                at=self.now,
                values=values,
                sensitive=node.sensitive,
            )
        )
        if self.snapshots is not None:
            self.snapshots.append(dict(self.variables))

    def _stop_waiting(self) -> None:
        self.resume_at, self.waits_for_message, self.waits_for_call = None, False, None

    def _fail(self, failure: Failure) -> None:
        self.status, self.position, self.failure = RunStatus.FAILED, None, failure
        self.queue_until = None
        self._stop_waiting()


def _size(name: str, value: Scalar) -> int:
    """Bytes that a variable takes as JSON in UTF-8, with what stands between it and the next."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
    return len(name.encode("utf-8", "replace")) + len(text.encode("utf-8", "replace")) + 6


def _failure(node: Node | None, code: str, params: Mapping[str, Scalar]) -> Failure:
    if node is None:
        return Failure(code=code, params=params)
    return Failure(code=code, action_id=node.id, action_type=node.type, params=params)
