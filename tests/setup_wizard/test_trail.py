"""The way of a text in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from setup_wizard.trail import Mark, Way, stages_of

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
QUEUED = {"received_at": AT, "queued_at": AT, "script": "Plain", "skill": "Support", "skill_agents": 2}


@pytest.mark.parametrize(
    ("way", "mark", "text"),
    [
        (Way(), Mark.NOW, "Waiting for a text"),
        (Way(received_at=AT, parked="no_point_of_contact"), Mark.PROBLEM, "Nobody listens on this number"),
        (Way(received_at=AT), Mark.NOW, "The script begins"),
        (Way(received_at=AT, is_closed=True), Mark.PASSED, "needed no agent"),
        (Way(**QUEUED, ready_agents=1), Mark.NOW, "Waiting in the skill Support"),
        (Way(**QUEUED), Mark.PROBLEM, "Nobody is available"),
        (Way(**{**QUEUED, "skill_agents": 0}), Mark.PROBLEM, "No agent has this skill"),
        (Way(**QUEUED, offered_to="Olivia", offered_at=AT), Mark.NOW, "Offered to Olivia"),
        (Way(**QUEUED, agent="Olivia", accepted_at=AT), Mark.NOW, "Olivia reads the text"),
        (Way(**QUEUED, agent="Olivia", accepted_at=AT, answered_at=AT), Mark.PASSED, "the channel works"),
        (Way(**QUEUED, agent="Olivia", accepted_at=AT, is_closed=True), Mark.PASSED, "without an answer"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_where_the_text_is(way: Way, mark: Mark, text: str):
    stages = [stage for stage in stages_of(way) if stage.mark is not Mark.AHEAD]
    assert stages[-1].mark is mark
    assert text in str(stages[-1].text)


def test_what_is_ahead_is_shown_too():
    ahead = [
        str(stage.text) for stage in stages_of(Way(**QUEUED, ready_agents=1)) if stage.mark is Mark.AHEAD
    ]
    assert ahead == ["Accepted by an agent", "Answered"]


def test_who_did_not_take_it_and_a_script_that_failed():
    texts = [
        str(stage.text)
        for stage in stages_of(Way(**QUEUED, script_failure="unknown", passed_over=("Theo",), ready_agents=1))
    ]
    assert any("Theo did not take it" in text for text in texts)
    assert any("The script Plain failed" in text for text in texts)
