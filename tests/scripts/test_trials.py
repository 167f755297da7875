"""Tries of scripts in a business unit, and the tests that are kept of them."""

from __future__ import annotations

import json

import pytest
from auditlog.models import LogEntry

from core.errors import NotAllowed, RuleBroken
from scripts.documents import export_script, read_document
from scripts.models import ScriptTest
from scripts.selectors import draft_of
from scripts.trials import (
    MOST_TESTS,
    TooManyTests,
    delete_test,
    import_script,
    run_tests,
    save_test,
    try_definition,
)
from tests.factories.hours import HoursOfOperationFactory
from tests.factories.scripts import ScriptFactory, ScriptTestFactory, plain_queue
from tests.factories.skills import SkillFactory
from tests.scripts.interpreter.helpers import define

pytestmark = pytest.mark.django_db

MONDAY = "2026-03-02T10:00:00+00:00"
SUNDAY = "2026-03-01T10:00:00+00:00"
HOURS = define(
    {
        "begin": "BEGIN",
        "hours": ("HOURS", {"profile": "Desk"}),
        "queue": "REQAGENT",
        "closed": ("ENDTEXT", {"message": "Closed until {{ opens_time }}."}),
    },
    ["begin>hours", "hours.open>queue", "hours.closed>closed"],
)


def setup_at(moment, **values):
    return {
        "at": moment,
        "customer": "+447700900001",
        "number": "12345",
        "skill": "support",
        **values,
    }


HELLO = [{"do": "text", "text": "Hello"}]


@pytest.fixture
def unit(people):
    SkillFactory.create(business_unit=people.unit, name="support")
    HoursOfOperationFactory.create(business_unit=people.unit, name="Desk")
    return people.unit


@pytest.fixture
def script(unit):
    return ScriptFactory.create(business_unit=unit, name="Front")


def kept(people, script, **values):
    given = {
        "by": people.admin,
        "script": script,
        "name": "On a Monday",
        "definition": HOURS,
        "setup": setup_at(MONDAY),
        "inputs": HELLO,
    }
    return save_test(**{**given, **values})


def test_the_hours_of_the_unit_answer_for_the_chosen_moment(unit, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        played = try_definition(
            business_unit=unit, definition=HOURS, setup=setup_at(SUNDAY), inputs=HELLO
        ).as_json()
    texts = [entry["text"] for entry in played["entries"] if entry["kind"] == "text_out"]
    assert texts == ["Closed until 09:00."]
    assert played["place"] == "closed"


def test_a_script_of_another_unit_is_not_run(unit):
    other = ScriptFactory.create(name="Sub")
    assert other.business_unit_id != unit.pk
    calls = define(
        {"begin": "BEGIN", "sub": ("RUNSUB", {"script": "Sub"}), "queue": "REQAGENT"},
        ["begin>sub", "sub>queue", "sub.error>queue"],
    )
    played = try_definition(
        business_unit=unit, definition=calls, setup=setup_at(MONDAY), inputs=HELLO
    ).as_json()
    assert [entry["branch"] for entry in played["entries"] if entry["kind"] == "step"][1] == "error"


@pytest.mark.parametrize(
    ("setup", "inputs"),
    [
        (None, []),
        ({"at": "soon"}, []),
        (setup_at("2026-03-02T10:00:00"), []),
        (setup_at("9999-12-31T00:00:00+00:00"), []),
        (setup_at(MONDAY, agents="asleep"), []),
        (setup_at(MONDAY, waiting=-1), []),
        (setup_at(MONDAY, odd=1), []),
        (setup_at(MONDAY), None),
        (setup_at(MONDAY), [{"do": "dance"}]),
        (setup_at(MONDAY), [{"do": "text"}]),
        (setup_at(MONDAY), [{"do": "jump", "seconds": True}]),
        (setup_at(MONDAY), [{"do": "answer", "status": 7}]),
        (setup_at(MONDAY), [{"do": "answer", "failure": "odd"}]),
        (setup_at(MONDAY), [{"do": "fill", "values": 3}]),
        (setup_at(MONDAY), [{"do": "jump", "seconds": 1}] * 201),
    ],
)
def test_what_cannot_be_played_is_refused(unit, setup, inputs):
    with pytest.raises(RuleBroken):
        try_definition(business_unit=unit, definition=plain_queue(), setup=setup, inputs=inputs)


def test_a_kept_try_says_what_is_otherwise_later(people, script):
    test = kept(people, script)
    assert test.created_by == people.admin
    assert test.expected["path"] == [["begin", "default"], ["hours", "open"], ["queue", "default"]]
    assert [verdict.is_passed for verdict in run_tests(script=script, definition=HOURS)] == [True]

    (verdict,) = run_tests(script=script, definition=plain_queue())
    assert verdict.differences == ("Step 2: expected hours → open, went queue → Default.",)
    people.unit.hours_of_operation.update(monday="")
    (verdict,) = run_tests(script=script, definition=HOURS)
    assert verdict.differences == (
        "Step 2: expected hours → Open, went hours → Closed.",
        "Text 1: expected nothing more, sent “Closed until .”.",
        "At the end the contact is closed instead of in the queue.",
    )


def test_actions_are_called_by_their_captions(people, script):
    kept(people, script)
    captions = {"hours": "Opening hours", "queue": ""}
    named = {
        **HOURS,
        "actions": [{**action, "label": captions.get(action["id"], "")} for action in HOURS["actions"]],
        "branches": [branch for branch in HOURS["branches"] if branch["branch"] != "open"],
    }
    named["branches"].append({"from": "hours", "branch": "open", "to": "closed"})
    people.unit.hours_of_operation.update(monday="")
    (verdict,) = run_tests(script=script, definition=named)
    assert verdict.differences[0] == (
        "Step 2: expected HOURS “Opening hours” → Open, went HOURS “Opening hours” → Closed."
    )
    people.unit.hours_of_operation.update(monday="09:00-17:00")
    (verdict,) = run_tests(script=script, definition=named)
    assert verdict.differences[0] == "Step 3: expected queue → Default, went closed."


def test_a_test_of_the_same_name_is_replaced_and_the_audit_says_who(people, script):
    first = kept(people, script)
    again = kept(people, script, name=" on a monday ", definition=plain_queue())
    assert again.pk == first.pk
    assert ScriptTest.objects.get().expected["path"] == [["begin", "default"], ["queue", "default"]]
    assert {entry.actor for entry in LogEntry.objects.get_for_object(again)} == {people.admin}
    delete_test(by=people.admin, test=again)
    assert not ScriptTest.objects.exists()


def test_who_may_not_change_the_script_may_not_change_its_tests(people, script):
    test = kept(people, script)
    with pytest.raises(NotAllowed):
        kept(people, script, by=people.agent.user)
    with pytest.raises(NotAllowed):
        delete_test(by=people.agent.user, test=test)
    with pytest.raises(RuleBroken):
        kept(people, script, name="  ")


def test_a_script_has_a_bounded_number_of_tests(people, script):
    for number in range(MOST_TESTS):
        ScriptTestFactory.create(script=script, name=f"T {number}")
    with pytest.raises(TooManyTests):
        kept(people, script)


def test_tests_go_out_with_the_file_and_come_in_again(people, script):
    kept(people, script, name="b")
    kept(people, script, name="a", setup=setup_at(SUNDAY))
    document = export_script(script.versions.get())
    assert [test["name"] for test in document["tests"]] == ["a", "b"]
    read = read_document(json.loads(json.dumps(document)))
    taken = import_script(by=people.admin, business_unit=people.unit, document=read, name="Second")
    again = export_script(draft_of(taken))
    assert again == {**document, "name": "Second"}
    assert [verdict.is_passed for verdict in run_tests(script=taken, definition=HOURS)] == [True, True]


@pytest.mark.parametrize(
    "tests",
    [
        7,
        [7],
        [{"name": "x"}],
        [{"name": "x", "setup": {}, "inputs": [], "expected": {}}],
        [
            {
                "name": "x",
                "setup": setup_at(MONDAY),
                "inputs": [],
                "expected": {"path": [[1, 2]], "texts": [], "status": "", "contact": "", "skill": ""},
            }
        ],
    ],
)
def test_a_file_with_broken_tests_is_refused_and_leaves_no_script(people, unit, tests):
    with pytest.raises(RuleBroken):
        import_script(
            by=people.admin,
            business_unit=unit,
            document=read_document({**plain_queue(), "tests": tests}),
            name="Second",
        )
    assert not unit.scripts.filter(name="Second").exists()
