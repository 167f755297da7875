"""A business unit at work: agents, waiting contacts, and what they do, through the services."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agents.models import Agent, AgentState
from contacts.models import Contact
from contacts.services import add_inbound_message
from core import sql
from core.clock import database_now
from organizations.models import BusinessUnit
from routing.matching import Profile
from routing.models import Offer
from routing.services import presence
from routing.services.queueing import profile_of_skill, queue_contact
from skills.models import Skill
from tests.factories.agents import AgentFactory
from tests.factories.contacts import ContactFactory, incoming
from tests.factories.organizations import BusinessUnitFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.skills import SkillFactory

Commits = Callable[..., AbstractContextManager[Any]]


@dataclass
class Floor:
    """`commits` runs what the product does after a commit; tests in real transactions need none."""

    commits: Commits
    unit: BusinessUnit = field(default_factory=BusinessUnitFactory.create)

    def __post_init__(self) -> None:
        self.skill = self.make_skill()
        # One number for all: what a floor's tests are about begins behind it.
        self.point_of_contact = PointOfContactFactory.create(business_unit=self.unit, skill=self.skill)

    def do(self, service: Callable[..., Any], **values: Any) -> Any:
        with self.commits():
            return service(**values)

    def make_skill(self, **values: Any) -> Skill:
        return SkillFactory.create(business_unit=self.unit, **values)

    def set_unit(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self.unit, name, value)
        self.unit.save(update_fields=list(values))

    def agent(
        self, *, skills: list[tuple[Skill, int]] | None = None, available: bool = True, **values: Any
    ) -> Agent:
        """An agent, available unless said otherwise; his skills are the floor's one unless given."""
        agent = AgentFactory.create(
            business_unit=self.unit, skills=[(self.skill, 10)] if skills is None else skills, **values
        )
        if available:
            self.become(agent, "available")
        return agent

    def become(self, agent: Agent, status: str, *, monitored: bool = False) -> None:
        self.do(presence.set_status, agent=agent, status=status, monitored=monitored)

    def contact(
        self,
        *,
        skill: Skill | None = None,
        now: datetime | None = None,
        profile: Profile | None = None,
        high: int = 1,
        low: int = 20,
        target: Agent | None = None,
        hinted: bool = True,
        text: str | None = None,
    ) -> Contact:
        """A contact that begins to wait, with its first text if given. Unhinted, nobody is told of it."""
        contact = ContactFactory.create(
            business_unit=self.unit, skill=skill or self.skill, point_of_contact=self.point_of_contact
        )
        if text is not None:
            add_inbound_message(
                contact=contact,
                incoming=incoming(
                    text, sender=contact.customer.address, recipient=contact.transport_code.transport_code
                ),
                now=database_now(),
            )
        values = {
            "contact_id": contact.pk,
            "skill_id": (skill or self.skill).pk,
            "now": now or database_now(),
            "profile": profile or profile_of_skill(skill or self.skill),
            "high": high,
            "low": low,
            "target_agent_id": target.pk if target else None,
        }
        if hinted:
            self.do(queue_contact, **values)
        else:
            queue_contact(**values)
        contact.refresh_from_db()
        return contact


def offer_for(contact: Contact) -> Offer | None:
    """The pending offer of a contact."""
    return Offer.objects.filter(contact=contact, state=Offer.State.PENDING).first()


def suitor(contact: Contact) -> Agent | None:
    """Whom the contact is offered to now."""
    offer = offer_for(contact)
    return offer.agent if offer else None


def pending(contact: Contact) -> Offer:
    offer = offer_for(contact)
    assert offer is not None, "the contact is offered to nobody"
    return offer


def let_expire(offer: Offer) -> None:
    """Move the refusal timeout into the past."""
    past = database_now() - timedelta(seconds=1)
    Offer.objects.filter(pk=offer.pk).update(offered_at=past - timedelta(seconds=60), expires_at=past)


def state_of(agent: Agent) -> AgentState:
    return AgentState.objects.get(pk=agent.pk)


def assert_consistent() -> None:
    """What holds at every commit: loads are true, nobody has two suitors, waiting is waiting."""
    for state in AgentState.objects.all():
        held = Contact.objects.filter(
            agent_id=state.pk, state__in=[Contact.State.ACTIVE, Contact.State.AFTER_CONTACT_WORK]
        ).count()
        offered = Offer.objects.filter(agent_id=state.pk, state=Offer.State.PENDING).count()
        assert state.load == held + offered, f"agent {state.pk} counts {state.load}, has {held} + {offered}"
    for contact in Contact.objects.all():
        live = contact.offers.filter(state=Offer.State.PENDING).count()
        assert live == (1 if contact.state == Contact.State.OFFERED else 0), f"contact {contact.pk}"


WAITER = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def wait_for_a_waiter() -> None:
    """Until somebody waits for a lock of this transaction."""
    for _try in range(3000):
        if sql.row(WAITER) is not None:
            return
        sql.row("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody waits")
