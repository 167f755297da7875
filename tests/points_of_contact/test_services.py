"""Points of contact: what they may be made of."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from core.errors import InUse, RuleBroken
from points_of_contact.models import PointOfContact
from points_of_contact.services import (
    create_point_of_contact,
    delete_point_of_contact,
    update_point_of_contact,
)
from tests.conftest import People
from tests.factories.contacts import ContactFactory
from tests.factories.points_of_contact import PointOfContactFactory
from tests.factories.scripts import ScriptFactory
from tests.factories.skills import SkillFactory
from tests.factories.sms_registrations import SmsRegistrationFactory

pytestmark = pytest.mark.django_db


def make(people: People, **values: object) -> PointOfContact:
    unit = people.unit
    defaults = {
        "name": "Front",
        "transport_code": SmsRegistrationFactory.create(business_unit=unit),
        "skill": SkillFactory.create(business_unit=unit),
        "script": ScriptFactory.create(business_unit=unit),
    }
    return create_point_of_contact(by=people.admin, business_unit=unit, **(defaults | values))


def broken(people: People, **values: object) -> set[str]:
    with pytest.raises(RuleBroken) as caught:
        make(people, **values)
    return set(caught.value.fields)


def test_a_point_of_contact(people: People):
    point = make(people, ivr_reporting_enabled=True)
    assert PointOfContact.objects.get(pk=point.pk).ivr_reporting_enabled
    delete_point_of_contact(by=people.admin, instance=point)
    assert not PointOfContact.objects.exists()


def test_parts_are_able(people: People):
    unit = people.unit
    assert broken(people, skill=SkillFactory.create(business_unit=unit, outbound=True)) == {"skill"}
    assert broken(people, skill=SkillFactory.create(business_unit=unit, is_active=False)) == {"skill"}
    assert broken(people, script=ScriptFactory.create(business_unit=unit, published=False)) == {"script"}
    assert broken(people, script=ScriptFactory.create(business_unit=unit, is_active=False)) == {"script"}
    line = SmsRegistrationFactory.create(business_unit=unit, is_active=False)
    assert broken(people, transport_code=line) == {"transport_code"}


def test_parts_are_of_the_same_business_unit(people: People):
    assert broken(
        people,
        skill=SkillFactory.create(),
        script=ScriptFactory.create(),
        transport_code=SmsRegistrationFactory.create(),
    ) == {"skill", "script", "transport_code"}


@pytest.mark.parametrize("field", ["transport_code", "skill", "script"])
def test_every_part_is_needed(people: People, field: str):
    assert broken(people, **{field: None}) == {field}


def test_one_active_point_of_contact_listens_on_a_number(people: People):
    first = make(people)
    with pytest.raises(RuleBroken, match="deactivate it first") as caught:
        make(people, name="Second", transport_code=first.transport_code)
    assert set(caught.value.fields) == {"transport_code"}
    second = make(people, name="Second", transport_code=first.transport_code, is_active=False)
    with pytest.raises(RuleBroken):
        update_point_of_contact(by=people.admin, instance=second, is_active=True)
    update_point_of_contact(by=people.admin, instance=first, is_active=False)
    update_point_of_contact(by=people.admin, instance=second, is_active=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        PointOfContact.objects.filter(pk=first.pk).update(is_active=True)


def test_what_stopped_since_is_no_obstacle_until_chosen_anew(people: People):
    point = make(people)
    for part in (point.skill, point.script, point.transport_code):
        part.is_active = False
        part.save()
    update_point_of_contact(by=people.admin, instance=point, name="Renamed", skill=point.skill)
    update_point_of_contact(by=people.admin, instance=point, is_active=False)
    with pytest.raises(RuleBroken) as caught:
        update_point_of_contact(by=people.admin, instance=point, is_active=True)
    assert set(caught.value.fields) == {"skill", "script", "transport_code"}


def test_what_had_contacts_stays(people: People):
    point = PointOfContactFactory.create(business_unit=people.unit)
    ContactFactory.create(business_unit=people.unit, point_of_contact=point)
    with pytest.raises(InUse, match="1 contact"):
        delete_point_of_contact(by=people.admin, instance=point)
