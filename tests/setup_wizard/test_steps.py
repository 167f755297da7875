"""What is done is read from what exists."""

from __future__ import annotations

from dataclasses import fields

import pytest

from setup_wizard.steps import (
    AGENTS,
    CAMPAIGN,
    OUTBOUND_SKILL,
    OUTCOMES,
    POINT_OF_CONTACT,
    REGISTRATION,
    SCRIPT,
    SKILL,
    STEPS,
    TRIAL,
    Facts,
    State,
    next_step,
    progress_of,
    states_of,
    step_after,
)

EVERYTHING = Facts(**{one.name: True for one in fields(Facts) if one.name != "campaign_is_older"})


def test_the_order_is_that_of_the_procedure():
    assert STEPS == (
        REGISTRATION,
        CAMPAIGN,
        SKILL,
        OUTBOUND_SKILL,
        SCRIPT,
        POINT_OF_CONTACT,
        OUTCOMES,
        AGENTS,
        TRIAL,
    )
    assert step_after(REGISTRATION) is CAMPAIGN
    assert step_after(TRIAL) is None


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(), REGISTRATION),
        (Facts(registration=True), CAMPAIGN),
        (Facts(registration=True, campaign=True), SKILL),
        (Facts(registration=True, campaign=True, skill=True), OUTBOUND_SKILL),
        (Facts(registration=True, campaign=True, skill=True, script=True), POINT_OF_CONTACT),
        (EVERYTHING, None),
    ],
    ids=str,
)
def test_what_comes_next(facts: Facts, expected: object):
    assert next_step(states_of(facts)) is expected


def test_an_optional_task_is_skipped_once_a_later_one_is_done():
    before = states_of(Facts(registration=True, campaign=True, skill=True))
    after = states_of(Facts(registration=True, campaign=True, skill=True, script=True))
    assert (before[OUTBOUND_SKILL], after[OUTBOUND_SKILL]) == (State.TO_DO, State.SKIPPED)


def test_a_required_task_is_never_skipped_over():
    states = states_of(Facts(registration=True, campaign=True, skill=True, point_of_contact=True))
    assert states[SCRIPT] is State.TO_DO


def test_a_campaign_that_was_there_before_counts_as_skipped():
    states = states_of(Facts(registration=True, campaign=True, campaign_is_older=True))
    assert states[CAMPAIGN] is State.SKIPPED
    assert next_step(states) is SKILL


def test_progress_counts_what_is_required():
    nothing, everything = progress_of(states_of(Facts())), progress_of(states_of(EVERYTHING))
    assert (nothing.done, nothing.total, nothing.is_complete) == (0, 6, False)
    assert (everything.done, everything.total, everything.is_complete) == (6, 6, True)
    without_options = Facts(
        registration=True, campaign=True, skill=True, script=True, point_of_contact=True, agents=True
    )
    assert progress_of(states_of(without_options)).is_complete
