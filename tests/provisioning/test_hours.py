"""`hours-of-operation/{id}/day`, and the document."""

from __future__ import annotations

import pytest

from tests.factories.hours import HoursOfOperationFactory

pytestmark = pytest.mark.django_db


def test_what_happens_on_a_date(admin, people):
    hours = HoursOfOperationFactory.create(
        business_unit=people.unit, time_zone="Europe/Paris", sunday="02:30-06:00"
    )
    url = f"/api/v1/hours-of-operation/{hours.pk}/day"
    answer = admin.get(url, {"date": "2026-03-29"})
    assert answer.status_code == 200
    assert answer.json() == {
        "date": "2026-03-29",
        "time_zone": "Europe/Paris",
        "stretches": [
            {
                "begins": "2026-03-29T00:00:00+01:00",
                "ends": "2026-03-29T03:00:00+02:00",
                "state": "closed",
                "name": "",
            },
            {
                "begins": "2026-03-29T03:00:00+02:00",
                "ends": "2026-03-29T06:00:00+02:00",
                "state": "open",
                "name": "",
            },
            {
                "begins": "2026-03-29T06:00:00+02:00",
                "ends": "2026-03-30T00:00:00+02:00",
                "state": "closed",
                "name": "",
            },
        ],
    }
    for wrong in ({}, {"date": "tomorrow"}, {"date": "0001-01-01"}, {"date": "9999-12-31"}):
        assert admin.get(url, wrong).status_code == 400


def test_mistakes_are_told_by_field(admin, people):
    answer = admin.post(
        "/api/v1/hours-of-operation", {"name": "Office", "monday": "9-8-7", "special_days": 3}
    )
    assert answer.status_code == 400
    assert answer.json()["fields"].keys() == {"special_days"}
    answer = admin.post("/api/v1/hours-of-operation", {"name": "Office", "monday": "9-8-7"})
    assert answer.json()["fields"].keys() == {"monday"}


def test_what_is_exported_changes_nothing_when_it_is_applied(admin, people):
    HoursOfOperationFactory.create(
        business_unit=people.unit,
        special_days=[
            {
                "date": "2026-12-25",
                "name": "Christmas Day",
                "hours": "",
                "is_holiday": True,
                "every_year": True,
            }
        ],
    )
    document = admin.get("/api/v1/export").json()
    plan = admin.post("/api/v1/apply", {"hours_of_operation": document["hours_of_operation"]}).json()
    assert plan["summary"] == {"create": 0, "update": 0, "unchanged": 1}
    item = {"name": document["hours_of_operation"][0]["name"], "monday": "9-17"}
    plan = admin.post("/api/v1/apply", {"hours_of_operation": [item]}).json()
    assert plan["summary"] == {"create": 0, "update": 0, "unchanged": 1}, "9-17 is what is stored already"
