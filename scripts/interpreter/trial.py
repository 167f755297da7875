"""Tries a script: what would happen to a contact, played through without a database, a queue or a provider.

A trial is how things are at its beginning (`Setup`) and what happens then (`Input`s). Playing the same again
gives the same, so nothing is kept between two looks at it. Whoever is asked about the organisation is a
`Catalogue`; agents and queues are what the tester says they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias, assert_never

from scripts.interpreter.catalogue import Catalogue, HoursAnswer, QueueFigures
from scripts.interpreter.effects import (
    AddNote,
    AddTag,
    CallApi,
    Effect,
    EndContact,
    RequestAgent,
    SendText,
    SetDisposition,
    ShowScreenPop,
    UpdateContact,
)
from scripts.interpreter.engine import advance
from scripts.interpreter.events import (
    ApiAnswered,
    DeadlineReached,
    Event,
    Fired,
    MessageReceived,
    QueueTimedOut,
    Scalar,
    Started,
)
from scripts.interpreter.failures import explain
from scripts.interpreter.graph import Graph
from scripts.interpreter.limits import LONGEST_TEXT, TEXTS_PER_HOUR
from scripts.interpreter.run import Run, RunStatus, TraceRow

MOST_INPUTS: Final = 200
MOST_ENTRIES: Final = 2_000
"""Of what is told; a script that does more is not played on."""
LONGEST_JUMP: Final = 31 * 24 * 3600
"""Seconds that the clock may jump at once."""


class Agents(StrEnum):
    """How the agents are: one that is free and accepts, refuses, lets it pass; or none that is free."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    EXPIRE = "expire"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    LOGGED_OUT = "logged_out"

    @property
    def is_free(self) -> bool:
        return self in (Agents.ACCEPT, Agents.REFUSE, Agents.EXPIRE)


class Place(StrEnum):
    """Where the contact is."""

    NONE = "none"
    PRE_QUEUE = "pre_queue"
    QUEUED = "queued"
    ACTIVE = "active"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How things are when the customer writes. `skill` is that of the point of contact.

    `waiting` contacts are in every queue before this one, the first since `longest_wait` seconds.
    """

    at: datetime
    customer: str
    number: str
    skill: str
    agents: Agents = Agents.LOGGED_OUT
    agent: str = "agent"
    waiting: int = 0
    longest_wait: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """The customer writes."""

    text: str


@dataclass(frozen=True, slots=True)
class Jump:
    """Time passes; what becomes due meanwhile happens at its moment."""

    seconds: int


@dataclass(frozen=True, slots=True)
class AgentsBecome:
    """The agents are otherwise from now on."""

    agents: Agents


@dataclass(frozen=True, slots=True)
class Transferred:
    """The agent gives the contact back to the queue of its skill."""


@dataclass(frozen=True, slots=True)
class Released:
    """The agent ends the contact."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The agent fills in the form of a screen pop."""

    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """The other system answers the call that is waited for; `failure` says why it could not be asked."""

    status: int | None = None
    body: str = ""
    failure: str = ""


Input: TypeAlias = Text | Jump | AgentsBecome | Transferred | Released | Filled | Answered


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: its kind, when, and what there is to say about it as plain values."""

    kind: str
    at: datetime
    data: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {"kind": self.kind, "at": self.at.isoformat(), **self.data}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a trial. `unused` counts inputs that nothing waited for; `is_cut`: it was too much."""

    entries: tuple[Entry, ...]
    run: Run
    now: datetime
    place: Place
    skill: str
    unused: int
    is_cut: bool

    def as_json(self) -> dict[str, object]:
        run = self.run
        return {
            "entries": [entry.as_json() for entry in self.entries],
            "status": run.status.value,
            "failure": None if run.failure is None else str(explain(run.failure)),
            "position": "/".join([*(call.action_id for call in run.calls), run.position])
            if run.position
            else None,
            "waits": {
                "until": _iso(run.resume_at),
                "message": run.waits_for_message,
                "call": run.waits_for_call is not None,
                "queue_until": _iso(run.queue_until),
            },
            "variables": dict(run.variables),
            "now": self.now.isoformat(),
            "place": self.place.value,
            "skill": self.skill,
            "unused": self.unused,
            "is_cut": self.is_cut,
        }


def play(graph: Graph, setup: Setup, inputs: Sequence[Input], catalogue: Catalogue) -> Played:
    """Let everything happen in its order. Raises nothing on account of a script."""
    trial = _Trial(graph, setup, catalogue)
    for one in inputs[:MOST_INPUTS]:
        if trial.is_cut:
            break
        trial.take(one)
    return trial.played()


def outcome_of(played: Played) -> dict[str, object]:
    """What a test of a script expects: the way, the texts and how it stands at the end."""
    steps = [entry.data for entry in played.entries if entry.kind == "step"]
    return {
        "path": [[step["action"], step["branch"]] for step in steps],
        "texts": [str(entry.data["text"]) for entry in played.entries if entry.kind == "text_out"],
        "status": played.run.status.value,
        "contact": played.place.value,
        "skill": played.skill,
    }


@dataclass(frozen=True, slots=True)
class _World:
    """The organisation, with agents and queues as the tester says."""

    trial: _Trial
    known: Catalogue

    def skill_exists(self, name: str) -> bool:
        return self.known.skill_exists(name)

    def agent_exists(self, username: str) -> bool:
        return self.known.agent_exists(username)

    def tag_exists(self, name: str) -> bool:
        return self.known.tag_exists(name)

    def disposition_exists(self, name: str) -> bool:
        return self.known.disposition_exists(name)

    def hours_exist(self, name: str) -> bool:
        return self.known.hours_exist(name)

    def script_exists(self, name: str) -> bool:
        return self.known.script_exists(name)

    def secret_exists(self, name: str) -> bool:
        return self.known.secret_exists(name)

    def hours_at(self, name: str, moment: datetime) -> HoursAnswer | None:
        return self.known.hours_at(name, moment)

    def published_script(self, name: str) -> str | None:
        return self.known.published_script(name)

    def graph_of(self, key: str) -> object | None:
        return self.known.graph_of(key)

    def agent_state(self, username: str) -> str | None:
        if not self.known.agent_exists(username):
            return None
        agents = self.trial.agents
        return "available" if agents.is_free else agents.value

    def queue_of(self, skill: str, moment: datetime) -> QueueFigures | None:
        if not self.known.skill_exists(skill):
            return None
        trial = self.trial
        waits = trial.place is Place.QUEUED and trial.skill.casefold() == skill.casefold()
        passed = int((moment - trial.setup.at).total_seconds())
        own = int((moment - trial.queued_at).total_seconds()) if waits and trial.queued_at else 0
        others = trial.setup.waiting
        return QueueFigures(
            waiting=others + waits,
            longest_wait=trial.setup.longest_wait + passed if others else own,
            agents_free=int(trial.agents.is_free),
            agents_logged_in=int(trial.agents is not Agents.LOGGED_OUT),
        )


class _Trial:
    """One contact while it is played."""

    def __init__(self, graph: Graph, setup: Setup, catalogue: Catalogue) -> None:
        self.graph = graph
        self.setup = setup
        self.world = _World(self, catalogue)
        self.now = setup.at
        self.agents = setup.agents
        self.place = Place.NONE
        self.skill = setup.skill
        self.queued_at: datetime | None = None
        self.run = Run()
        self.entries: list[Entry] = []
        self.unused = 0
        self.was_refused = False
        """By these agents, at this place in the queue: they are not asked again."""
        self.sent_at: list[datetime] = []

    @property
    def is_cut(self) -> bool:
        return len(self.entries) >= MOST_ENTRIES

    def played(self) -> Played:
        return Played(
            entries=tuple(self.entries[:MOST_ENTRIES]),
            run=self.run,
            now=self.now,
            place=self.place,
            skill=self.skill,
            unused=self.unused,
            is_cut=self.is_cut,
        )

    def take(self, given: Input) -> None:
        match given:
            case Text():
                self._text(given.text[:LONGEST_TEXT])
            case Jump():
                self._pass(min(max(given.seconds, 0), LONGEST_JUMP))
            case AgentsBecome():
                self.agents, self.was_refused = given.agents, False
                self._tell("agents", agents=given.agents.value)
                self._offer()
            case Transferred() | Released():
                if self.place is Place.ACTIVE:
                    self._leave(given)
                else:
                    self.unused += 1
            case Filled():
                self.run = self.run.told(given.values)
                self._tell("filled", values=dict(given.values))
            case Answered():
                self._answer(given)
            case _:
                assert_never(given)

    # -- What the customer, time and other systems do ---------------

    def _text(self, text: str) -> None:
        self._tell("text_in", text=text)
        if self.place is Place.NONE:
            self.place = Place.PRE_QUEUE
            variables: dict[str, Scalar] = {
                "text": text,
                "customer": self.setup.customer,
                "number": self.setup.number,
                "skill": self.skill,
            }
            self._advance(Started(default_skill=self.setup.skill, variables=variables))
            self._offer()
        elif self.run.status is RunStatus.WAITING and self.run.waits_for_message:
            self._advance(MessageReceived(text=text))
            self._offer()
        elif self.place is Place.CLOSED:
            # It would begin another contact, which is another trial.
            self._tell("new_contact")

    def _answer(self, given: Answered) -> None:
        number = self.run.waits_for_call
        if number is None:
            self.unused += 1
            return
        body = given.body.replace("\x00", "")
        self._tell("answer", status=given.status, failure=given.failure)
        self._advance(ApiAnswered(number=number, status=given.status, body=body, failure=given.failure))
        self._offer()

    def _pass(self, seconds: int) -> None:
        until = self.now + timedelta(seconds=seconds)
        self._tell("clock", seconds=seconds)
        while not self.is_cut:
            due = self._due()
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            self._wake()
            self._offer()
        self.now = until

    def _due(self) -> datetime | None:
        waits = self.run.resume_at if self.run.status is RunStatus.WAITING else None
        return min((moment for moment in (waits, self.run.queue_until) if moment is not None), default=None)

    def _wake(self) -> None:
        """What is due at this moment; whatever happens, it is not due any more."""
        until = self.run.queue_until
        if until is not None and until <= self.now:
            if self.place is not Place.QUEUED or not self._advance(QueueTimedOut()):
                self.run = replace(self.run, queue_until=None)
        elif not self._advance(DeadlineReached()):
            self.run = replace(self.run, resume_at=None)

    # -- Agents ---------------

    def _offer(self) -> None:
        if self.place is not Place.QUEUED or not self.agents.is_free or self.was_refused or self.is_cut:
            return
        agent = self.setup.agent
        if self.agents is Agents.ACCEPT:
            self.place = Place.ACTIVE
            self._tell("accepted", agent=agent)
            self._fire("ONANSWER")
        else:
            self.was_refused = True
            reason = "refused" if self.agents is Agents.REFUSE else "expired"
            self._tell(reason, agent=agent)
            self._fire("ONREFUSAL", stops=False, reason=reason)

    def _leave(self, how: Transferred | Released) -> None:
        if isinstance(how, Transferred):
            self._tell("transferred", agent=self.setup.agent)
            self.place, self.queued_at, self.was_refused = Place.QUEUED, self.now, False
            self._fire("ONTRANSFER")
            self._offer()
        else:
            self._tell("released", agent=self.setup.agent)
            self.place = Place.CLOSED
            self._fire("ONRELEASE")

    def _fire(self, type_: str, *, stops: bool = True, **variables: str) -> None:
        if self.run.status is RunStatus.FAILED:
            return
        if type_ in self.graph.events:
            if stops:
                self.run = replace(self.run, queue_until=None)
            given = {"agent": self.setup.agent, "skill": self.skill, **variables}
            self._advance(Fired(type=type_, variables=given))
        elif stops and (self.run.status is RunStatus.WAITING or self.run.queue_until is not None):
            self.run = self.run.stopped()

    # -- The script ---------------

    def _advance(self, event: Event) -> bool:
        before = dict(self.run.variables)
        snapshots: list[dict[str, Scalar]] = []
        step = advance(
            self.run, self.graph, event=event, now=self.now, catalogue=self.world, snapshots=snapshots
        )
        if not step.handled:
            return False
        self.run = step.run
        effects = list(step.effects)
        for row, after in zip(step.trace, snapshots, strict=True):
            changed = {
                name: value for name, value in after.items() if name not in before or before[name] != value
            }
            self._tell("step", **step_as_json(self.graph, row), changed=changed)
            before = after
            own_id = row.action_id.rpartition("/")[2]
            while effects and effects[0].action_id == own_id:
                self._apply(effects.pop(0))
        for effect in effects:
            self._apply(effect)
        if step.status is RunStatus.FAILED:
            self._tell("failed", failure="" if step.failure is None else str(explain(step.failure)))
            if self.place is Place.PRE_QUEUE:
                self._queue(self.setup.skill)
        elif step.status is RunStatus.ENDED and not step.run.agent_requested:
            self._close()
        return True

    def _apply(self, effect: Effect) -> None:
        match effect:
            case RequestAgent():
                self._request(effect)
            case UpdateContact():
                is_queued = self.place is Place.QUEUED
                self._tell("place_changed" if is_queued else "update_ignored")
            case SendText():
                self._send(effect.text)
            case EndContact():
                self._close()
            case ShowScreenPop():
                self._tell(
                    "screen_pop",
                    title=effect.title,
                    fields=[list(pair) for pair in effect.fields],
                    links=[list(pair) for pair in effect.links],
                    form=[list(pair) for pair in effect.form],
                    url=effect.url,
                )
            case CallApi():
                self._tell("call", method=effect.method, url=effect.url, body=effect.body)
            case AddTag():
                self._tell("tag", tag=effect.tag)
            case SetDisposition():
                self._tell("disposition", disposition=effect.disposition)
            case AddNote():
                self._tell("note", text=effect.text)
            case _:
                assert_never(effect)

    def _request(self, effect: RequestAgent) -> None:
        if self.place not in (Place.PRE_QUEUE, Place.QUEUED):
            self._tell("request_ignored")
            return
        self._queue(effect.skill or self.setup.skill, effect.target_agent)

    def _queue(self, skill: str, target: str | None = None) -> None:
        self.queued_at = self.queued_at or self.now
        self.place, self.skill, self.was_refused = Place.QUEUED, skill, False
        self._tell("queued", skill=skill, target_agent=target)

    def _send(self, text: str) -> None:
        sent = [moment for moment in self.sent_at if moment > self.now - timedelta(hours=1)]
        if len(sent) >= TEXTS_PER_HOUR:
            self._tell("text_held_back")
            return
        self.sent_at = [*sent, self.now]
        self._tell("text_out", text=text)

    def _close(self) -> None:
        if self.place in (Place.PRE_QUEUE, Place.QUEUED):
            self.place = Place.CLOSED
            self._tell("closed")

    def _tell(self, kind: str, **data: object) -> None:
        self.entries.append(Entry(kind, self.now, data))


def step_as_json(graph: Graph, row: TraceRow) -> dict[str, object]:
    """A row of the trace with the connection that was gone on by; None for it in a called script."""
    taken = graph.connection(row.action_id, row.branch) if row.branch else None
    return {
        "position": row.position,
        "action": row.action_id,
        "type": row.action_type,
        "label": row.label,
        "branch": row.branch,
        "edge": None if taken is None else {"from": taken.source, "branch": taken.name, "to": taken.target},
        "values": row.shown_values(),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
