"""The order of the queue against the vendor's examples and against exact rationals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cmp_to_key
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.matching import (
    EPOCH,
    MS_PER_MINUTE,
    Profile,
    Ready,
    Waiting,
    agents_in_order,
    cap_reached_ms,
    first_contact,
    in_order,
    milli,
    milliseconds,
    place_in_lane,
    priority,
    queue_key,
)

START = milliseconds(datetime(2026, 11, 23, 8, tzinfo=UTC))
MINUTE = MS_PER_MINUTE


def waiting(contact_id: int, profile: Profile, queued_ms: int) -> Waiting:
    return Waiting(
        contact_id=contact_id,
        queue_key=queue_key(profile, queued_ms),
        acceleration_milli=profile.acceleration_milli,
        max_milli=profile.max_milli,
        queued_ms=queued_ms,
    )


def profile(initial: float = 0, acceleration: float = 1, maximum: float = 1000) -> Profile:
    return Profile(milli(initial), milli(acceleration), milli(maximum))


@pytest.mark.parametrize(
    ("initial", "acceleration", "minutes", "expected"),
    [
        (110, 0, 4, 110),
        (110, 10, 4, 150),
        (4, 1, 3, 7),
        (0, 1, 0.5, 0.5),
        (0, 1, 0, 0),
        (900, 100, 2, 1000),
    ],
)
def test_published_examples_of_priority(initial, acceleration, minutes, expected):
    contact = waiting(1, profile(initial, acceleration), START)
    assert priority(contact, START + int(minutes * MINUTE)) == expected


def test_published_example_accelerated_contact_overtakes_the_one_that_stands_still():
    still = waiting(1, profile(110, 0), START)
    growing = waiting(2, profile(110, 10), START)
    assert [one.contact_id for one in in_order([still, growing], START + 4 * MINUTE)] == [2, 1]


def test_published_example_higher_initial_goes_first():
    low, high = waiting(1, profile(10, 0), START), waiting(2, profile(110, 0), START)
    assert first_contact([low, high], START + MINUTE) is high


@pytest.mark.parametrize(("seconds", "first"), [(0, 2), (29, 2), (31, 1), (60, 1)])
def test_published_example_lines_cross_at_half_a_minute(seconds, first):
    steep, high = waiting(1, profile(1, 5), START), waiting(2, profile(3, 1), START)
    found = first_contact([steep, high], START + seconds * 1000)
    assert found is not None
    assert found.contact_id == first


def test_at_the_maximum_the_first_to_reach_it_goes_first_even_if_it_came_later():
    early = waiting(1, profile(0, 1, 10), START)
    fast = waiting(2, profile(0, 10, 10), START + MINUTE)
    now = START + 20 * MINUTE
    assert priority(early, now) == priority(fast, now) == 10
    assert [one.contact_id for one in in_order([early, fast], now)] == [2, 1]


def test_at_equal_priority_whoever_is_at_his_maximum_goes_first():
    capped = waiting(2, profile(5, 0, 5), START + 4 * MINUTE)
    growing = waiting(1, profile(0, 1, 100), START)
    assert [one.contact_id for one in in_order([growing, capped], START + 5 * MINUTE)] == [2, 1]


def test_equal_in_all_else_the_older_then_the_lower_id():
    one, two, three = (
        waiting(number, profile(3, 0), START + late) for number, late in ((9, 0), (4, 5), (5, 5))
    )
    assert [contact.contact_id for contact in in_order([three, two, one], START + MINUTE)] == [9, 4, 5]


def test_nobody_waits():
    assert first_contact([], START) is None
    assert in_order([], START) == []


@pytest.mark.parametrize(
    ("points", "expected"), [("0.001", 1), (0.5, 500), ("999.9996", 1_000_000), (1000, 10**6)]
)
def test_milli(points, expected):
    assert milli(points) == expected


def test_milliseconds_are_cut_off():
    assert milliseconds(EPOCH + timedelta(microseconds=1999)) == 1
    assert milliseconds(EPOCH - timedelta(microseconds=1)) == -1


# -- Against exact rationals: nothing here uses queue_key or the integer arithmetic. ---------------

_points = st.one_of(st.integers(0, 30), st.integers(0, 1000), st.decimals(0, 1000, places=3).map(float))
profiles = st.tuples(_points, _points, _points).map(
    lambda three: (min(three[0], three[2]), three[1], max(three[0], three[2]))
)
# Small ranges make ties likely.
arrivals = st.one_of(st.integers(0, 5).map(lambda n: n * MINUTE), st.integers(0, 10 * MINUTE))


def exact(value: float) -> Fraction:
    return Fraction(milli(value), 1000)


def rational_priority(initial: float, acceleration: float, maximum: float, age_ms: int) -> Fraction:
    return min(exact(maximum), exact(initial) + exact(acceleration) * Fraction(age_ms, MINUTE))


def reached_at(initial: float, acceleration: float, maximum: float, queued_ms: int) -> Fraction | None:
    missing = exact(maximum) - exact(initial)
    if not exact(acceleration):
        return None if missing else Fraction(queued_ms)
    return queued_ms + missing / exact(acceleration) * MINUTE


def compare(one, other, now_ms: int) -> int:
    """Negative when `one` goes first; each is (id, (initial, acceleration, maximum), queued)."""
    mine, theirs = (rational_priority(*each[1], now_ms - each[2]) for each in (one, other))
    if mine != theirs:
        return -1 if mine > theirs else 1
    reached = [reached_at(*each[1], each[2]) for each in (one, other)]
    capped = [moment is not None and moment <= now_ms for moment in reached]
    if capped[0] != capped[1]:
        return -1 if capped[0] else 1
    if all(capped) and reached[0] != reached[1]:
        return -1 if reached[0] < reached[1] else 1
    return -1 if (one[2], one[0]) < (other[2], other[0]) else 1


@given(st.lists(st.tuples(profiles, arrivals), max_size=12), st.integers(0, 30 * MINUTE))
def test_order_is_that_of_exact_rationals(contacts, later):
    now_ms = START + 10 * MINUTE + later
    written = [(number, rule, START + queued) for number, (rule, queued) in enumerate(contacts)]
    expected = sorted(written, key=cmp_to_key(lambda one, other: compare(one, other, now_ms)))
    found = in_order([waiting(number, profile(*rule), queued) for number, rule, queued in written], now_ms)
    assert [contact.contact_id for contact in found] == [number for number, _rule, _queued in expected]
    first = first_contact(reversed(found), now_ms)
    assert first is (found[0] if found else None)


@given(
    acceleration=_points,
    maximum=_points,
    contacts=st.lists(st.tuples(_points, arrivals), min_size=2, max_size=8),
    moments=st.lists(st.integers(0, 60 * MINUTE), min_size=2, max_size=6),
)
def test_order_inside_a_lane_never_changes(acceleration, maximum, contacts, moments):
    lane = [
        waiting(number, profile(initial, acceleration, maximum), START + queued)
        for number, (initial, queued) in enumerate(contacts)
    ]
    by_key = sorted(lane, key=place_in_lane)
    for later in moments:
        assert in_order(lane, START + 10 * MINUTE + later) == by_key


@given(rule=profiles, queued=arrivals)
def test_moment_of_reaching_the_maximum_is_exact(rule, queued):
    contact = waiting(1, profile(*rule), START + queued)
    assert cap_reached_ms(contact) == reached_at(*rule, START + queued)


moments_idle = st.integers(0, 3).map(
    lambda minutes: datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(st.lists(st.tuples(st.integers(1, 20), moments_idle), max_size=10))
def test_agents_by_proficiency_then_idle_time_then_id(agents):
    ready = [Ready(number, proficiency, idle) for number, (proficiency, idle) in enumerate(agents)]
    found = agents_in_order(reversed(ready))
    assert sorted(found, key=lambda agent: agent.agent_id) == ready
    for earlier, later in pairwise(found):
        assert (earlier.proficiency, earlier.idle_since, earlier.agent_id) < (
            later.proficiency,
            later.idle_since,
            later.agent_id,
        )
