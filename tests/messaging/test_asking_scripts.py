"""Texts that a script waits for: they go to it, also when its contact is over."""

from __future__ import annotations

from contacts.models import Contact, ScriptRun
from contacts.script_runs import fire_event
from messaging.services import inbound
from tests.factories.agents import AgentFactory
from tests.factories.scripts import ScriptVersionFactory
from tests.scripts.interpreter.helpers import define


def publish(line, actions, links) -> None:
    script = line.point_of_contact.script
    script.versions.all().delete()
    ScriptVersionFactory.create(script=script, definition=define({"b": "BEGIN", **actions}, links))


ASK = ("ASKCALLER", {"message": "1 or 2?", "result_var": "choice"})


def test_a_menu(line):
    actions = {"a": ASK, "k": ("CASE", {"value": "{{ choice }}", "cases": "1\n2"}), "q": "REQAGENT"}
    publish(line, {**actions, "e": "ENDTEXT"}, ["b>a", "a.responded>k", "a.timeout>e", "k.1>q", "k>e"])
    line.receive("Hello")
    contact = Contact.objects.get()
    assert contact.state == Contact.State.PRE_QUEUE
    line.receive("1")
    contact.refresh_from_db()
    assert contact.state == Contact.State.QUEUED
    assert contact.message_count == 3


def test_a_wish_to_stop_is_no_answer(line):
    publish(line, {"a": ASK, "e": "ENDTEXT"}, ["b>a", "a.responded>e", "a.timeout>e"])
    line.receive("Hello")
    line.receive("STOP")
    assert ScriptRun.objects.get().status == ScriptRun.Status.WAITING


def survey(line) -> Contact:
    """A contact that is over, whose customer was asked how it was."""
    publish(
        line,
        {"q": "REQAGENT", "o": "ONRELEASE", "a": ASK, "n": ("NOTE", {"note": "{{ choice }}"})},
        ["b>q", "o>a", "a.responded>n"],
    )
    line.receive("Hello")
    contact = Contact.objects.get()
    agent = AgentFactory.create(business_unit=line.unit)
    Contact.objects.update(state="closed", agent=agent, closed_at=contact.created_at)
    fire_event(contact_id=contact.pk, type_="ONRELEASE", agent_id=agent.pk)
    return contact


def test_the_answer_to_a_survey_joins_the_contact_that_is_over(line):
    contact = survey(line)
    line.receive("2")
    contact.refresh_from_db()
    assert (Contact.objects.count(), contact.notes, contact.state) == (1, "2", Contact.State.CLOSED)
    line.receive("Another thing")
    assert Contact.objects.count() == 2


def test_the_answer_of_somebody_else_does_not(line):
    contact = survey(line)
    line.receive("2", sender="33699999999")
    contact.refresh_from_db()
    assert (Contact.objects.count(), contact.notes) == (2, "")


def test_with_another_contact_open_the_survey_gets_no_answer(line):
    contact = survey(line)
    ScriptRun.objects.update(waits_for_message=False)
    line.receive("Hello again")
    ScriptRun.objects.filter(contact=contact).update(waits_for_message=True)
    line.receive("2")
    contact.refresh_from_db()
    assert (Contact.objects.count(), contact.notes) == (2, "")
    assert inbound.process_deliveries() == 0
