"""The script of a contact: its effects, its trace, and that a fault in it loses no customer."""

from __future__ import annotations

import pytest

from contacts.models import Contact, ScriptRun
from contacts.script_runs import start_script
from core.clock import database_now
from points_of_contact.selectors import listener_of
from scripts.models import ScriptVersion
from tests.factories.contacts import ContactFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.scripts import ScriptFactory, ScriptVersionFactory, plain_queue
from tests.factories.skills import SkillFactory

pytestmark = pytest.mark.django_db


def contact_with(definition: dict | None) -> Contact:
    """A contact whose script is about to run; None: the script has no published version."""
    script = ScriptFactory.create(published=False)
    if definition is not None:
        ScriptVersionFactory.create(script=script, definition=definition)
    point = PointOfContactFactory.create(business_unit=script.business_unit, script=script)
    return ContactFactory.create(business_unit=script.business_unit, point_of_contact=point)


def run(contact: Contact) -> Contact:
    listener = listener_of(transport_code_id=contact.transport_code_id)
    assert listener is not None
    start_script(contact=contact, listener=listener, text="Hello", number="15550100", now=database_now())
    contact.refresh_from_db()
    return contact


def test_reqagent_queues_with_the_settings_of_the_skill():
    contact = run(contact_with(plain_queue()))
    assert contact.state == Contact.State.QUEUED
    assert contact.lane is not None
    assert (contact.lane.acceleration_milli, contact.lane.max_priority_milli) == (1000, 1_000_000)
    assert (contact.lane.high_proficiency, contact.lane.low_proficiency) == (1, 20)
    assert [step.action_type for step in contact.trace_steps.order_by("position")] == ["BEGIN", "REQAGENT"]


def test_run_stays_with_the_version_it_began_with():
    contact = contact_with(plain_queue())
    assert contact.point_of_contact is not None
    first = contact.point_of_contact.script.versions.get()
    run(contact)
    ScriptVersion.objects.filter(pk=first.pk).update(status=ScriptVersion.Status.SUPERSEDED)
    ScriptVersionFactory.create(script=contact.point_of_contact.script, number=2)
    assert ScriptRun.objects.get(contact=contact).version == first


@pytest.mark.parametrize("definition", [None, {}, {"actions": [], "branches": []}, {"actions": "?"}])
def test_fault_in_the_script_loses_no_customer(definition):
    contact = run(contact_with(definition))
    assert contact.state == Contact.State.QUEUED
    assert contact.skill == contact.point_of_contact.skill  # type: ignore[union-attr]  # made above
    kinds = set(contact.events.values_list("kind", flat=True))
    assert kinds & {"script_missing", "script_failed"}


def test_skill_named_by_the_script_wins_and_one_that_is_gone_does_not_lose_the_contact():
    contact = contact_with(plain_queue(skill="Other"))
    SkillFactory.create(business_unit=contact.business_unit, name="other")
    assert run(contact).skill.name == "other"
    orphan = run(contact_with(plain_queue(skill="Gone")))
    assert orphan.state == Contact.State.QUEUED
