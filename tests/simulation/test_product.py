"""The same history through PostgreSQL and through the simulation: the same offers, to the millisecond.

The product runs on a clock of the test: a function of the database that its statements find before the
system's. Beside it customers, agents and the sweeper do what is written down for them, at the moment it is
due. The simulation meets the same arrivals and answers. Nothing of either is told what the other did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

import pytest
from django.db import connection

from agents.models import Agent, AgentState
from contacts.facts import AgentRequested
from contacts.models import Contact
from core import sql
from core.clock import database_now
from routing.matching import Profile
from routing.models import Offer
from routing.services import assignments, offers, presence, queueing
from simulation.engine import AgentPolicy, AgentRule, Answer, Arrival, Simulation, SkillPolicy
from simulation.measures import Measures
from skills.models import Skill
from tests.factories.contacts import CustomerFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.routing.conftest import floor as floor  # a fixture is known by its name
from tests.routing.floor import Floor, assert_consistent

MS = timedelta(milliseconds=1)
SECOND = 1_000
LATER = 3_600 * SECOND
"""The pause before a refuser is asked again: behind everything that happens here."""

Line = tuple[int, str, int, int]
"""Millisecond, what, contact, agent."""


@dataclass(frozen=True)
class History:
    """What happens to both. Answers are those of each agent, one offer after the other."""

    skills: list[dict[str, Any]]
    policies: list[SkillPolicy]
    agents: list[tuple[dict[int, int], int, AgentPolicy]]
    arrivals: list[tuple[int, Arrival]]
    answers: list[list[Answer]]


def history(seed: int) -> History:
    chance = Random(seed)
    arrivals = []
    at = 0
    for _number in range(60):
        at += chance.randint(50, 9_000)
        handle = chance.randint(4_000, 70_000)
        arrivals.append((chance.randrange(3), Arrival(at, handle, customer=chance.randrange(9))))
    agents = []
    for number in range(5):
        own = chance.sample(range(3), chance.choice((1, 1, 2)))
        policy = AgentPolicy(
            after_accept_ms=chance.choice((0, 3, 11)) * SECOND,
            after_refusal_ms=chance.choice((0, 9)) * SECOND,
            after_miss_ms=chance.choice((0, 7, 40)) * SECOND,
            after_contact_ms=chance.choice((0, 5, 25)) * SECOND,
            misses_before_refused=2,
            away_ms=41_003 + number,
        )
        agents.append(({skill: chance.randint(1, 4) for skill in own}, chance.randint(1, 3), policy))
    answers = [
        [
            chance.choices(
                (
                    Answer(accepts=True, after_ms=chance.randint(1, 14_000)),
                    Answer(accepts=False, after_ms=chance.randint(1, 9_000)),
                    Answer(accepts=False, after_ms=15 * SECOND, is_missed=True),
                ),
                (6, 1, 3),
            )[0]
            for _offer in range(200)
        ]
        for _agent in agents
    ]
    return History(
        skills=[
            {"initial_priority": 3, "acceleration": 2, "max_priority": 5},
            {"initial_priority": 0, "acceleration": 7, "max_priority": 1000},
            {"queue_order": "service_level", "service_level_threshold_seconds": chance.choice((20, 90))},
        ],
        policies=[
            SkillPolicy(asks_last_agent=True, overflow_to=1, overflow_after_ms=20 * SECOND),
            SkillPolicy(asks_last_agent=True),
            SkillPolicy(overflow_to=0, overflow_after_ms=45 * SECOND),
        ],
        agents=agents,
        arrivals=arrivals,
        answers=answers,
    )


# -- In the simulation ---------------


def simulated(story: History) -> list[Line]:
    profiles = [Profile(*Skill(name="x", **values).priority_milli) for values in story.skills]
    lines: list[Line] = []

    def keep(what: str, now: int, contact: int, agent: int | None) -> None:
        if agent is not None:
            lines.append((now, what, contact - 1, agent))

    simulation = Simulation(
        skills=profiles,
        agents=[
            AgentRule(skills, places, refusal_timeout_ms=15 * SECOND, answers=_next(said), policy=policy)
            for (skills, places, policy), said in zip(story.agents, story.answers, strict=True)
        ],
        traffic=[[arrival for skill, arrival in story.arrivals if skill == own] for own in range(3)],
        recorder=Measures(skills=3, agents=len(story.agents), start_ms=0, end_ms=LATER),
        reoffer_delay_ms=LATER,
        journal=keep,
        policies=dict(enumerate(story.policies)),
    )
    simulation.run(LATER - 1)
    return lines


def _next(said: list[Answer]) -> Callable[[], Answer]:
    return iter(said).__next__


# -- In the product ---------------


@pytest.fixture
def clock(floor) -> Iterator[Callable[[int], datetime]]:
    """Sets the database's clock to a millisecond of the history."""
    begin = database_now() + timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA virtual")
        cursor.execute(
            "CREATE FUNCTION virtual.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN current_setting('virtual.now')::timestamptz; END $$"
        )
        cursor.execute("SET LOCAL search_path = virtual, pg_catalog, public")

    def set_to(at_ms: int) -> datetime:
        now = begin + at_ms * MS
        sql.execute("SELECT set_config('virtual.now', %s, true)", [now.isoformat()])
        return now

    set_to(0)
    return set_to


@dataclass
class Product:
    """Customers, agents and the sweeper beside the services, at the moments that are written down."""

    floor: Floor
    clock: Callable[[int], datetime]
    story: History
    now: int = 0
    skills: list[Skill] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    seen: int = 0
    """The newest offer that its agent has seen."""

    def __post_init__(self) -> None:
        self.begin = self.clock(0)
        self.order = count()
        self.due: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self.floor.set_unit(
            reoffer_delay_seconds=LATER // SECOND, refused_after_miss=True, misses_before_refused=2
        )
        self.skills = [self.floor.make_skill(**values) for values in self.story.skills]
        for skill, policy in zip(self.skills, self.story.policies, strict=True):
            if policy.overflow_to is not None:
                skill.overflow_skill = self.skills[policy.overflow_to]
                skill.overflow_after_seconds = policy.overflow_after_ms // SECOND
                skill.save()
        for skills, places, policy in self.story.agents:
            agent = self.floor.agent(
                skills=[(self.skills[skill], proficiency) for skill, proficiency in skills.items()],
                max_concurrent_sms=places,
                sms_refusal_timeout_seconds=15,
            )
            AgentState.objects.filter(pk=agent.pk).update(
                cool_down_after_accept_seconds=policy.after_accept_ms // SECOND,
                cool_down_after_refusal_seconds=policy.after_refusal_ms // SECOND,
                cool_down_after_miss_seconds=policy.after_miss_ms // SECOND,
                cool_down_after_contact_seconds=policy.after_contact_ms // SECOND,
            )
            self.agents.append(agent)
        self.said = [iter(said) for said in self.story.answers]
        self.customers = [CustomerFactory.create(business_unit=self.floor.unit) for _number in range(9)]
        # A customer has one open contact with a number.
        self.points = [
            PointOfContactFactory.create(business_unit=self.floor.unit, skill=self.skills[0])
            for _number in range(20)
        ]
        self.written = [0] * 9
        for number, (skill, arrival) in enumerate(self.story.arrivals):
            self.at(arrival.at_ms, self.arrive, number, skill, arrival)

    def at(self, at_ms: int, action: Callable[..., None], *subject: Any) -> None:
        heappush(self.due, (at_ms, next(self.order), action, subject))

    def ms(self, moment: datetime) -> int:
        return (moment - self.begin) // MS

    def run(self) -> list[Line]:
        while (deadline := self.next_deadline()) is not None or self.due:
            if self.due and (deadline is None or self.due[0][0] <= deadline):
                self.now, _order, action, subject = heappop(self.due)
            else:
                assert deadline is not None
                self.now, action, subject = max(self.now, deadline), self.sweep, ()
            if self.now >= LATER:
                break
            self.clock(self.now)
            action(*subject)
            self.look()
        self.keep_offers()
        return sorted(self.lines)

    def next_deadline(self) -> int | None:
        (found,) = sql.row(
            "SELECT LEAST((SELECT min(expires_at) FROM routing_offer WHERE state = 'pending'),"
            " (SELECT min(cooling_until) FROM agents_agentstate),"
            " (SELECT min(LEAST(kept_until, overflow_at)) FROM contacts_contact WHERE state = 'queued'))"
        )
        return None if found is None else self.ms(found)

    def sweep(self) -> None:
        for service in (
            offers.expire_offers,
            presence.end_cool_downs,
            queueing.open_kept_too_long,
            queueing.overflow_waiting,
        ):
            # Each in a transaction of its own, with what follows its commit before the next.
            while self.floor.do(service, limit=1):
                pass

    def arrive(self, number: int, skill: int, arrival: Arrival) -> None:
        customer = self.customers[arrival.customer]
        self.written[arrival.customer] += 1
        point = self.points[self.written[arrival.customer]]
        contact = Contact.objects.create(
            business_unit=self.floor.unit,
            customer=customer,
            transport_code=point.transport_code,
            point_of_contact=point,
            skill=self.skills[skill],
        )
        self.numbers[contact.pk] = number
        kept = 30 if self.story.policies[skill].asks_last_agent else 0
        request = AgentRequested(
            contact.pk,
            database_now(),
            self.skills[skill].pk,
            None,
            *self.skills[skill].priority_milli,
            1,
            20,
            kept,
        )
        self.floor.do(queueing.queue_as_requested, request=request)

    def look(self) -> None:
        """Each agent sees what is new before him, and makes up his mind."""
        for offer in Offer.objects.filter(pk__gt=self.seen).order_by("pk"):
            self.seen = offer.pk
            number = next(place for place, agent in enumerate(self.agents) if agent.pk == offer.agent_id)
            answer = next(self.said[number])
            if not answer.is_missed:
                self.at(self.now + answer.after_ms, self.answer, offer, answer)
        refused = AgentState.objects.filter(reason="Refused", since=self.begin + self.now * MS)
        for state in refused.filter(status="unavailable"):
            number = next(place for place, agent in enumerate(self.agents) if agent.pk == state.pk)
            away = self.now + self.story.agents[number][2].away_ms
            if not any(at == away and subject == (number,) for at, _order, _action, subject in self.due):
                self.at(away, self.come_back, number)

    def come_back(self, number: int) -> None:
        self.floor.become(self.agents[number], "available")

    def answer(self, offer: Offer, answer: Answer) -> None:
        if Offer.objects.get(pk=offer.pk).state != Offer.State.PENDING:
            return
        if not answer.accepts:
            self.floor.do(offers.refuse_offer, offer_id=offer.pk, by=offer.agent)
            return
        self.floor.do(offers.accept_offer, offer_id=offer.pk, by=offer.agent)
        handle = self.story.arrivals[self.numbers[offer.contact_id]][1].handle_ms
        self.at(self.now + handle, self.end, offer)

    def end(self, offer: Offer) -> None:
        self.floor.do(assignments.end_contact, contact_id=offer.contact_id, by=offer.agent)
        self.line(self.now, "ended", offer)

    def line(self, at_ms: int, what: str, offer: Offer) -> None:
        number = next(place for place, agent in enumerate(self.agents) if agent.pk == offer.agent_id)
        self.lines.append((at_ms, what, self.numbers[offer.contact_id], number))

    def keep_offers(self) -> None:
        for offer in Offer.objects.all():
            self.line(self.ms(offer.offered_at), "offered", offer)
            if offer.settled_at is not None:
                what = "refused" if offer.state == Offer.State.EXPIRED else offer.state
                self.line(self.ms(offer.settled_at), what, offer)


@pytest.mark.parametrize("seed", range(6))
def test_product_and_simulation_do_the_same(floor, clock, seed):
    story = history(seed)
    expected = Product(floor, clock, story).run()
    assert len(expected) > 150
    assert sorted(simulated(story)) == expected
    assert_consistent()


# -- That it says something ---------------


def without(story: History, **agent: Any) -> History:
    agents = [(skills, places, replace(policy, **agent)) for skills, places, policy in story.agents]
    return replace(story, agents=agents)


@pytest.mark.parametrize(
    "take_away",
    [
        *(
            lambda story, event=event: without(story, **{f"after_{event}_ms": 0})
            for event in ("accept", "refusal", "miss", "contact")
        ),
        lambda story: without(story, misses_before_refused=None),
        lambda story: replace(
            story, policies=[replace(policy, overflow_to=None) for policy in story.policies]
        ),
        lambda story: replace(
            story, policies=[replace(policy, asks_last_agent=False) for policy in story.policies]
        ),
    ],
    ids=["accept", "refusal", "miss", "contact", "misses", "overflow", "returning"],
)
def test_each_policy_makes_a_difference_in_these_histories(take_away):
    stories = [history(seed) for seed in range(6)]
    assert any(simulated(story) != simulated(take_away(story)) for story in stories)


def test_offers_are_taken_back_in_these_histories():
    lines = [line for seed in range(6) for line in simulated(history(seed))]
    assert [what for _at, what, _contact, _agent in lines].count("withdrawn") >= 3
