"""`skills/compare-priorities` over HTTP; the mathematics is tested with `skills.priority`."""

from __future__ import annotations

import pytest

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
            "sentence": "After 30 s, at priority 3.5, A overtakes BB.",
        }
    ]


def test_a_cap_gives_the_lead_back(admin):
    body = compare(admin, [entry("A", 0, 3, 10), entry("B", 5, 1)], elapsed=60, interval=10).json()
    assert [(one["minute"], one["ahead_after"]) for one in body["crossings"]] == [(2.5, "A"), (5, "B")]
    assert body["crossings"][0]["sentence"] == "After 2 min 30 s, at priority 7.5, A overtakes B."


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
        "Until 5 min, A and B have the same priority.",
        "From 5 min on, A and C have the same priority.",
        "A and D always have the same priority.",
    ]
    assert [(one["minute"], one["ahead_after"]) for one in body["crossings"]] == [(5, "B")]


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
        ({"skills": [entry("A", 20, 1, 10)]}, "skills"),
        ({"skills": [entry("A", -1)]}, "skills"),
        ({"skills": [True]}, "skills"),
        ({"skills": [entry("A")], "elapsed_minutes": -1}, "elapsed_minutes"),
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
