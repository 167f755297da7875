"""Hours of operation: created, changed, asked; what cannot be is refused by service and database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import IntegrityError, transaction

from core.errors import RuleBroken
from hours.models import HoursOfOperation
from hours.schedule import State
from hours.selectors import answer_of
from hours.services import create_hours, delete_hours, update_hours
from tests.conftest import People
from tests.factories.hours import HoursOfOperationFactory

pytestmark = pytest.mark.django_db

CHRISTMAS = {"date": "2026-12-25", "name": "Christmas Day"}
MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_life_of_hours(people: People):
    hours = create_hours(
        by=people.admin, business_unit=people.unit, name="Office", monday="9-12", special_days=[CHRISTMAS]
    )
    update_hours(by=people.admin, instance=hours, name="Shop", tuesday="22h-2h", override="weather")
    stored = HoursOfOperation.objects.get(pk=hours.pk)
    assert (stored.name, stored.monday, stored.tuesday) == ("Shop", "09:00-12:00", "22:00-02:00")
    assert stored.special_days == [{**CHRISTMAS, "hours": "", "is_holiday": True, "every_year": False}]
    changes = LogEntry.objects.get_for_object(stored).filter(action=LogEntry.Action.UPDATE).get().changes
    assert changes["tuesday"] == ["", "22:00-02:00"]
    delete_hours(by=people.admin, instance=stored)
    assert not HoursOfOperation.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("monday", "always"),
        ("sunday", "9-13, 12-17"),
        ("time_zone", "Europe/Nowhere"),
        ("override", "lunch"),
        ("special_days", "Christmas"),
        ("special_days", [{"name": "No date"}]),
        ("special_days", [{"date": "25/12/2026"}]),
        ("special_days", [{"date": "2026-02-30"}]),
        ("special_days", [{**CHRISTMAS, "hours": "soon"}]),
        ("special_days", [{**CHRISTMAS, "hours": None}]),
        ("special_days", [{**CHRISTMAS, "is_holiday": "yes"}]),
        ("special_days", [{**CHRISTMAS, "colour": "red"}]),
        ("special_days", [{**CHRISTMAS, "name": "x" * 101}]),
        ("special_days", [CHRISTMAS, CHRISTMAS]),
    ],
)
def test_what_cannot_be(people: People, field: str, value: Any):
    with pytest.raises(RuleBroken) as caught:
        create_hours(by=people.admin, business_unit=people.unit, **{"name": "Office", field: value})
    assert caught.value.fields.keys() == {field}


@pytest.mark.parametrize(
    "values",
    [
        {"monday": "9-12"},
        {"sunday": "09:00-12:00 "},
        {"special_days": {}},
        {"special_days": [{"date": "2026-12-25"}]},
        {"special_days": [{**CHRISTMAS, "hours": "", "is_holiday": 1, "every_year": False}]},
    ],
)
def test_the_database_keeps_only_what_is_written_properly(people: People, values: dict[str, Any]):
    with pytest.raises(IntegrityError), transaction.atomic():
        HoursOfOperationFactory.create(business_unit=people.unit, **values)


def test_the_database_itself_keeps_names_apart(people: People):
    HoursOfOperationFactory.create(business_unit=people.unit, name="Office")
    with pytest.raises(IntegrityError), transaction.atomic():
        HoursOfOperationFactory.create(business_unit=people.unit, name="OFFICE")
    assert HoursOfOperationFactory.create(name="Office").pk


def test_the_zone_of_the_business_unit_holds_unless_they_have_their_own(people: People):
    people.unit.time_zone = "Asia/Tokyo"
    people.unit.save()
    HoursOfOperationFactory.create(business_unit=people.unit, name="Tokyo")
    HoursOfOperationFactory.create(business_unit=people.unit, name="Paris", time_zone="Europe/Paris")
    HoursOfOperationFactory.create(business_unit=people.unit, name="Gone", is_active=False)

    def ask(name: str) -> State | None:
        answer = answer_of(business_unit_id=people.unit.pk, name=name, moment=MONDAY_NOON)
        return None if answer is None else answer.state

    assert (ask("tokyo"), ask("Paris"), ask("Gone"), ask("None")) == (State.CLOSED, State.OPEN, None, None)
