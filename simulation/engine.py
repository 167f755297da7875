"""The events of a contact centre on a virtual clock: arrive, offer, accept, refuse, abandon, end.

Who is offered what is decided by `routing.matching`, as in the product. Time is in whole milliseconds, as the
product's is. Nothing here is random: what happens comes from iterators, be they random streams or a record of
real traffic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple, Protocol

from routing.matching import Profile, first_contact, in_order, place_of_agent
from simulation.queues import GONE, NOBODY, OFFERED, WAITING, AgentPlace, Contact, Heap, Lane, ReadyList


class Arrival(NamedTuple):
    """A contact that comes: when, how long an agent will have it, how long it waits at most.

    `profile` replaces the priority of its skill, as a script can. `mark` is for whoever records: the engine
    passes it on.
    """

    at_ms: int
    handle_ms: int
    patience_ms: int | None = None
    profile: Profile | None = None
    mark: int = 0


class Answer(NamedTuple):
    """What an agent does with an offer, and how long after it in milliseconds."""

    accepts: bool
    after_ms: int


@dataclass(frozen=True, slots=True)
class AgentRule:
    """How an agent works. `skills` maps the number of a skill to his proficiency, 1 (best) to 20.

    `refuses` is asked at each offer whether it is left unanswered; None: never. Where `answers` is given, it
    is asked instead of both. `shifts` are the spans [from, to) in which he is offered something, in order;
    None: always. Whoever goes still answers what is before him, and ends what he has.
    """

    skills: Mapping[int, int]
    places: int
    answer_delay_ms: int = 0
    refusal_timeout_ms: int = 45_000
    refuses: Callable[[], bool] | None = None
    answers: Callable[[], Answer] | None = None
    shifts: Sequence[tuple[int, int]] | None = None

    def answer(self) -> Answer:
        """To one more offer."""
        if self.answers is not None:
            return self.answers()
        if self.refuses is not None and self.refuses():
            return Answer(accepts=False, after_ms=self.refusal_timeout_ms)
        return Answer(accepts=True, after_ms=self.answer_delay_ms)


class Recorder(Protocol):
    """Hears what is to be measured."""

    def arrived(self, skill: int, queued_ms: int) -> None: ...
    def left_queue(self, contact: Contact, now_ms: int, *, accepted: bool) -> None: ...
    def refused(self, contact: Contact) -> None: ...
    def busy(self, agent_id: int, from_ms: int, to_ms: int) -> None: ...


PAUSES_END, ASK_AGAIN, ALL_ELSE = range(3)
"""The order of what happens in one millisecond."""

Journal = Callable[[str, int, int, int | None], None]
"""Called with what happened, when, the contact's id, and the agent's id if there is one."""


class _Agent:
    __slots__ = ("again", "agent_id", "idle_since", "is_there", "load", "queues", "rule")

    def __init__(self, agent_id: int, rule: AgentRule, queues: list[_Queue]) -> None:
        self.agent_id = agent_id
        self.rule = rule
        self.queues = queues
        self.load = 0
        self.idle_since = 0
        self.is_there = rule.shifts is None
        self.again: dict[Lane, Heap] = {}
        """What he refused and may be asked again, when he has nothing else."""

    @property
    def has_room(self) -> bool:
        return self.is_there and self.load < self.rule.places

    def place(self, skill: int) -> AgentPlace | None:
        """His place among the agents of a skill; None while he has no room."""
        if not self.has_room:
            return None
        return place_of_agent(
            proficiency=self.rule.skills[skill], idle_since=self.idle_since, agent_id=self.agent_id
        )


class _Queue:
    """A skill: its lanes, its ready agents, its traffic."""

    __slots__ = ("_lanes", "arrivals", "lanes", "profile", "ready", "skill")

    def __init__(self, skill: int, profile: Profile, arrivals: Iterable[Arrival], ready: ReadyList) -> None:
        self.skill = skill
        self.profile = profile
        self.arrivals = iter(arrivals)
        self.ready = ready
        self._lanes: dict[tuple[int, int], Lane] = {}
        self.lanes: list[Lane] = []

    def lane(self, profile: Profile) -> Lane:
        key = (profile.acceleration_milli, profile.max_milli)
        found = self._lanes.get(key)
        if found is None:
            found = self._lanes[key] = Lane()
            self.lanes.append(found)
        return found


class Simulation:
    """Skills are numbered by their order, agents and contacts by theirs."""

    def __init__(
        self,
        *,
        skills: Sequence[Profile],
        agents: Sequence[AgentRule],
        traffic: Sequence[Iterable[Arrival]],
        recorder: Recorder,
        reoffer_delay_ms: int = 5_000,
        journal: Journal | None = None,
    ) -> None:
        """`traffic` holds the arrivals of each skill, each in order of time."""
        self._now = 0
        self._waiting = 0
        self._pauses_ended: list[Contact] = []
        self._events: list[tuple[int, int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._numbers = count()
        self._contact_ids = count(1)
        self._recorder = recorder
        self._reoffer_delay_ms = reoffer_delay_ms
        self._journal = journal
        self._queues = [
            _Queue(skill, profile, arrivals, ReadyList(partial(self._place, skill)))
            for skill, (profile, arrivals) in enumerate(zip(skills, traffic, strict=True))
        ]
        self._agents = [
            _Agent(number, rule, [self._queues[skill] for skill in rule.skills])
            for number, rule in enumerate(agents)
        ]
        for agent in self._agents:
            self._list_if_ready(agent)
            for begins, ends in agent.rule.shifts or ():
                self._at(begins, self._come, agent)
                self._at(ends, self._go, agent)
        for queue in self._queues:
            self._await_arrival(queue)

    @property
    def is_over(self) -> bool:
        """Nothing is left that could happen."""
        return not self._events

    def run(self, until_ms: int) -> None:
        """Let everything happen up to and including this moment."""
        events = self._events
        while events and events[0][0] <= until_ms:
            self._now, _rank, _number, action, subject = heappop(events)
            action(*subject)
        self._now = until_ms

    def _at(self, at_ms: int, action: Callable[..., None], *subject: Any, rank: int = ALL_ELSE) -> None:
        # Of one rank in one millisecond, first what was known first.
        heappush(self._events, (at_ms, rank, next(self._numbers), action, subject))

    def _note(self, what: str, contact: Contact, agent: _Agent | None = None) -> None:
        if self._journal is not None:
            self._journal(what, self._now, contact.contact_id, None if agent is None else agent.agent_id)

    # -- Contacts come and go --------------------------------------------------------------------

    def _await_arrival(self, queue: _Queue) -> None:
        arrival = next(queue.arrivals, None)
        if arrival is None:
            return
        if arrival.at_ms < self._now:
            raise ValueError("arrivals must be in order of time")
        self._at(arrival.at_ms, self._arrive, queue, arrival)

    def _arrive(self, queue: _Queue, arrival: Arrival) -> None:
        self._await_arrival(queue)
        now = self._now
        profile = arrival.profile or queue.profile
        contact = Contact(
            contact_id=next(self._contact_ids),
            skill=queue.skill,
            lane=queue.lane(profile),
            profile=profile,
            queued_ms=now,
            handle_ms=arrival.handle_ms,
            leaves_ms=None if arrival.patience_ms is None else now + arrival.patience_ms,
            mark=arrival.mark,
        )
        self._recorder.arrived(queue.skill, now)
        self._note("queued", contact)
        if not self._dispatch(contact):
            self._enqueue(contact)

    def _enqueue(self, contact: Contact) -> None:
        contact.state = WAITING
        self._waiting += 1
        contact.lane.push(contact)
        if contact.leaves_ms is not None:
            self._at(contact.leaves_ms, self._lose_patience, contact)

    def _lose_patience(self, contact: Contact) -> None:
        if contact.state == WAITING:
            self._waiting -= 1
            self._abandon(contact)

    def _abandon(self, contact: Contact) -> None:
        contact.state = GONE
        self._recorder.left_queue(contact, self._now, accepted=False)
        self._note("abandoned", contact)

    # -- Agents come and go ----------------------------------------------------------------------

    def _come(self, agent: _Agent) -> None:
        agent.is_there = True
        self._fill(agent)
        self._list_if_ready(agent)

    def _go(self, agent: _Agent) -> None:
        agent.is_there = False

    # -- Offers ----------------------------------------------------------------------------------

    def _offer(self, agent: _Agent, contact: Contact) -> None:
        contact.state = OFFERED
        agent.load += 1
        if agent.agent_id in contact.refused_at:
            contact.refused_at = NOBODY
        self._note("offered", contact, agent)
        now = self._now
        accepts, after_ms = agent.rule.answer()
        if not accepts:
            self._at(now + after_ms, self._expire, agent, contact, now)
        elif after_ms:
            self._at(now + after_ms, self._answer, agent, contact, now)
        else:
            self._accept(agent, contact, now)

    def _answer(self, agent: _Agent, contact: Contact, offered_ms: int) -> None:
        self._accept(agent, contact, offered_ms)
        self._list_if_ready(agent)

    def _accept(self, agent: _Agent, contact: Contact, offered_ms: int) -> None:
        now = self._now
        contact.state = GONE
        agent.idle_since = now
        ends = now + contact.handle_ms
        self._recorder.left_queue(contact, now, accepted=True)
        self._recorder.busy(agent.agent_id, offered_ms, ends)
        self._note("accepted", contact, agent)
        self._at(ends, self._end, agent, contact)

    def _end(self, agent: _Agent, contact: Contact) -> None:
        agent.load -= 1
        agent.idle_since = self._now
        self._note("ended", contact, agent)
        self._fill(agent)
        self._list_if_ready(agent)

    def _expire(self, agent: _Agent, contact: Contact, offered_ms: int) -> None:
        now = self._now
        agent.load -= 1
        contact.refused_at = {**contact.refused_at, agent.agent_id: now}
        self._recorder.refused(contact)
        self._recorder.busy(agent.agent_id, offered_ms, now)
        self._note("refused", contact, agent)
        if contact.leaves_ms is not None and contact.leaves_ms <= now:
            self._abandon(contact)
            self._fill(agent)
        else:
            self._return(agent, contact)
        self._list_if_ready(agent)

    def _return(self, agent: _Agent, contact: Contact) -> None:
        """Queue a refused contact again; the agent takes what else there is.

        What nobody has refused goes first, to whoever is ready. Only then refused contacts are put before
        their refusers, each to the best of them.
        """
        contact.returned += 1
        if self._reoffer_delay_ms:
            self._at(self._now + self._reoffer_delay_ms, self._end_pause, agent, contact, rank=PAUSES_END)
        if not self._dispatch(contact):
            self._enqueue(contact)
            for refuser in self._refusers(contact):
                refuser.again.setdefault(contact.lane, Heap()).push(contact)
        self._fill(agent, again=False)
        self._offer_again(contact, unless=agent)
        self._fill(agent)
        self._offer_again(contact)

    def _end_pause(self, agent: _Agent, contact: Contact) -> None:
        refused = contact.refused_at.get(agent.agent_id)
        if contact.state == WAITING and refused == self._now - self._reoffer_delay_ms:
            agent.again.setdefault(contact.lane, Heap()).push(contact)
            if not self._pauses_ended:
                self._at(self._now, self._ask_again, rank=ASK_AGAIN)
            self._pauses_ended.append(contact)

    def _ask_again(self) -> None:
        contacts = in_order(self._pauses_ended, self._now)
        self._pauses_ended = []
        for contact in contacts:
            self._offer_again(contact)

    def _refusers(self, contact: Contact) -> list[_Agent]:
        """Who refused it and may be asked again."""
        latest = self._now - self._reoffer_delay_ms
        return [self._agents[one] for one, at_ms in contact.refused_at.items() if at_ms <= latest]

    # -- Who is offered what ---------------------------------------------------------------------

    def _dispatch(self, contact: Contact) -> bool:
        """Offer a contact that is in no lane to the best agent who has not refused it; False: to none."""
        best = self._queues[contact.skill].ready.first(contact.refused_at)
        if best is None:
            return False
        # Had he something better to do, he would be doing it: nothing else waits that he could take.
        agent = self._agents[best]
        self._offer(agent, contact)
        self._list_if_ready(agent)
        return True

    def _offer_again(self, contact: Contact, *, unless: _Agent | None = None) -> None:
        """Offer a contact that waits, and that everybody ready has refused, to the best of its refusers."""
        if contact.state != WAITING:
            return
        ready = [place for agent in self._refusers(contact) if (place := agent.place(contact.skill))]
        if not ready:
            return
        best = self._agents[min(ready)[2]]
        if best is not unless:
            self._waiting -= 1
            self._offer(best, contact)
            self._list_if_ready(best)

    def _fill(self, agent: _Agent, *, again: bool = True) -> None:
        """Offer an agent what comes first for him until his places are full."""
        while agent.has_room and (contact := self._first_for(agent, again=again)) is not None:
            self._waiting -= 1
            self._offer(agent, contact)

    def _first_for(self, agent: _Agent, *, again: bool) -> Contact | None:
        if not self._waiting:
            return None
        heads: list[Contact] = []
        for queue in agent.queues:
            for lane in queue.lanes:
                lane.add_heads(agent.agent_id, heads)
        if not heads and again and agent.again:
            heads = [head for heap in agent.again.values() if (head := heap.head()) is not None]
        return first_contact(heads, self._now)

    def _list_if_ready(self, agent: _Agent) -> None:
        if agent.has_room:
            for queue in agent.queues:
                queue.ready.enter(agent.agent_id)

    def _place(self, skill: int, agent_id: int) -> AgentPlace | None:
        return self._agents[agent_id].place(skill)
