"""`skills/compare-priorities` over HTTP; the mathematics is tested with `skills.priority`."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories.organizations import UserFactory
from tests.factories.skills import SkillFactory

URL = "/api/v1/skills/compare-priorities"


def entry(name, initial=0, acceleration=1, maximum=1000):
    return {
        "name": name,
        "initial_priority": initial,
        "acceleration": acceleration,
        "max_priority": maximum,
    }


def compare(client, skills, elapsed=10, interval=1):
    return client.post(URL, {"skills": skills, "elapsed_minutes": elapsed, "interval_minutes": interval})


def priority_at(body, name, minute):
    (line,) = [one for one in body["series"] if one["name"] == name]
    (point,) = [one for one in line["points"] if one["minute"] == minute]
    return point["priority"]


def test_the_published_examples(admin):
    body = compare(
        admin,
        [
            entry("Bennet-static", 110, 0),
            entry("Bennet-dynamic", 110, 10),
            entry("low", 10, 0),
            entry("4-and-1", 4, 1),
            entry("1", 0, 1),
        ],
        elapsed=4,
        interval=0.5,
    ).json()
    assert priority_at(body, "Bennet-static", 4) == 110
    assert priority_at(body, "Bennet-dynamic", 4) == 150
    assert priority_at(body, "low", 4) == 10
    assert priority_at(body, "4-and-1", 3) == 7
    assert priority_at(body, "1", 0.5) == 0.5


def test_saved_beside_unsaved_with_the_published_crossing(admin, people):
    SkillFactory.create(name="BB", business_unit=people.unit, initial_priority=3, acceleration=1)
    answer = compare(admin, [entry("A", 1, 5), "bb"], elapsed=1, interval=0.5)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert [(line["name"], line["saved"]) for line in body["series"]] == [("A", False), ("BB", True)]
    assert body["series"][0]["points"] == [
        {"minute": 0, "priority": 1},
        {"minute": 0.5, "priority": 3.5},
        {"minute": 1, "priority": 6},
    ]
    assert body["crossings"] == [
        {
            "minute": 0.5,
            "minute_exact": "1/2",
            "seconds": 30,
            "priority": 3.5,
            "ahead_before": "BB",
            "ahead_after": "A",
            "sentence": "A overtakes BB after 30 s, at priority 3.5.",
        }
    ]


def test_a_cap_gives_the_lead_back(admin):
    body = compare(admin, [entry("A", 0, 3, 10), entry("B", 5, 1)], elapsed=60, interval=10).json()
    assert [(one["minute"], one["ahead_after"]) for one in body["crossings"]] == [(2.5, "A"), (5, "B")]
    assert body["crossings"][0]["sentence"] == "A overtakes B after 2 min 30 s, at priority 7.5."


def test_a_third_of_a_minute(admin):
    (crossing,) = compare(admin, [entry("A", 1, 0), entry("B", 0, 3)]).json()["crossings"]
    assert (crossing["minute_exact"], crossing["seconds"]) == ("1/3", 20)


def test_level_skills_are_said_so(admin):
    skills = [entry("A", 0, 1, 5), entry("B", 0, 1, 10), entry("C", 5, 0), entry("D", 0, 1, 5)]
    body = compare(admin, skills).json()
    assert [(one["skills"], one["from_minute"], one["to_minute"]) for one in body["levels"]] == [
        (["A", "B"], 0, 5),
        (["A", "C"], 5, None),
        (["A", "D"], 0, None),
        (["B", "D"], 0, 5),
        (["C", "D"], 5, None),
    ]
    assert [one["sentence"] for one in body["levels"][:3]] == [
        "A and B have the same priority until 5 min, then B is ahead.",
        "From 5 min on, A and C have the same priority.",
        "A and D always have the same priority.",
    ]
    assert [(one["minute"], one["ahead_after"]) for one in body["crossings"]] == [(5, "B")]


def test_the_line_bends_where_the_maximum_is_reached(admin):
    """Between two marked points the line is straight only if the bend is known."""
    body = compare(admin, [entry("A", 0, 3, 10), entry("B", 5, 0), entry("C", 7, 1, 7)], interval=10).json()
    assert [(one["maximum"], one["maximum_from_minute"]) for one in body["series"]] == [
        (10, 10 / 3),
        (1000, None),
        (7, 0),
    ]


def test_sentences_and_numbers_are_in_the_language_of_the_reader(people):
    people.admin.language = "fr"
    people.admin.save()
    page = Client()
    page.force_login(people.admin)
    skills = [entry("A", 1, 5), entry("B", 3, 1), entry("C", 3, 1, 4)]
    body = page.post(URL, {"skills": skills}, content_type="application/json").json()
    assert [one["sentence"] for one in body["crossings"]] == [
        "A dépasse B après 30\u00a0s, à la priorité 3,5.",
        "A dépasse C après 30\u00a0s, à la priorité 3,5.",
    ]
    assert [one["sentence"] for one in body["levels"]] == [
        "B et C ont la même priorité jusqu\u2019à 1\u00a0min, puis B est devant."
    ]


def test_a_superuser_names_skills_of_his_own_unit_and_may_compare_any_by_id(api, people):
    own = SkillFactory.create(name="Support", business_unit=people.unit, initial_priority=1)
    other = SkillFactory.create(name="Support", initial_priority=2)
    superuser = api(UserFactory.create(superuser=True, business_unit=people.unit))
    assert [
        compare(superuser, [token]).json()["series"][0]["points"][0]["priority"]
        for token in ("Support", own.pk, other.pk)
    ] == [1, 1, 2]


def test_the_session_of_a_page_may_compare_with_its_csrf_token(people):
    page = Client(enforce_csrf_checks=True)
    page.force_login(people.admin)
    body = {"skills": [entry("A")]}
    assert page.post(URL, body, content_type="application/json").status_code == 403
    page.cookies["csrftoken"] = "x" * 32
    answer = page.post(URL, body, content_type="application/json", headers={"X-CSRFToken": "x" * 32})
    assert answer.status_code == 200


def test_twenty_saved_skills_take_one_query(admin, people, django_assert_num_queries):
    names = [SkillFactory.create(name=f"S{n}", business_unit=people.unit).name for n in range(20)]
    compare(admin, names[:1])
    with CaptureQueriesContext(connection) as one:
        compare(admin, names[:1])
    with django_assert_num_queries(len(one)):
        compare(admin, names)


def test_settings_left_out_are_the_defaults(admin):
    body = compare(admin, [{"name": "A"}]).json()
    assert priority_at(body, "A", 10) == 10


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"skills": []}, "skills"),
        ({}, "skills"),
        ({"skills": ["Nowhere"]}, "skills[0]"),
        ({"skills": [entry("A"), entry("A")]}, "skills[1]"),
        ({"skills": [entry("A", 20, 1, 10)]}, "skills[0].initial_priority"),
        ({"skills": [entry("A"), entry("B", -1)]}, "skills[1].initial_priority"),
        ({"skills": [entry("A", 0, "fast")]}, "skills[0].acceleration"),
        ({"skills": [{"acceleration": 1}]}, "skills[0].name"),
        ({"skills": [entry("A"), True]}, "skills[1]"),
        ({"skills": [entry(str(line)) for line in range(21)]}, "skills"),
        ({"skills": [entry("A")], "elapsed_minutes": -1}, "elapsed_minutes"),
        ({"skills": [entry("A")], "elapsed_minutes": 0}, "elapsed_minutes"),
        ({"skills": [entry("A")], "elapsed_minutes": 100_001, "interval_minutes": 100}, "elapsed_minutes"),
        ({"skills": [entry("A")], "interval_minutes": 0}, "interval_minutes"),
        ({"skills": [entry("A")], "elapsed_minutes": 90000, "interval_minutes": 1}, "interval_minutes"),
        ({"skills": [entry("A")], "colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_compared_is_refused(body, field, admin):
    answer = admin.post(URL, body)
    assert answer.status_code == 400, answer.content
    assert list(answer.json()["fields"]) == [field]


def test_it_only_looks(colleague, stranger, admin, people):
    SkillFactory.create(name="Support", business_unit=people.unit)
    assert compare(colleague, [entry("A")]).status_code == 403
    assert compare(stranger, ["Support"]).status_code == 400
    assert compare(admin, ["Support"]).status_code == 200
