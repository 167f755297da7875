"""Whatever is drawn or sent: a clear finding or a bounded run, never an exception."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scripts.interpreter.catalogue import HoursAnswer, QueueFigures
from scripts.interpreter.engine import advance
from scripts.interpreter.events import (
    ApiAnswered,
    DeadlineReached,
    Fired,
    MessageReceived,
    QueueTimedOut,
    Resolved,
    Started,
)
from scripts.interpreter.failures import explain
from scripts.interpreter.inspection import examine, inspect
from scripts.interpreter.limits import GraphLimits, Limits
from scripts.interpreter.reading import parse, parse_text
from scripts.interpreter.run import Run, RunStatus, TraceRow
from tests.scripts.interpreter.helpers import CATALOGUE, NOW, WORKSHOP, define, read

IDS = st.sampled_from(["a", "b", "c", "d", "e", "gone"])
TYPES = st.sampled_from([*WORKSHOP.types(), "UNHEARD"])
BRANCHES = st.sampled_from(["default", "error", "timeout", "responded", "sideways", "true", "false", "one"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
NAMES = (
    *("skill", "target_agent", "high_proficiency", "Acceleration", "text", "zip_tone", "odd", "message"),
    *("variable", "value", "expression", "cases", "seconds", "tag", "disposition", "note"),
    *("profile", "result_var", "timeout_seconds", "count", "agent", "script", "priority"),
    *("title", "fields", "links", "url", "form", "body", "method", "results", "secret"),
)
PROPERTIES = st.dictionaries(
    st.sampled_from(NAMES),
    SCALARS
    | st.sampled_from(["Default", "billing", "agent.one", "nobody", "VIP", "Resolved", "tries", 1, 60])
    | st.sampled_from(["Office", "Sub", "Again", "ERP", "https://erp.example.com/{{ text }}", "a: b", "POST"])
    | st.sampled_from(
        ["{{ tries | plus: 1 }}", "{{ text }}{{ text }}", "{{ gone | times: tries }}", "one\ntwo"]
    )
    | st.sampled_from(["text == 'x'", "tries < 2", "{{", "{% if 1 %}", "not gone", "one\ntwo"]),
    max_size=4,
)

DRAWN = st.builds(
    lambda actions, branches: {
        "actions": [{"id": id_, **rest} for id_, rest in actions.items()],
        "branches": branches,
    },
    st.dictionaries(IDS, st.fixed_dictionaries({"type": TYPES, "properties": PROPERTIES}), max_size=6),
    st.lists(st.fixed_dictionaries({"from": IDS, "branch": BRANCHES, "to": IDS}), max_size=12),
)


def with_begin(definition, first):
    """The same script, beginning properly: so that more than its beginning is run."""
    others = [
        action for action in definition["actions"] if action["id"] != "start" and action["type"] != "BEGIN"
    ]
    begin = {"id": "start", "type": "BEGIN"}
    return {
        "actions": [begin, *others],
        "branches": [{"from": "start", "branch": "default", "to": first}, *definition["branches"]],
    }


BEGUN = st.builds(with_begin, DRAWN, IDS)


SENSIBLE = [
    *("REQAGENT", "NOTHING", "PAUSE", "BREAK", "FINISH", "END", "ENDTEXT"),
    ("SENDTEXT", {"message": "You wrote {{ text }}."}),
    ("ASSIGN", {"variable": "tries", "value": "{{ tries | plus: 1 }}", "value_type": "number"}),
    ("IF", {"expression": "text == 'x' or tries == 2"}),
    ("CASE", {"cases": "one\ntwo"}),
    ("WAIT", {"seconds": 30}),
    ("TAG", {"tag": "VIP"}),
    ("SETDISPOSITION", {"disposition": "Resolved"}),
    ("NOTE", {"note": "Was here"}),
    ("HOURS", {"profile": "Office"}),
    ("ASKCALLER", {"message": "Yes?", "timeout_seconds": 30}),
    ("LOOP", {"count": 2}),
    ("AGENTSTATE", {"agent": "agent.one"}),
    "QUEUEINFO",
    ("RUNSUB", {"script": "Sub"}),
    ("SCREENPOP", {"fields": "Text: {{ text }}"}),
    ("CALLAPI", {"url": "https://erp.example.com/{{ text }}", "secret": "ERP"}),
    ("UPDATECONTACT", {"priority": 5}),
]
ENDING = {"FINISH", "END", "ENDTEXT"}


@st.composite
def sensible_scripts(draw):
    """Scripts as a careful person draws them: known actions, every exit led on, mostly forwards."""
    kinds = draw(st.lists(st.sampled_from(SENSIBLE), min_size=1, max_size=6))
    actions = {"a0": "BEGIN"} | {
        f"a{index}": kind for index, kind in enumerate([*kinds, "REQAGENT"], start=1)
    }
    branches = []
    nodes = read(define(actions), registry=WORKSHOP).nodes
    for index, id_ in enumerate(actions):
        for spec in nodes[id_].exits:
            onward = st.integers(min_value=index + 1, max_value=len(actions))
            back = st.integers(min_value=1, max_value=len(actions))
            target = draw(onward | back if nodes[id_].type in {"PAUSE", "WAIT"} else onward)
            if f"a{target}" in actions:
                branches.append(f"{id_}.{spec.name}>a{target}")
    return define(actions, branches)


HOSTILE = JSON | st.fixed_dictionaries(
    {
        "actions": JSON
        | st.lists(st.dictionaries(st.sampled_from(["id", "type", "label", "properties", "x"]), JSON))
    },
    optional={"branches": JSON | st.lists(st.dictionaries(st.sampled_from(["from", "branch", "to"]), JSON))},
)
EVENTS = st.lists(
    st.sampled_from(
        [
            Started(default_skill="support", variables={"from": "x"}),
            Fired(type="ONTEST"),
            Fired(type="ONANSWER", variables={"agent": "agent.one"}),
            Fired(type="ONRELEASE"),
            Fired(type="BEGIN"),
            Resolved(action_id="a", branch="error"),
            Resolved(action_id="b", branch="timeout"),
            DeadlineReached(),
            MessageReceived(text="hello"),
            QueueTimedOut(),
            ApiAnswered(number=2, status=200, body='{"b": 1}'),
            ApiAnswered(number=2, failure="unreachable"),
        ]
    ),
    max_size=6,
)
TIGHT = Limits(steps_per_advance=30, steps_per_run=60)


SUB = define({"x": "BEGIN", "w": ("WAIT", {"seconds": 30}), "e": "END"}, ["x>w", "w>e"])
AGAIN = define({"x": "BEGIN", "r": ("RUNSUB", {"script": "Again"})}, ["x>r"])
WORLD = replace(
    CATALOGUE,
    hours={"Office": HoursAnswer(state="holiday", name="Christmas Day", opens_at=NOW)},
    states={"agent.one": "busy"},
    queues={"support": QueueFigures(waiting=1, longest_wait=60, agents_free=0, agents_logged_in=2)},
    scripts={"Sub": SUB, "Again": AGAIN},
)
"""Everything that the actions may ask is there."""


def play(graph, events, *, limits=TIGHT, catalogue=WORLD):
    """The run after a start and these events, with everything that must always hold checked at each step."""
    run, now, last = Run(), NOW, 0
    for event in (Started(default_skill="support"), *events):
        step = advance(
            Run.from_json(json.loads(json.dumps(run.to_json()))),
            graph,
            event=event,
            now=now,
            limits=limits,
            catalogue=catalogue,
        )
        assert len(step.trace) <= limits.steps_per_advance
        assert step.run.steps <= limits.steps_per_run
        assert step.status is not RunStatus.RUNNING
        assert (step.status is RunStatus.FAILED) == (step.failure is not None)
        assert (step.status is RunStatus.WAITING) == (step.run.position is not None)
        assert step.failure is None or str(explain(step.failure, registry=WORKSHOP))
        assert all(row.position > last for row in step.trace)
        last = max([last, *(row.position for row in step.trace)])
        json.dumps([row.as_json() for row in step.trace] + [effect.as_json() for effect in step.effects])
        run, now = step.run, now + timedelta(minutes=1)
    return run


@given(DRAWN | BEGUN, EVENTS)
def test_a_drawn_script_is_inspected_and_run_without_an_exception(definition, events):
    parsed = parse(definition, registry=WORKSHOP)
    if parsed.graph is None:
        assert all(str(finding.message) for finding in parsed.findings)
        return
    for finding in inspect(parsed.graph, CATALOGUE):
        assert str(finding.message)
    play(parsed.graph, events)


@given(
    sensible_scripts(), st.lists(st.sampled_from([DeadlineReached(), MessageReceived(text="hi")]), max_size=8)
)
def test_a_script_that_may_be_published_leaves_nobody_in_limbo(definition, events):
    """It waits, or comes to a queue, to an end that it means, or to trouble whose branch was left open."""
    report = examine(definition, WORLD, registry=WORKSHOP)
    # Hypothesis itself fails the test if this leaves too few scripts to look at.
    assume(report.may_be_published)
    assert report.graph is not None
    run = play(report.graph, events)
    match run.status:
        case RunStatus.ENDED:
            assert run.agent_requested or last_type(report.graph, events) in ENDING
        case RunStatus.FAILED:
            assert run.failure is not None
            assert run.failure.code in {"broken", "not_in_queue"}
        case _:
            assert run.status is RunStatus.WAITING


def last_type(graph, events):
    """The type of the last action that a run with these events passes."""
    run = Run()
    rows: list[TraceRow] = []
    for minute, event in enumerate((Started(default_skill="support"), *events)):
        now = NOW + timedelta(minutes=minute)
        step = advance(run, graph, event=event, now=now, catalogue=WORLD)
        run = step.run
        rows.extend(step.trace)
    return rows[-1].action_type


@given(DRAWN | BEGUN)
def test_what_is_written_back_is_read_as_the_same(definition):
    parsed = parse(definition, registry=WORKSHOP)
    if parsed.graph is not None:
        again = read(json.loads(json.dumps(parsed.graph.to_definition())), registry=WORKSHOP)
        assert again == parsed.graph
        assert again.canonical_json() == parsed.graph.canonical_json()


@given(HOSTILE)
def test_hostile_json_gives_a_graph_or_a_reason(definition):
    report = examine(definition, CATALOGUE, registry=WORKSHOP)

    assert report.graph is not None or report.findings
    for finding in report.findings:
        json.dumps(finding.as_json()).encode()
    if report.graph is not None:
        play(report.graph, ())


@given(st.text() | st.binary())
def test_hostile_text_gives_a_graph_or_a_reason(text):
    parsed = parse_text(text)

    assert parsed.graph is not None or str(parsed.findings[0].message)


@given(JSON)
def test_a_hostile_state_is_read_or_refused(state):
    try:
        run = Run.from_json(state)
    except ValueError:
        return
    assert run == Run.from_json(run.to_json())


@pytest.mark.parametrize("seed", range(5))
def test_ten_thousand_actions_at_random(seed):
    source = random.Random(seed)
    types = ["REQAGENT", "NOTHING", "NOTHING", "PAUSE", "BREAK", "REMEMBER"]
    actions = {"b": "BEGIN"} | {f"n{index}": source.choice(types) for index in range(10_000)}
    ids = list(actions)
    branches = [f"b>{ids[1]}"] + [
        f"{id_}.{source.choice(['default', 'error', 'responded'])}>{source.choice(ids)}" for id_ in ids[1:]
    ]
    limits = GraphLimits(actions=20_000, branches=20_000, size_bytes=8_000_000)
    graph = read(define(actions, branches), registry=WORKSHOP, limits=limits)

    assert inspect(graph, CATALOGUE)
    play(graph, [DeadlineReached()] * 5, limits=Limits())


def test_a_chain_of_ten_thousand_actions():
    actions = {"b": "BEGIN"} | {f"n{index}": "NOTHING" for index in range(10_000)} | {"q": "REQAGENT"}
    links = [f"n{index}>n{index + 1}" for index in range(9_999)]
    limits = GraphLimits(actions=20_000, branches=20_000, size_bytes=8_000_000)
    graph = read(define(actions, ["b>n0", *links, "n9999>q"]), registry=WORKSHOP, limits=limits)

    assert inspect(graph, CATALOGUE) == []
    assert play(graph, ()).failure.code == "too_many_steps"
    assert play(graph, (), limits=Limits(steps_per_advance=20_000, steps_per_run=20_000)).agent_requested
