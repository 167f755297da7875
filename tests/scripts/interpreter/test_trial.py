"""Trying a script: one contact played through, time, agents and other systems as the tester says."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.interpreter.limits import TEXTS_PER_HOUR
from scripts.interpreter.run import RunStatus
from scripts.interpreter.trial import (
    MOST_ENTRIES,
    Agents,
    AgentsBecome,
    Answered,
    Filled,
    Jump,
    Place,
    Released,
    Setup,
    Text,
    Transferred,
    outcome_of,
    play,
)
from tests.scripts.interpreter.helpers import CATALOGUE, NOW, WORKSHOP, read, script
from tests.scripts.interpreter.test_random_graphs import sensible_scripts


def setup(**values):
    given = {"at": NOW, "customer": "+447700900001", "number": "12345", "skill": "support", **values}
    return Setup(**given)


def kinds(played):
    return [entry.kind for entry in played.entries if entry.kind != "step"]


def path(played):
    return [(entry.data["action"], entry.data["branch"]) for entry in played.entries if entry.kind == "step"]


PLAIN = script({"begin": "BEGIN", "ask": "REQAGENT"}, ["begin>ask"])
QUESTION = script(
    {
        "begin": "BEGIN",
        "ask": ("ASKCALLER", {"message": "1 or 2?", "result_var": "choice", "timeout_seconds": 60}),
        "case": ("CASE", {"value": "{{ choice }}", "cases": "1\n2"}),
        "sales": ("REQAGENT", {"skill": "billing"}),
        "bye": ("ENDTEXT", {"message": "You chose {{ choice }}."}),
    },
    ["begin>ask", "ask.responded>case", "ask.timeout>sales", "case.1>sales", "case.2>bye", "case>sales"],
)


def test_a_contact_waits_until_an_agent_is_free():
    played = play(PLAIN, setup(), [Text("Hello"), Jump(90), AgentsBecome(Agents.ACCEPT)], CATALOGUE)
    assert kinds(played) == ["text_in", "queued", "clock", "agents", "accepted"]
    assert (played.place, played.skill, played.now) == (Place.ACTIVE, "support", NOW + timedelta(seconds=90))


def test_each_step_says_what_it_changed_and_the_branch_that_was_taken():
    played = play(QUESTION, setup(), [Text("Hello"), Text("2")], CATALOGUE)
    steps = [entry.data for entry in played.entries if entry.kind == "step"]
    assert [step["action"] for step in steps] == ["begin", "ask", "ask", "case", "bye"]
    assert steps[0]["changed"] == {
        "text": "Hello",
        "customer": "+447700900001",
        "number": "12345",
        "skill": "support",
    }
    assert steps[1]["edge"] is None
    assert steps[2]["changed"] == {"choice": "2", "text": "2"}
    assert steps[3]["edge"] == {"from": "case", "branch": "2", "to": "bye"}
    texts = [entry.data["text"] for entry in played.entries if entry.kind == "text_out"]
    assert texts == ["1 or 2?", "You chose 2."]
    assert played.place is Place.CLOSED


def test_what_becomes_due_happens_at_its_moment_when_the_clock_jumps():
    played = play(QUESTION, setup(), [Text("Hello"), Jump(59), Jump(3600)], CATALOGUE)
    queued = next(entry for entry in played.entries if entry.kind == "queued")
    assert (queued.at, queued.data["skill"]) == (NOW + timedelta(seconds=60), "billing")
    assert played.now == NOW + timedelta(seconds=3659)


def test_a_branch_that_stands_in_for_another_is_the_one_that_lights_up():
    graph = script(
        {"begin": "BEGIN", "call": ("CALLAPI", {"url": "https://erp.example.com/"}), "ask": "REQAGENT"},
        ["begin>call", "call>ask", "call.timeout>ask"],
    )
    played = play(graph, setup(), [Text("x"), Answered(status=500)], CATALOGUE)
    (answered,) = [entry.data for entry in played.entries if entry.data.get("branch") == "failed"]
    assert answered["edge"] == {"from": "call", "branch": "default", "to": "ask"}


def test_other_systems_answer_as_the_tester_says_and_nothing_else_waits_for_that():
    graph = script(
        {
            "begin": "BEGIN",
            "call": ("CALLAPI", {"url": "https://erp.example.com/{{ text }}", "results": "s: order.status"}),
            "tell": ("SENDTEXT", {"message": "It is {{ s }}."}),
            "late": ("SENDTEXT", {"message": "Later."}),
            "ask": "REQAGENT",
        },
        ["begin>call", "call>tell", "call.timeout>late", "tell>ask", "late>ask"],
    )
    good = Answered(status=200, body='{"order": {"status": "sent"}}')
    played = play(graph, setup(), [Text("a b"), good, good], CATALOGUE)
    call = next(entry.data for entry in played.entries if entry.kind == "call")
    assert call["url"] == "https://erp.example.com/a%20b"
    assert "It is sent." in outcome_of(played)["texts"]
    assert played.unused == 1
    late = play(graph, setup(), [Text("x"), Jump(3600)], CATALOGUE)
    assert outcome_of(late)["texts"] == ["Later."]


EVENTS = script(
    {
        "begin": "BEGIN",
        "ask": ("REQAGENT", {"timeout_seconds": 30}),
        "long": ("SENDTEXT", {"message": "It takes longer."}),
        "answer": "ONANSWER",
        "pop": ("SCREENPOP", {"form": "reason: Reason"}),
        "refusal": "ONREFUSAL",
        "sorry": ("SENDTEXT", {"message": "Sorry: {{ reason }}"}),
        "release": "ONRELEASE",
        "survey": ("ASKCALLER", {"message": "1 to 5?", "result_var": "mark", "timeout_seconds": 600}),
        "thanks": ("SENDTEXT", {"message": "{{ mark }} for {{ reason }}, thanks."}),
    },
    [
        *("begin>ask", "ask.timeout>long", "answer>pop", "refusal>sorry", "release>survey"),
        *("survey.responded>thanks",),
    ],
)


def test_what_agents_do_are_events_and_a_survey_follows_the_end():
    inputs = [Text("Hello"), Filled({"reason": "billing"}), Transferred(), Released(), Text("5")]
    played = play(EVENTS, setup(agents=Agents.ACCEPT), inputs, CATALOGUE)
    assert outcome_of(played)["texts"] == ["1 to 5?", "5 for billing, thanks."]
    assert kinds(played).count("accepted") == 2
    assert (played.place, played.run.status) == (Place.CLOSED, RunStatus.ENDED)


def test_a_refusal_is_told_once_and_the_wait_in_the_queue_times_out():
    played = play(EVENTS, setup(agents=Agents.REFUSE), [Text("Hello"), Jump(60)], CATALOGUE)
    assert outcome_of(played)["texts"] == ["Sorry: refused", "It takes longer."]
    answered = play(EVENTS, setup(agents=Agents.ACCEPT), [Text("Hello"), Jump(60)], CATALOGUE)
    assert outcome_of(answered)["texts"] == []


def test_scripts_ask_for_agents_and_queues_as_the_tester_says():
    graph = script(
        {"begin": "BEGIN", "info": ("QUEUEINFO", {}), "state": ("AGENTSTATE", {"agent": "agent.one"})},
        ["begin>info", "info>state"],
    )
    played = play(graph, setup(agents=Agents.BUSY, waiting=3, longest_wait=100), [Text("x")], CATALOGUE)
    assert path(played)[-1] == ("state", "busy")
    assert {name: played.run.variables[name] for name in ("queue_waiting", "queue_longest_wait")} == {
        "queue_waiting": 3,
        "queue_longest_wait": 100,
    }
    assert played.run.variables["queue_agents_free"] == 0


def test_a_script_that_fails_leaves_the_contact_to_the_queue_of_its_point_of_contact():
    graph = script({"begin": "BEGIN", "ask": ("REQAGENT", {"skill": "gone"})}, ["begin>ask"])
    played = play(graph, setup(), [Text("x")], CATALOGUE)
    assert kinds(played) == ["text_in", "failed", "queued"]
    assert (played.skill, played.run.status) == ("support", RunStatus.FAILED)


def test_texts_are_held_back_as_live_and_a_trial_ends_some_time():
    graph = script(
        {"begin": "BEGIN", "say": ("SENDTEXT", {"message": "x"}), "wait": ("WAIT", {"seconds": 1})},
        ["begin>say", "say>wait", "wait>say"],
    )
    played = play(graph, setup(), [Text("x"), Jump(40)], CATALOGUE)
    assert (kinds(played).count("text_out"), kinds(played).count("text_held_back")) == (TEXTS_PER_HOUR, 21)
    circle = script({"begin": "BEGIN", "wait": ("WAIT", {"seconds": 1})}, ["begin>wait", "wait>wait"])
    endless = play(circle, setup(), [Text("x"), Jump(86_400), Jump(86_400)], CATALOGUE)
    assert endless.is_cut
    assert len(endless.entries) == MOST_ENTRIES


INPUTS = st.lists(
    st.sampled_from(
        [
            *(Text("one"), Text("x"), Jump(30), Jump(86_400), Transferred(), Released()),
            *(Answered(status=200, body="{}"), Answered(failure="timeout"), Filled({"text": "y"})),
            *(AgentsBecome(agents) for agents in Agents),
        ]
    ),
    max_size=8,
)


@given(sensible_scripts(), INPUTS)
@settings(max_examples=300)
def test_playing_again_gives_the_same(definition, inputs):
    graph = read(definition, registry=WORKSHOP)
    once = play(graph, setup(), [Text("x"), *inputs], CATALOGUE)
    assert once.as_json() == play(graph, setup(), [Text("x"), *inputs], CATALOGUE).as_json()
