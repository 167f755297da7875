"""A day that is over, for pictures of reports and plans: simulated, written as the product logs it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from agents.models import AgentState, AgentStateChange
from agents.services import create_agent
from contacts.models import Contact, ContactEvent, Customer
from core.clock import database_now
from organizations.models import BusinessUnit, User
from points_of_contact.models import PointOfContact
from reporting.models import Plan
from reporting.services import planning, roll_up
from reporting.services.planning import change_plan, create_plan
from routing.matching import Profile
from routing.models import Offer
from simulation.engine import AgentRule, Answer, Arrival, Simulation
from simulation.measures import Measures
from skills.models import Skill

HOUR = 3_600_000
SHIFTS = ((8, 13), (9, 18), (8, 16), (12, 18), (10, 17))
AN_HOUR = (26, 14)
TIMEOUT = timedelta(seconds=45)


def make_yesterday(unit: BusinessUnit, admin: User) -> None:
    """Contacts of two skills from eight to eighteen, five agents, and a plan with one agent more."""
    if Plan.objects.filter(business_unit=unit).exists():
        return
    day = (database_now().astimezone(ZoneInfo(unit.time_zone)) - timedelta(days=1)).date()
    midnight = datetime.combine(day, time.min, ZoneInfo(unit.time_zone)).astimezone(UTC)
    skills = list(Skill.objects.filter(business_unit=unit, name__in=["Support", "Sales"]).order_by("name"))
    agents = [
        create_agent(
            by=admin,
            business_unit=unit,
            username=f"shift.{number}",
            skills=[(skill, 1 + number % 3) for skill in skills],
        )
        for number in range(1, len(SHIFTS) + 1)
    ]
    AgentStateChange.objects.filter(agent__in=agents).delete()
    for agent, (begins, ends) in zip(agents, SHIFTS, strict=True):
        AgentState.objects.filter(agent=agent).update(limit=2, slots=2)
        AgentStateChange.objects.filter(agent=agent).delete()
        AgentStateChange.objects.create(
            agent=agent,
            status="available",
            since=midnight + timedelta(hours=begins),
            until=midnight + timedelta(hours=ends),
        )
    _write(unit, skills, agents, _story(skills), midnight)
    roll_up.forget()
    roll_up.catch_up(seconds=60)
    plan = create_plan(by=admin, business_unit=unit, name="One agent more", first=day, last=day)
    planning.work_out_next()
    plan.refresh_from_db()
    change_plan(by=admin, instance=plan, given={"group-0-change": "1"})
    planning.work_out_next()


def _story(skills: list[Skill]) -> list[tuple[str, int, int, int | None, int]]:
    """What happens when: (what, milliseconds, number of the contact, of the agent, of the skill)."""
    chance = Random(7)
    traffic, order = [], []
    for number, rate in enumerate(AN_HOUR):
        at, arrivals = 8.0 * HOUR, []
        while (at := at + chance.expovariate(rate / HOUR)) < 18 * HOUR:
            arrivals.append(
                Arrival(round(at), round(chance.lognormvariate(13, 0.6)), round(chance.expovariate(1 / 2e6)))
            )
            order.append((round(at), number))
        traffic.append(arrivals)
    skill_of = [number for _at, number in sorted(order)]
    story: list[tuple[str, int, int, int | None, int]] = []

    def answer() -> Answer:
        if chance.random() < 0.05:
            return Answer(accepts=False, after_ms=45_000)
        return Answer(accepts=True, after_ms=round(2_000 + chance.expovariate(1 / 5_000)))

    Simulation(
        skills=[Profile(*skill.priority_milli) for skill in skills],
        agents=[
            AgentRule(
                dict.fromkeys(range(len(skills)), 1 + (number + 1) % 3),
                2,
                answers=answer,
                shifts=[(begins * HOUR, ends * HOUR)],
            )
            for number, (begins, ends) in enumerate(SHIFTS)
        ],
        traffic=traffic,
        recorder=Measures(skills=len(skills), agents=len(SHIFTS), start_ms=0, end_ms=24 * HOUR),
        journal=lambda what, ms, contact, agent: story.append(
            (what, ms, contact, agent, skill_of[contact - 1])
        ),
    ).run(24 * HOUR)
    return story


def _write(
    unit: BusinessUnit, skills: list[Skill], agents: list[Any], story: list[Any], midnight: datetime
) -> None:
    point = PointOfContact.objects.filter(business_unit=unit).order_by("pk")[0]
    contacts: dict[int, Contact] = {}
    offered: dict[int, datetime] = {}
    events: list[ContactEvent] = []
    for what, ms, number, agent_number, skill_number in story:
        at, skill = midnight + timedelta(milliseconds=ms), skills[skill_number]
        agent = None if agent_number is None else agents[agent_number]
        if what == "queued":
            customer = Customer.objects.create(business_unit=unit, address=f"1555014{number:04}")
            contacts[number] = Contact.objects.create(
                business_unit=unit,
                customer=customer,
                skill=skill,
                point_of_contact=point,
                transport_code=point.transport_code,
                state=Contact.State.CLOSED,
                closed_at=at,
            )
            Contact.objects.filter(pk=contacts[number].pk).update(created_at=at)
        contact = contacts[number]
        if what == "offered":
            offered[number] = at
        if what in ("accepted", "refused"):
            Offer.objects.create(
                contact=contact,
                agent=agent,
                skill=skill,
                offered_at=offered[number],
                expires_at=offered[number] + TIMEOUT,
                settled_at=at,
                state=Offer.State.ACCEPTED if what == "accepted" else Offer.State.EXPIRED,
            )
        kinds = {
            "queued": ["queued"],
            "accepted": ["accepted"],
            "ended": ["ended", "closed"],
            "abandoned": ["closed"],
        }
        for kind in kinds.get(what, ()):
            data = {"skill": skill.pk} if kind == "queued" else {}
            events.append(ContactEvent(contact=contact, kind=kind, at=at, agent=agent, data=data))
        if what in ("ended", "abandoned"):
            Contact.objects.filter(pk=contact.pk).update(closed_at=at)
    ContactEvent.objects.bulk_create(events)
