"""CALLAPI: what customers write stays data, in the address and in the body."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.interpreter.engine import advance
from scripts.interpreter.events import ApiAnswered, Started
from scripts.interpreter.run import Run, RunStatus
from tests.scripts.interpreter.helpers import CATALOGUE, NOW, failure_of, script

CALL = script(
    {
        "b": "BEGIN",
        "c": (
            "CALLAPI",
            {
                "method": "POST",
                "url": "https://erp.example.com/{{ text }}",
                "body": '{"text": "{{ text }}"}',
                "results": "x: x",
            },
        ),
        "q": "REQAGENT",
    },
    ["b>c", "c>q", "c.timeout>q"],
)


def called(text: str):
    return advance(Run(), CALL, event=Started(variables={"text": text}), now=NOW, catalogue=CATALOGUE)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_is_one_value(text: str):
    [effect] = called(text).effects
    assert json.loads(effect.body) == {"text": text}
    assert effect.url.startswith("https://erp.example.com/")
    assert "/" not in effect.url.removeprefix("https://erp.example.com/")


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5)
)
def test_any_answer_is_a_variable(value: object):
    step = called("1")
    body = json.dumps({"x": value})
    went_on = advance(
        Run.from_json(step.run.to_json()),
        CALL,
        event=ApiAnswered(number=2, status=200, body=body),
        now=NOW,
        catalogue=CATALOGUE,
    )
    assert went_on.status is RunStatus.ENDED
    assert len(str(went_on.run.variables["x"])) <= 1_000


@pytest.mark.parametrize(("value", "kept"), [("a\ud800b\x00", "ab"), (["a\udfffb"], '["ab"]'), ("👋", "👋")])
def test_what_the_database_cannot_hold_is_left_out(value: object, kept: str):
    event = ApiAnswered(number=2, status=200, body=json.dumps({"x": value}))
    step = advance(called("1").run, CALL, event=event, now=NOW, catalogue=CATALOGUE)
    assert step.run.variables["x"] == kept


def test_a_deep_answer_is_none():
    step = called("1")
    event = ApiAnswered(number=2, status=200, body="[" * 100_000)
    assert advance(step.run, CALL, event=event, now=NOW, catalogue=CATALOGUE).run.variables["x"] is None


def test_a_body_that_is_no_json_is_trouble():
    graph = script(
        {"b": "BEGIN", "c": ("CALLAPI", {"method": "PUT", "url": "https://erp.example.com/", "body": "{"})},
        ["b>c"],
    )
    step = advance(Run(), graph, event=Started(), now=NOW, catalogue=CATALOGUE)
    assert failure_of(step).code == "body_not_json"
