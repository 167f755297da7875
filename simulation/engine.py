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
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from routing.matching import Profile, first_contact, in_order, place_of_agent
from simulation.queues import GONE, NOBODY, OFFERED, WAITING, AgentPlace, Contact, Heap, Lane, ReadyList


class Arrival(NamedTuple):
    """A contact that comes: when, how long an agent will have it, how long it waits at most.

    `profile` replaces the priority of its skill, as a script can. `mark` is for whoever records: the engine
    passes it on. `customer` tells who comes again; None: nobody who is known.
    """

    at_ms: int
    handle_ms: int
    patience_ms: int | None = None
    profile: Profile | None = None
    mark: int = 0
    customer: int | None = None


class Answer(NamedTuple):
    """What an agent does with an offer, and how long after it in milliseconds.

    Who does not accept refuses, or misses it: then it expires.
    """

    accepts: bool
    after_ms: int
    is_missed: bool = False


@dataclass(frozen=True, slots=True)
class SkillPolicy:
    """What a skill has switched on (docs/routing.md, "Policies").

    `asks_last_agent`: who had the customer's latest contact is asked first, if he is free. After
    `overflow_after_ms` in the queue agents of the skill `overflow_to` are asked as well; None: never.
    """

    asks_last_agent: bool = False
    overflow_to: int | None = None
    overflow_after_ms: int = 60_000


@dataclass(frozen=True, slots=True)
class AgentPolicy:
    """Cool-downs after what he did, and when he is Refused (docs/routing.md, "Policies").

    He is Refused when he misses `misses_before_refused` offers in a row (None: never) or, with
    `refused_after_refusal`, when he refuses one. After `away_ms` he makes himself available again, or with
    his next shift.
    """

    after_accept_ms: int = 0
    after_refusal_ms: int = 0
    after_miss_ms: int = 0
    after_contact_ms: int = 0
    misses_before_refused: int | None = None
    refused_after_refusal: bool = False
    away_ms: int = 300_000


NO_POLICY = SkillPolicy()
NO_POLICIES: Mapping[int, SkillPolicy] = MappingProxyType({})
NO_LAST_AGENTS: Mapping[int, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AgentRule:
    """How an agent works. `skills` maps the number of a skill to his proficiency, 1 (best) to 20.

    `refuses` is asked at each offer whether it is left unanswered, then `declines` whether he refuses it;
    None: never. Where `answers` is given, it is asked instead of all. `shifts` are the spans [from, to) in
    which he is offered something, in order; None: always. Whoever goes still answers what is before him, and
    ends what he has.
    """

    skills: Mapping[int, int]
    places: int
    answer_delay_ms: int = 0
    refusal_timeout_ms: int = 45_000
    refuses: Callable[[], bool] | None = None
    answers: Callable[[], Answer] | None = None
    shifts: Sequence[tuple[int, int]] | None = None
    declines: Callable[[], bool] | None = None
    policy: AgentPolicy | None = None

    def answer(self) -> Answer:
        """To one more offer."""
        if self.answers is not None:
            return self.answers()
        if self.refuses is not None and self.refuses():
            return Answer(accepts=False, after_ms=self.refusal_timeout_ms, is_missed=True)
        if self.declines is not None and self.declines():
            return Answer(accepts=False, after_ms=self.answer_delay_ms)
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

OFF_SHIFT, COOLING, REFUSED = 1, 2, 4
"""What can keep an agent from being offered anything, however few contacts he has."""


class _Agent:
    __slots__ = (
        "again",
        "agent_id",
        "before",
        "cool_until",
        "guest_of",
        "idle_since",
        "kept_away",
        "load",
        "misses",
        "policy",
        "queues",
        "refused_until",
        "rule",
    )

    def __init__(self, agent_id: int, rule: AgentRule, queues: list[_Queue], guest_of: list[_Queue]) -> None:
        self.agent_id = agent_id
        self.rule = rule
        self.queues = queues
        self.guest_of = guest_of
        """Skills that he has not, but to which one of his is the overflow skill."""
        self.policy = rule.policy
        self.load = 0
        self.misses = 0
        self.idle_since = 0
        self.kept_away = 0 if rule.shifts is None else OFF_SHIFT
        self.cool_until = 0
        self.refused_until = 0
        self.before: dict[int, tuple[Contact, int]] = {}
        """The offers before him, each with its moment; only kept where a policy may take them back."""
        self.again: dict[Lane, Heap] = {}
        """What he refused and may be asked again, when he has nothing else."""

    @property
    def has_room(self) -> bool:
        return not self.kept_away and self.load < self.rule.places

    def place(self, skill: int) -> AgentPlace | None:
        """His place among the agents of a skill; None while he has no room."""
        if not self.has_room:
            return None
        return place_of_agent(
            proficiency=self.rule.skills[skill], idle_since=self.idle_since, agent_id=self.agent_id
        )


class _Queue:
    """A skill: its lanes, its ready agents, its traffic."""

    __slots__ = ("_lanes", "arrivals", "lanes", "overflow_lanes", "policy", "profile", "ready", "skill")

    def __init__(
        self,
        skill: int,
        profile: Profile,
        policy: SkillPolicy,
        arrivals: Iterable[Arrival],
        ready: ReadyList,
    ) -> None:
        self.skill = skill
        self.profile = profile
        self.policy = policy
        self.arrivals = iter(arrivals)
        self.ready = ready
        self._lanes: dict[tuple[int, int, bool], Lane] = {}
        self.lanes: list[Lane] = []
        self.overflow_lanes: list[Lane] = []
        """Those of `lanes` that agents of the overflow skill serve as well."""

    def lane(self, acceleration_milli: int, max_milli: int, *, overflows: bool = False) -> Lane:
        key = (acceleration_milli, max_milli, overflows)
        found = self._lanes.get(key)
        if found is None:
            found = self._lanes[key] = Lane(overflows=overflows)
            self.lanes.append(found)
            if overflows:
                self.overflow_lanes.append(found)
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
        policies: Mapping[int, SkillPolicy] = NO_POLICIES,
        last_agents: Mapping[int, int] = NO_LAST_AGENTS,
    ) -> None:
        """`traffic` holds the arrivals of each skill, each in order of time.

        `policies` are those of skills, `last_agents` who had the latest contact of a customer before it
        begins; both by their numbers.
        """
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
            _Queue(
                skill,
                profile,
                policies.get(skill, NO_POLICY),
                arrivals,
                ReadyList(partial(self._place, skill)),
            )
            for skill, (profile, arrivals) in enumerate(zip(skills, traffic, strict=True))
        ]
        self._agents = [
            _Agent(
                number,
                rule,
                [self._queues[skill] for skill in rule.skills],
                [
                    queue
                    for queue in self._queues
                    if queue.policy.overflow_to in rule.skills and queue.skill not in rule.skills
                ],
            )
            for number, rule in enumerate(agents)
        ]
        # The contact is kept beside the agent: what an agent takes last is not always what came last.
        self._last = {customer: (0, agent) for customer, agent in last_agents.items()}
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
            lane=queue.lane(profile.acceleration_milli, profile.max_milli),
            profile=profile,
            queued_ms=now,
            handle_ms=arrival.handle_ms,
            leaves_ms=None if arrival.patience_ms is None else now + arrival.patience_ms,
            mark=arrival.mark,
            customer=arrival.customer,
        )
        self._recorder.arrived(queue.skill, now)
        self._note("queued", contact)
        if arrival.customer is not None and self._return_to_last_agent(queue, contact, arrival.customer):
            return
        if not self._dispatch(contact):
            self._enqueue(contact)

    def _return_to_last_agent(self, queue: _Queue, contact: Contact, customer: int) -> bool:
        """Offer it to who had the customer last, if he is free for it at this moment."""
        last = self._last.get(customer) if queue.policy.asks_last_agent else None
        if last is None:
            return False
        agent = self._agents[last[1]]
        if not agent.has_room or queue.skill not in agent.rule.skills:
            return False
        self._offer(agent, contact)
        self._list_if_ready(agent)
        return True

    def _enqueue(self, contact: Contact) -> None:
        contact.state = WAITING
        self._waiting += 1
        contact.lane.push(contact)
        if contact.leaves_ms is not None:
            self._at(contact.leaves_ms, self._lose_patience, contact)
        policy = self._queues[contact.skill].policy
        if policy.overflow_to is not None and not contact.lane.overflows:
            # One that was before an agent when its time came overflows when it is back.
            at_ms = max(self._now, contact.queued_ms + policy.overflow_after_ms)
            self._at(at_ms, self._overflow, contact, contact.returned)

    def _overflow(self, contact: Contact, returned: int) -> None:
        """From now on agents of another skill are asked as well; it keeps its place."""
        if contact.state != WAITING or contact.returned != returned:
            return
        queue = self._queues[contact.skill]
        contact.returned += 1
        contact.lane = queue.lane(contact.acceleration_milli, contact.max_milli, overflows=True)
        if self._dispatch(contact):
            self._waiting -= 1
            return
        contact.lane.push(contact)
        self._list_again(contact)
        self._offer_again(contact)

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
        # Who begins makes himself available, whatever he was before.
        self._let_back(agent, OFF_SHIFT | REFUSED)

    def _go(self, agent: _Agent) -> None:
        agent.kept_away |= OFF_SHIFT

    def _let_back(self, agent: _Agent, obstacles: int) -> None:
        agent.kept_away &= ~obstacles
        self._fill(agent)
        self._list_if_ready(agent)

    def _cool_down(self, agent: _Agent, duration_ms: int) -> None:
        """Of two that overlap the later end counts."""
        until = self._now + duration_ms
        if duration_ms and until > agent.cool_until:
            agent.kept_away |= COOLING
            agent.cool_until = until
            self._at(until, self._end_cool_down, agent)

    def _end_cool_down(self, agent: _Agent) -> None:
        if agent.cool_until == self._now:
            self._let_back(agent, COOLING)

    def _set_refused(self, agent: _Agent, policy: AgentPolicy) -> list[Contact]:
        """He misses too much: what else is before him is taken back, and returned, first offer first."""
        agent.misses = 0
        agent.kept_away |= REFUSED
        agent.refused_until = self._now + policy.away_ms
        self._at(agent.refused_until, self._end_refused, agent)
        taken_back = []
        for contact, offered_ms in agent.before.values():
            agent.load -= 1
            self._recorder.busy(agent.agent_id, offered_ms, self._now)
            self._note("withdrawn", contact, agent)
            taken_back.append(contact)
        agent.before.clear()
        return taken_back

    def _end_refused(self, agent: _Agent) -> None:
        if agent.kept_away & REFUSED and agent.refused_until == self._now:
            self._let_back(agent, REFUSED)

    # -- Offers ----------------------------------------------------------------------------------

    def _offer(self, agent: _Agent, contact: Contact) -> None:
        contact.state = OFFERED
        agent.load += 1
        if agent.agent_id in contact.refused_at:
            contact.refused_at = NOBODY
        self._note("offered", contact, agent)
        now = self._now
        answer = agent.rule.answer()
        after_ms = answer.after_ms
        if agent.policy is not None:
            agent.before[contact.contact_id] = contact, now
        if not answer.accepts:
            self._at(now + after_ms, self._refuse, agent, contact, now, contact.returned, answer)
        elif after_ms:
            self._at(now + after_ms, self._answer, agent, contact, now, contact.returned)
        else:
            self._accept(agent, contact, now)

    def _answer(self, agent: _Agent, contact: Contact, offered_ms: int, returned: int) -> None:
        if contact.returned == returned:
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
        if agent.policy is not None:
            agent.misses = 0
            del agent.before[contact.contact_id]
            self._cool_down(agent, agent.policy.after_accept_ms)
        if contact.customer is not None:
            latest = self._last.get(contact.customer)
            if latest is None or latest[0] < contact.contact_id:
                self._last[contact.customer] = contact.contact_id, agent.agent_id

    def _end(self, agent: _Agent, contact: Contact) -> None:
        agent.load -= 1
        agent.idle_since = self._now
        self._note("ended", contact, agent)
        if agent.policy is not None:
            self._cool_down(agent, agent.policy.after_contact_ms)
        self._fill(agent)
        self._list_if_ready(agent)

    def _refuse(
        self, agent: _Agent, contact: Contact, offered_ms: int, returned: int, answer: Answer
    ) -> None:
        if contact.returned != returned:
            return
        now = self._now
        agent.load -= 1
        contact.refused_at = {**contact.refused_at, agent.agent_id: now}
        self._recorder.refused(contact)
        self._recorder.busy(agent.agent_id, offered_ms, now)
        self._note("refused", contact, agent)
        taken_back = []
        if agent.policy is not None:
            taken_back = self._after_refusal(agent, agent.policy, contact, answer)
        if taken_back:
            self._end_pause_later(agent, contact)
            self._return_all([contact, *taken_back])
        elif contact.leaves_ms is not None and contact.leaves_ms <= now:
            self._abandon(contact)
            self._fill(agent)
        else:
            self._return(agent, contact)
        self._list_if_ready(agent)

    def _after_refusal(
        self, agent: _Agent, policy: AgentPolicy, contact: Contact, answer: Answer
    ) -> list[Contact]:
        """Cool-down, misses in a row, and what is taken back from who is Refused now."""
        del agent.before[contact.contact_id]
        if answer.is_missed:
            agent.misses += 1
            most = policy.misses_before_refused
            is_refused = most is not None and agent.misses >= most
        else:
            agent.misses = 0
            is_refused = policy.refused_after_refusal
        self._cool_down(agent, policy.after_miss_ms if answer.is_missed else policy.after_refusal_ms)
        if not is_refused or agent.kept_away & (OFF_SHIFT | REFUSED):
            return []
        return self._set_refused(agent, policy)

    def _return_all(self, contacts: Sequence[Contact]) -> None:
        """Queue several at their places, and only then look for an agent for each, in this order."""
        for contact in contacts:
            contact.returned += 1
            if contact.leaves_ms is not None and contact.leaves_ms <= self._now:
                self._abandon(contact)
            else:
                self._enqueue(contact)
        for contact in contacts:
            self._look_for_agent(contact)

    def _look_for_agent(self, contact: Contact) -> None:
        """Who could take it takes what comes first for him, until it is this one."""
        while contact.state == WAITING and (agent := self._best_for(contact)) is not None:
            first = self._first_for(agent, again=False)
            assert first is not None, "this contact waits for him"
            self._waiting -= 1
            self._offer(agent, first)
            self._list_if_ready(agent)
        if contact.state == WAITING:
            self._list_again(contact)
            self._offer_again(contact)

    def _return(self, agent: _Agent, contact: Contact) -> None:
        """Queue a refused contact again; the agent takes what else there is.

        What nobody has refused goes first, to whoever is ready. Only then refused contacts are put before
        their refusers, each to the best of them.
        """
        contact.returned += 1
        self._end_pause_later(agent, contact)
        if not self._dispatch(contact):
            self._enqueue(contact)
            self._list_again(contact)
        self._fill(agent, again=False)
        self._offer_again(contact, unless=agent)
        self._fill(agent)
        self._offer_again(contact)

    def _end_pause_later(self, agent: _Agent, contact: Contact) -> None:
        if self._reoffer_delay_ms:
            self._at(self._now + self._reoffer_delay_ms, self._end_pause, agent, contact, rank=PAUSES_END)

    def _list_again(self, contact: Contact) -> None:
        """Its refusers may be asked again when they have nothing else."""
        for refuser in self._refusers(contact):
            refuser.again.setdefault(contact.lane, Heap()).push(contact)

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
        agent = self._best_for(contact)
        if agent is None:
            return False
        # Had he something better to do, he would be doing it: nothing else waits that he could take.
        self._offer(agent, contact)
        self._list_if_ready(agent)
        return True

    def _best_for(self, contact: Contact) -> _Agent | None:
        """The best who is ready and has not refused it; of its own skill, then of the overflow skill."""
        queue = self._queues[contact.skill]
        best = queue.ready.first(contact.refused_at)
        if best is None and contact.lane.overflows and queue.policy.overflow_to is not None:
            best = self._queues[queue.policy.overflow_to].ready.first(contact.refused_at)
        return None if best is None else self._agents[best]

    def _offer_again(self, contact: Contact, *, unless: _Agent | None = None) -> None:
        """Offer a contact that waits, and that everybody ready has refused, to the best of its refusers."""
        if contact.state != WAITING:
            return
        ready = [place for agent in self._refusers(contact) if (place := self._place_for(agent, contact))]
        if not ready:
            return
        best = self._agents[min(ready)[1][2]]
        if best is not unless:
            self._waiting -= 1
            self._offer(best, contact)
            self._list_if_ready(best)

    def _place_for(self, agent: _Agent, contact: Contact) -> tuple[int, AgentPlace] | None:
        """Among all who may have it, those of its own skill first; None when he may not have it now."""
        if contact.skill in agent.rule.skills:
            place, tier = agent.place(contact.skill), 0
        else:
            overflow_to = self._queues[contact.skill].policy.overflow_to
            assert overflow_to is not None
            place, tier = agent.place(overflow_to), 1
        return None if place is None else (tier, place)

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
        for queue in agent.guest_of:
            for lane in queue.overflow_lanes:
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
