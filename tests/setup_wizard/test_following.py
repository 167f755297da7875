"""What became of the newest text to a number, read from the rows that the engines write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from contacts.models import Contact
from core.clock import database_now
from messaging.services.inbound import process_deliveries
from setup_wizard.following import first_text_at, way_of_newest
from setup_wizard.trail import Mark, stages_of
from simulator.services import send_text
from tests.conftest import People
from tests.factories.agents import AgentSkillFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.sms_registrations import SmsRegistrationFactory

pytestmark = pytest.mark.django_db

PHONE = "+447700900001"


def text(people: People, number: str, words: str = "Hello") -> None:
    send_text(user=people.admin, sender=PHONE, recipient=number, text=words)
    process_deliveries()


def marks(registration: Any, since: Any) -> list[tuple[Mark, str]]:
    return [
        (stage.mark, str(stage.text))
        for stage in stages_of(way_of_newest(registration, since=since))
        if stage.mark is not Mark.AHEAD
    ]


def test_from_the_phone_into_the_queue(people: People):
    point = PointOfContactFactory.create(business_unit=people.unit, skill__name="Support")
    since = database_now()
    assert marks(point.transport_code, since) == [(Mark.NOW, "Waiting for a text")]
    text(people, point.transport_code.transport_code)
    assert marks(point.transport_code, since)[-1] == (Mark.PROBLEM, "No agent has this skill.")
    AgentSkillFactory.create(skill=point.skill, agent=people.agent)
    assert marks(point.transport_code, since)[-1] == (Mark.PROBLEM, "Nobody is available.")
    assert (Mark.PASSED, "Text received") in marks(point.transport_code, since)
    assert marks(point.transport_code, database_now()) == [(Mark.NOW, "Waiting for a text")]


def test_a_number_without_a_point_of_contact(people: People):
    registration = SmsRegistrationFactory.create(business_unit=people.unit)
    since = database_now()
    text(people, registration.transport_code)
    assert "Nobody listens" in marks(registration, since)[-1][1]


def test_a_stop_needs_no_agent(people: People):
    point = PointOfContactFactory.create(business_unit=people.unit)
    since = database_now()
    text(people, point.transport_code.transport_code, "STOP")
    assert Contact.objects.get().state == Contact.State.CLOSED
    assert "needed no agent" in marks(point.transport_code, since)[-1][1]


class TestPolling:
    def test_the_trail_is_sent_once(self, client: Client, people: People):
        point = PointOfContactFactory.create(business_unit=people.unit)
        client.force_login(people.admin)
        since = (database_now() - timedelta(seconds=1)).timestamp()
        address = f"/setup/{point.transport_code_id}/trail/"
        first = client.get(address, {"since": since})
        version = first.context["version"]
        assert client.get(address, {"since": since, "seen": version}).status_code == 204
        text(people, point.transport_code.transport_code)
        later = client.get(address, {"since": since, "seen": version})
        assert later.status_code == 200
        assert later.context["version"] != version

    @pytest.mark.parametrize("since", ["", "yesterday", "1e400", "nan", "-1e99"])
    def test_a_time_that_is_none(self, client: Client, people: People, since: str):
        registration = SmsRegistrationFactory.create(business_unit=people.unit)
        client.force_login(people.admin)
        assert client.get(f"/setup/{registration.pk}/trail/", {"since": since}).status_code == 200

    def test_the_first_text_ends_the_waiting(self, client: Client, people: People):
        registration = SmsRegistrationFactory.create(business_unit=people.unit)
        client.force_login(people.admin)
        address = f"/setup/{registration.pk}/first-text/"
        assert client.get(address).status_code == 204
        text(people, registration.transport_code)
        assert client.get(address).status_code == 286
        first = first_text_at(registration)
        text(people, registration.transport_code, "again")
        assert first_text_at(registration) == first
