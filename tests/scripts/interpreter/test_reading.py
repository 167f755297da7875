from __future__ import annotations

import json

import pytest

from scripts.interpreter.limits import GraphLimits
from scripts.interpreter.reading import parse, parse_text
from tests.scripts.interpreter.helpers import PLAIN, define, read, script


def problems(definition, limits=None):
    parsed = parse(definition) if limits is None else parse(definition, limits=limits)
    assert (parsed.graph is None) == bool(parsed.findings)
    return [(finding.code, finding.path) for finding in parsed.findings]


def action(**changes):
    return {"actions": [{"id": "a", "type": "BEGIN"} | changes], "branches": []}


def branch(**changes):
    return PLAIN | {"branches": [{"from": "begin", "branch": "default", "to": "ask"} | changes]}


def test_a_definition_comes_back_as_it_went_in():
    definition = {
        "actions": [
            {
                "id": "ask",
                "type": "REQAGENT",
                "label": "Fräge",
                "properties": {"skill": "Default"},
                "x": 1,
                "y": 2.5,
            },
            {"id": "begin", "type": "BEGIN", "label": "", "properties": {}, "x": 0, "y": 0},
        ],
        "branches": [{"from": "begin", "branch": "default", "to": "ask"}],
    }

    assert read(definition).to_definition() == definition


def test_the_order_of_drawing_does_not_matter():
    forward = define({"b": "BEGIN", "q": "REQAGENT", "r": "REQAGENT"}, ["b>q", "q.error>r"])
    backward = {key: list(reversed(entries)) for key, entries in forward.items()}

    assert read(backward) == read(forward)
    assert read(backward).digest() == read(forward).digest()
    assert json.loads(read(forward).canonical_json())["format_version"] == 1


def test_what_makes_a_difference_changes_the_digest():
    digests = {
        script({"b": "BEGIN", "q": ("REQAGENT", properties)}, branches).digest()
        for properties in ({}, {"skill": "billing"})
        for branches in ([], ["b>q"])
    }

    assert len(digests) == 4


def test_what_is_left_out_counts_as_nothing():
    graph = read(
        {"actions": [{"id": 7, "type": "begin", "label": None, "properties": None}], "format_version": 1}
    )

    node = graph.nodes["7"]
    assert (node.type, node.label, dict(node.properties), node.x, node.y) == ("BEGIN", "", {}, 0, 0)
    assert graph.branches == ()


def test_names_of_branches_are_read_without_regard_to_case():
    graph = read(
        {
            "actions": PLAIN["actions"],
            "branches": [{"from": "begin", "to": "ask"}, {"from": "ask", "branch": " Error ", "to": "begin"}],
        }
    )

    assert graph.target("begin", "default") == "ask"
    assert graph.target("ask", "error") == "begin"


def test_drafts_may_be_unfinished():
    graph = script({"b": "NEWFANGLED"}, ["b.somewhere>nowhere", "nobody>b"])

    assert graph.nodes["b"].action is None
    assert graph.target("b", "somewhere") == "nowhere"
    assert read(graph.to_definition()) == graph


def test_a_graph_shares_nothing_with_what_it_was_read_from():
    numbers = [1]
    graph = read(define({"b": ("NEWFANGLED", {"list": numbers})}))
    numbers.append(2)
    written = graph.to_definition()["actions"][0]["properties"]
    assert isinstance(written, dict)
    written["list"].append(3)

    assert graph.nodes["b"].properties["list"] == [1]


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (None, ("not_an_object", "")),
        ([], ("not_an_object", "")),
        ({}, ("not_a_list", "actions")),
        ({"actions": {}}, ("not_a_list", "actions")),
        ({"actions": [], "branches": "x"}, ("not_a_list", "branches")),
        ({"actions": ["x"]}, ("not_an_object", "actions[0]")),
        ({"actions": [], "nodes": []}, ("unknown_key", "nodes")),
        ({"actions": [], "format_version": 2}, ("format_version", "format_version")),
        ({"actions": [], "format_version": True}, ("format_version", "format_version")),
        ({"actions": [{"type": "BEGIN"}]}, ("missing", "actions[0].id")),
        (action(id=""), ("bad_id", "actions[0].id")),
        (action(id="a b"), ("bad_id", "actions[0].id")),
        (action(id="x" * 65), ("bad_id", "actions[0].id")),
        (action(id=True), ("bad_id", "actions[0].id")),
        (action(id="a\n"), ("bad_id", "actions[0].id")),
        (action(type=None), ("bad_type", "actions[0].type")),
        (action(type="<b>"), ("bad_type", "actions[0].type")),
        (action(label="x" * 201), ("bad_label", "actions[0].label")),
        (action(label=3), ("bad_label", "actions[0].label")),
        (action(properties=[]), ("not_an_object", "actions[0].properties")),
        (action(x="left"), ("bad_coordinate", "actions[0].x")),
        (action(y=1_000_001), ("bad_coordinate", "actions[0].y")),
        (action(y=True), ("bad_coordinate", "actions[0].y")),
        (action(colour="red"), ("unknown_key", "actions[0].colour")),
        (action(properties={"P1": 1, "p1": 2}), ("duplicate_property", "actions[0].properties")),
        (branch(to=None), ("missing", "branches[0].to")),
        (branch(**{"from": {}}), ("bad_id", "branches[0].from")),
        (branch(branch=["default"]), ("branch_name", "branches[0].branch")),
        (branch(branch="   "), ("branch_name", "branches[0].branch")),
        (branch(branch="x" * 65), ("branch_name", "branches[0].branch")),
        (branch(label="x"), ("unknown_key", "branches[0].label")),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(definition, expected):
    assert problems(definition) == [expected]


def test_an_id_is_given_once():
    parsed = parse({"actions": [{"id": 1, "type": "BEGIN"}, {"id": "1", "type": "REQAGENT"}]})

    assert [(finding.code, finding.action_id) for finding in parsed.findings] == [("duplicate_id", "1")]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "not_json"),
        (float("-inf"), "not_json"),
        pytest.param(10**5000, "not_json", id="huge"),
        pytest.param("nul\0", "not_json", id="nul"),
        pytest.param("\ud800", "not_json", id="surrogate"),
        ({1: 2}, "not_json"),
        ({"\ud800": 2}, "not_json"),
        ({"a", "b"}, "not_json"),
        (b"bytes", "not_json"),
        pytest.param("x" * 262_144, "too_large", id="long"),
        (["x" * 100] * 10_000, "too_large"),
        ([[[[[[[[]]]]]]]], "too_deep"),
    ],
)
def test_what_cannot_be_kept_is_refused(value, code):
    found = problems(action(properties={"p1": value}))

    assert [name for name, _ in found] == [code]


def test_a_value_that_contains_itself_is_refused():
    knot: list = []
    knot.extend([knot, knot])

    assert [code for code, _ in problems(action(properties={"p1": knot}))] == ["too_deep"]


def test_shared_parts_that_multiply_are_refused():
    value: object = "lol"
    for _ in range(4):
        value = [value] * 100

    assert [code for code, _ in problems(action(properties={"p1": value}))] == ["too_large"]


def test_the_numbers_of_actions_and_branches_are_limited():
    many = {"actions": [{"id": index, "type": "BEGIN"} for index in range(2001)]}
    wired = PLAIN | {"branches": [{"from": "begin", "to": "ask"}] * 10_001}

    assert problems(many) == [("too_many_actions", "actions")]
    assert problems(wired, GraphLimits(size_bytes=10_000_000)) == [("too_many_branches", "branches")]


def test_the_allowed_numbers_fit():
    graph = read({"actions": [{"id": index, "type": "BEGIN"} for index in range(2000)]})

    assert len(graph.nodes) == 2000


def test_reading_stops_at_a_hundred_problems():
    assert len(problems({"actions": [{}] * 1000})) == 100


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_json"),
        ("{", "not_json"),
        (b"\xff\xfe\xfa", "not_json"),
        pytest.param("[" * 200_000, "not_json", id="deep"),
        pytest.param("1" * 5000, "not_json", id="huge"),
        pytest.param(" " * 2_000_000, "too_large", id="long"),
        ("[]", "not_an_object"),
    ],
)
def test_text_that_is_no_script_is_refused(text, code):
    parsed = parse_text(text)

    assert [finding.code for finding in parsed.findings] == [code]
    assert str(parsed.findings[0].message)


def test_text_that_is_a_script_is_read():
    assert parse_text(json.dumps(PLAIN).encode()).graph == read(PLAIN)


def test_hostile_values_do_not_reach_a_message_whole():
    finding = parse(action(id="<script>\n" + "x" * 1000)).findings[0]

    assert "\n" not in str(finding.message)
    assert len(str(finding.message)) < 250


def test_a_finding_is_plain_for_the_api():
    assert parse(action(x="left")).findings[0].as_json() == {
        "severity": "error",
        "code": "bad_coordinate",
        "message": "“x” must be a number from -1000000 to 1000000.",
        "action": "a",
        "property": None,
        "branch": None,
        "path": "actions[0].x",
    }


def test_references_are_gathered_from_all_actions():
    graph = script(
        {
            "b": "BEGIN",
            "q": ("REQAGENT", {"skill": "billing"}),
            "r": ("REQAGENT", {"skill": "support", "target_agent": "agent.one"}),
            "s": ("REQAGENT", {"skill": "Default"}),
        }
    )

    assert graph.references().skills == {"billing", "support"}
    assert graph.references().agents == {"agent.one"}
