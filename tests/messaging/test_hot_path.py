"""What a text costs, in statements: so that it does not grow again unnoticed (docs/decisions/0011)."""

from __future__ import annotations

import pytest

from messaging.services import inbound
from routing.models import Offer
from routing.services import presence
from tests.factories.agents import AgentFactory

# The last transaction finds that nothing more is pending.
LAST_LOOK = 3


@pytest.fixture
def ready(line):
    """Three agents who could take a text; a first one has made its lane known."""
    for _number in range(3):
        agent = AgentFactory.create(business_unit=line.unit, skills=[(line.point_of_contact.skill, 1)])
        with line.commits():
            presence.set_status(agent=agent, status="available", monitored=False)
    line.receive("warm", sender="33600000001")


@pytest.mark.usefixtures("ready")
def test_new_text_from_its_claim_to_its_offer(line, django_assert_num_queries):
    line.deliver("Hello")
    with django_assert_num_queries(LAST_LOOK + 16), line.commits():
        inbound.process_deliveries()
    assert Offer.objects.filter(contact__customer__address="33612345678").count() == 1


@pytest.mark.usefixtures("ready")
def test_text_that_joins_its_contact(line, django_assert_num_queries):
    line.receive("Hello")
    line.deliver("Anybody there?")
    with django_assert_num_queries(LAST_LOOK + 8), line.commits():
        inbound.process_deliveries()
