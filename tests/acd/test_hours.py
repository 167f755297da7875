"""The page of hours of operation: special days in rows, and what happens on a date."""

from __future__ import annotations

import pytest
from django.test import Client

from core.errors import InUse
from hours.models import HoursOfOperation
from hours.services import delete_hours
from scripts.models import Script
from tests.acd.pages import address, errors_of, fill
from tests.conftest import People
from tests.factories.hours import HoursOfOperationFactory
from tests.factories.scripts import ScriptFactory, ScriptVersionFactory
from tests.scripts.interpreter.helpers import define

pytestmark = pytest.mark.django_db

CHRISTMAS = {
    "date": "2026-12-25",
    "name": "Christmas Day",
    "hours": "",
    "is_holiday": True,
    "every_year": True,
}


def rows(*given: tuple[str, str, str, str, str]) -> dict[str, list[str]]:
    names = ("date", "name", "hours", "kind", "repeats")
    return {f"special_days-{name}": [row[number] for row in given] for number, name in enumerate(names)}


@pytest.fixture
def desk(client: Client, people: People) -> Client:
    client.force_login(people.admin)
    return client


def test_created_with_special_days(desk: Client, people: People):
    url = address(HoursOfOperation, "add")
    special = rows(
        ("2026-12-25", "Christmas Day", "", "holiday", "yearly"),
        ("2026-12-24", "Christmas Eve", "9-12", "other", "once"),
        ("", "", "", "holiday", "once"),
    )
    answer = desk.post(url, fill(desk.get(url), name="Office", monday="9h-12h, 13h-17h") | special)
    assert answer.status_code == 302, errors_of(answer)
    hours = HoursOfOperation.objects.get()
    assert hours.monday == "09:00-12:00, 13:00-17:00"
    eve = {"date": "2026-12-24", "name": "Christmas Eve", "hours": "09:00-12:00"}
    assert hours.special_days == [{**eve, "is_holiday": False, "every_year": False}, CHRISTMAS]


def test_a_mistake_keeps_what_was_typed(desk: Client, people: People):
    hours = HoursOfOperationFactory.create(business_unit=people.unit, special_days=[CHRISTMAS])
    url = address(HoursOfOperation, "change", hours.pk)
    for row, sentence in (
        (("", "No date", "", "holiday", "once"), "Give each special day its date."),
        (("2026-12-26", "Boxing", "soon", "holiday", "once"), "is no span of hours"),
    ):
        answer = desk.post(url, fill(desk.get(url)) | rows(row))
        assert sentence in errors_of(answer)["special_days"][0]
        assert row[1] in answer.content.decode()
    hours.refresh_from_db()
    assert hours.special_days == [CHRISTMAS]


def test_special_days_are_removed(desk: Client, people: People):
    hours = HoursOfOperationFactory.create(business_unit=people.unit, special_days=[CHRISTMAS])
    url = address(HoursOfOperation, "change", hours.pk)
    answer = desk.post(url, fill(desk.get(url)) | rows(("", "", "", "holiday", "once")))
    assert answer.status_code == 302, errors_of(answer)
    hours.refresh_from_db()
    assert (hours.special_days, hours.monday) == ([], "09:00-17:00")


def test_what_happens_on_a_date(desk: Client, people: People):
    hours = HoursOfOperationFactory.create(
        business_unit=people.unit,
        time_zone="America/New_York",
        sunday="02:30-06:00",
        special_days=[{**CHRISTMAS, "hours": "10:00-12:00"}],
    )
    url = address(HoursOfOperation, "change", hours.pk)
    page = desk.get(url, {"on": "2026-03-08"}).content.decode()
    assert "03:00 \u2013 06:00" in page
    page = desk.get(url, {"on": "2030-12-25"}).content.decode()
    assert "10:00 \u2013 12:00" in page
    assert "Christmas Day" in page
    assert "Closed: holiday" in page
    for unreadable in ("", "yesterday", "0001-01-01", "9999-12-31"):
        assert desk.get(url, {"on": unreadable}).status_code == 200


def test_the_list_says_how_it_is_now(desk: Client, people: People):
    HoursOfOperationFactory.create(business_unit=people.unit, override="weather")
    assert b"Closed: weather" in desk.get(address(HoursOfOperation, "changelist")).content


def test_one_empty_row_waits_at_the_end(desk: Client, people: People):
    hours = HoursOfOperationFactory.create(business_unit=people.unit, special_days=[CHRISTMAS])
    page = desk.get(address(HoursOfOperation, "change", hours.pk)).content.decode()
    assert page.count('name="special_days-date"') == 2


def test_scripts_that_name_the_hours_use_them(desk: Client, people: People):
    hours = HoursOfOperationFactory.create(business_unit=people.unit, name="Desk")
    definition = define(
        {"begin": "BEGIN", "hours": ("HOURS", {"profile": "DESK"}), "queue": "REQAGENT"},
        ["begin>hours", "hours.open>queue", "hours.closed>queue"],
    )
    script = ScriptFactory.create(business_unit=people.unit, name="Front", published=False)
    ScriptVersionFactory.create(script=script, definition=definition)
    abroad = ScriptFactory.create(name="Elsewhere", published=False)
    ScriptVersionFactory.create(script=abroad, definition=definition)
    page = desk.get(address(HoursOfOperation, "change", hours.pk)).content.decode()
    assert address(Script, "change", script.pk) in page
    assert "Elsewhere" not in page
    with pytest.raises(InUse, match="Front"):
        delete_hours(by=people.admin, instance=hours)
    script.versions.update(status="superseded")
    delete_hours(by=people.admin, instance=hours)
