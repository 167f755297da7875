"""The way of a real contact on the canvas, and the contacts that took a branch: who sees what of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.script_runs import receive_message, start_script
from core.clock import database_now
from points_of_contact.selectors import listener_of
from tests.factories.contacts import ContactFactory, MessageFactory, ScriptRunFactory, TraceStepFactory
from tests.factories.organizations import UserFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.scripts import ScriptFactory, ScriptVersionFactory
from tests.scripts.interpreter.helpers import define

pytestmark = pytest.mark.django_db

ASKED = define(
    {
        "begin": "BEGIN",
        "keep": ("ASSIGN", {"variable": "words", "value": "{{ text }}"}),
        "ask": ("ASKCALLER", {"message": "1 or 2?", "timeout_seconds": 60}),
        "queue": "REQAGENT",
    },
    ["begin>keep", "keep>ask", "ask.responded>queue", "ask.timeout>queue", "keep.error>queue"],
)


@pytest.fixture
def script(people):
    made = ScriptFactory.create(business_unit=people.unit, name="Front", published=False)
    ScriptVersionFactory.create(script=made, definition=ASKED)
    return made


@pytest.fixture
def contact(people, script):
    """A contact that has really run the script, and a later version of it that it has not run."""
    point = PointOfContactFactory.create(business_unit=people.unit, script=script)
    made = ContactFactory.create(
        business_unit=people.unit,
        point_of_contact=point,
        skill=point.skill,
        transport_code=point.transport_code,
        message_count=1,
    )
    now = database_now()
    MessageFactory.create(contact=made, text="My secret words", created_at=now)
    start_script(
        contact=made,
        listener=listener_of(transport_code_id=made.transport_code_id),
        text="My secret words",
        number="12345",
        now=now,
    )
    later = now + timedelta(seconds=20)
    MessageFactory.create(contact=made, text="2", position=3, created_at=later)
    receive_message(contact=made, text="2", now=later)
    script.versions.update(status="superseded")
    ScriptVersionFactory.create(script=script)
    return made


def with_permissions(people, *codenames):
    user = UserFactory.create(business_unit=people.unit)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def trace_page(client, contact):
    return client.get(f"/studio/contacts/{contact.pk}/")


def steps_of(trace):
    return [entry for entry in trace["entries"] if entry["kind"] == "step"]


def test_the_way_is_drawn_on_the_version_that_the_contact_ran(client, people, contact):
    client.force_login(people.admin)
    config = trace_page(client, contact).context["config"]
    assert (config["version"]["number"], config["may_edit"]) == (1, False)
    steps = steps_of(config["trace"])
    assert [(step["action"], step["branch"]) for step in steps] == [
        ("begin", "default"),
        ("keep", "default"),
        ("ask", ""),
        ("ask", "responded"),
        ("queue", "default"),
    ]
    assert steps[3]["edge"] == {"from": "ask", "branch": "responded", "to": "queue"}
    assert steps[1]["values"] == {"words": "My secret words"}
    assert "My secret words" in [entry.get("text") for entry in config["trace"]["entries"]]
    # What the customer wrote leads to steps, and a step to what the script wrote.
    kinds = [entry["kind"] for entry in config["trace"]["entries"]]
    assert kinds == ["text_in", "step", "step", "step", "text_out", "text_in", "step", "step"]
    assert config["trace"]["address"] == reverse("report-contact", args=[contact.pk])


def test_words_are_for_those_who_may_read_texts(client, people, contact):
    client.force_login(with_permissions(people, "view_script", "view_contact"))
    answer = trace_page(client, contact)
    trace = answer.context["config"]["trace"]
    assert [entry["kind"] for entry in trace["entries"]] == ["step"] * 5
    assert steps_of(trace)[1]["values"] == {"words": "•••"}
    assert steps_of(trace)[4]["values"]["skill"] == contact.skill.name
    assert "My secret words" not in answer.content.decode()


@pytest.mark.parametrize("codename", ["view_script", "view_contact"])
def test_both_permissions_are_needed(client, people, contact, script, codename):
    client.force_login(with_permissions(people, codename))
    assert trace_page(client, contact).status_code == 403
    assert client.get(f"/studio/scripts/{script.pk}/contacts/").status_code == 403


def test_a_contact_of_another_business_unit_or_without_a_script_has_no_trace(client, people, contact):
    other = ContactFactory.create(business_unit=people.unit)
    client.force_login(people.admin)
    assert trace_page(client, other).status_code == 404
    client.force_login(people.stranger)
    assert trace_page(client, contact).status_code == 404


def test_a_trace_asks_a_fixed_number_of_queries(client, people, contact):
    client.force_login(people.admin)
    with CaptureQueriesContext(connection) as few:
        trace_page(client, contact)
    for _number in range(30):
        TraceStepFactory.create(contact=contact)
        MessageFactory.create(contact=contact)
    with CaptureQueriesContext(connection) as many:
        trace_page(client, contact)
    assert len(many) == len(few)


def branch_page(client, script, **query):
    return client.get(f"/studio/scripts/{script.pk}/contacts/", query)


def test_the_contacts_that_took_a_branch(client, people, script, contact):
    other = ScriptRunFactory.create(
        contact=ContactFactory.create(business_unit=people.unit), version=ScriptVersionFactory.create()
    )
    TraceStepFactory.create(contact=other.contact, action_id="ask", branch="responded")
    TraceStepFactory.create(contact=contact, action_id="ask", branch="responded", position=90)
    client.force_login(people.admin)
    page = branch_page(client, script, action="ask", branch="responded")
    assert [(step.contact_id, step.position) for step in page.context["steps"]] == [(contact.pk, 90)]
    assert page.context["names"] == {"action": "ask", "branch": "responded"}
    assert f"/studio/contacts/{contact.pk}/" in page.content.decode()
    assert not branch_page(client, script, action="ask", branch="timeout").context["steps"]
    before = branch_page(
        client, script, **{"action": "ask", "branch": "responded", "from": "2001-01-01", "to": "2001-01-31"}
    )
    assert not before.context["steps"]
    odd = branch_page(client, script, **{"action": "ask", "branch": "responded", "from": "x", "page": "x"})
    assert len(odd.context["steps"]) == 1
    client.force_login(people.stranger)
    assert branch_page(client, script, action="ask", branch="responded").status_code == 404


def test_the_list_is_paged_and_asks_a_fixed_number_of_queries(client, people, script):
    version = script.versions.get()

    def took(count):
        for _number in range(count):
            contact = ContactFactory.create(business_unit=people.unit)
            ScriptRunFactory.create(contact=contact, version=version)
            TraceStepFactory.create(contact=contact, action_id="ask", branch="responded")

    client.force_login(people.admin)
    took(1)
    with CaptureQueriesContext(connection) as few:
        branch_page(client, script, action="ask", branch="responded")
    took(52)
    with CaptureQueriesContext(connection) as many:
        page = branch_page(client, script, action="ask", branch="responded")
    assert len(many) == len(few)
    assert (len(page.context["steps"]), page.context["has_next"]) == (50, True)
    second = branch_page(client, script, action="ask", branch="responded", page=2)
    assert (len(second.context["steps"]), second.context["has_next"]) == (3, False)


@pytest.mark.parametrize(
    "address",
    ["/acd/records/contacts/{pk}/change/", "/reports/contacts/{pk}/", "/supervisor/contacts/{pk}/"],
)
def test_contacts_lead_to_their_trace(client, people, contact, address):
    trace = f"/studio/contacts/{contact.pk}/"
    other = ContactFactory.create(business_unit=people.unit)
    client.force_login(people.admin)
    assert trace in client.get(address.format(pk=contact.pk)).content.decode()
    assert "/studio/contacts/" not in client.get(address.format(pk=other.pk)).content.decode()
