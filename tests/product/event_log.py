"""Replays the log of contact events and says where a rule of the contact centre was broken.

Events are replayed in the order of their ids. A contact's events are written under the lock of its row and an
agent's under the lock of his, so for each of them that order is the order in which things happened; `at` is
the start of a transaction and may be earlier than what another one did before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the log, as far as it matters here."""

    id: int
    contact: int
    kind: str
    agent: int | None


@dataclass(frozen=True, slots=True)
class Final:
    """What the contact's row says at the end."""

    state: str
    agent: int | None


@dataclass(slots=True)
class _Replayed:
    """`state` as in Contact.State; `agent` is who is asked, or who has it."""

    state: str = "none"
    agent: int | None = None


SETTLED = ("offer_refused", "offer_expired", "offer_withdrawn")
NOTHING_MOVES = frozenset(
    {"message_received", "message_written", "message_completed", "message_status", "disposition_set"}
    | {"opt_out_stop", "opt_out_start", "note_added", "consulted", "snoozed", "woken"}
)
ALLOWED = {
    "opened": {"none"},
    "queued": {"pre_queue", "transferred", "requeued"},
    "offered": {"queued", "requeued"},
    "accepted": {"offered"},
    **{key: {"offered"} for key in SETTLED},
    "started": {"pre_queue"},
    "ended": {"active"},
    "transferred": {"active"},
    "requeued": {"active"},
    "closed": {"after_contact_work", "active"},
}
LEADS_TO = {
    "opened": "pre_queue",
    "queued": "queued",
    "offered": "offered",
    "accepted": "active",
    **dict.fromkeys(SETTLED, "queued"),
    "started": "active",
    "ended": "after_contact_work",
    "transferred": "transferred",
    "requeued": "requeued",
    "closed": "closed",
}
TAKES_A_SLOT = frozenset({"offered", "started"})
GIVES_A_SLOT = frozenset({*SETTLED, "transferred", "requeued", "closed"})
AGENTS_OWN = frozenset({"accepted", *SETTLED, "ended", "transferred", "requeued", "closed"})
AFTER_THE_END = frozenset({"disposition_set", "message_completed", "message_status"})


@dataclass(slots=True)
class Replay:
    """`violations` in words; `load` and `peak` count the slots of each agent, now and at the most."""

    limits: Mapping[int, int]
    contacts: dict[int, _Replayed] = field(default_factory=lambda: defaultdict(_Replayed))
    load: Counter[int] = field(default_factory=Counter)
    peak: Counter[int] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Replay one event."""
        contact = self.contacts[event.contact]
        if event.kind in NOTHING_MOVES:
            if contact.state == "closed" and event.kind not in AFTER_THE_END:
                self._broken(event, "after the close")
            return
        if event.kind not in ALLOWED:
            self._broken(event, "of an unknown kind")
            return
        if contact.state not in ALLOWED[event.kind]:
            self._broken(event, f"while {contact.state} (agent {contact.agent})")
        if event.kind in AGENTS_OWN and event.agent != contact.agent:
            self._broken(event, f"by agent {event.agent}, but agent {contact.agent} has it")
        self._count(event)
        contact.state = LEADS_TO[event.kind]
        if event.kind in TAKES_A_SLOT:
            contact.agent = event.agent
        elif event.kind in GIVES_A_SLOT:
            contact.agent = None

    def _count(self, event: Event) -> None:
        if event.agent is None:
            return
        if event.kind in TAKES_A_SLOT:
            self.load[event.agent] += 1
            self.peak[event.agent] = max(self.peak[event.agent], self.load[event.agent])
            if self.load[event.agent] > self.limits[event.agent]:
                self._broken(event, f"raises agent {event.agent} to {self.load[event.agent]}, over his limit")
        elif event.kind in GIVES_A_SLOT:
            self.load[event.agent] -= 1
            if self.load[event.agent] < 0:
                self._broken(event, f"lowers agent {event.agent} below nothing")

    def _broken(self, event: Event, words: str) -> None:
        self.violations.append(f"event {event.id}: contact {event.contact} {event.kind} {words}")


def replay(events: Iterable[Event], *, limits: Mapping[int, int]) -> Replay:
    """Replay a whole log. `limits` are the sessions each agent may have."""
    result = Replay(limits)
    for event in sorted(events, key=lambda one: one.id):
        result.take(event)
    return result


def limbo(
    replayed: Replay, finals: Mapping[int, Final], *, loads: Mapping[int, int], free: Mapping[int, int]
) -> list[str]:
    """Where the end is not what the log led to, or where a contact is left in the lurch.

    `loads` are the counted sessions of the agents' rows, `free` the slots of agents who could take a contact
    that waits.
    """
    broken = []
    for contact_id, final in finals.items():
        last = replayed.contacts[contact_id]
        state = "queued" if last.state == "requeued" else last.state
        if state != final.state:
            broken.append(f"contact {contact_id} is {final.state}, its log says {state}")
        if final.state == "active" and last.agent != final.agent:
            broken.append(f"contact {contact_id} is with agent {final.agent}, its log says {last.agent}")
        if final.state == "pre_queue":
            broken.append(f"contact {contact_id} never reached a queue")
    if sum(free.values()) and any(final.state == "queued" for final in finals.values()):
        broken.append(f"contacts wait although agents are free: {dict(free)}")
    for agent_id, load in loads.items():
        if replayed.load[agent_id] != load:
            broken.append(f"agent {agent_id} counts {load} sessions, the log {replayed.load[agent_id]}")
    return broken


def lost_or_disordered(
    sent: Mapping[str, list[str]], stored: Iterable[tuple[str, int, int, str]]
) -> list[str]:
    """Compare what each customer texted, in order, with the rows (customer, contact, position, text)."""
    kept: dict[str, list[str]] = defaultdict(list)
    for customer, _contact, _position, text in sorted(stored, key=lambda row: (row[0], row[1], row[2])):
        kept[customer].append(text)
    broken = [
        f"customer {customer} texted {texts}, stored is {kept[customer]}"
        for customer, texts in sent.items()
        if kept[customer] != texts
    ]
    broken += [f"nobody texted what is stored of {customer}" for customer in kept if customer not in sent]
    return broken
