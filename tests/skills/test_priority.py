"""The growth of priorities: the original product's own worked examples, exact crossings, properties."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills.priority import Crossing, Level, Point, Profile, crossings, levels, series


def profile(name="A", initial=0, acceleration=1, maximum=1000) -> Profile:
    return Profile(name, Fraction(initial), Fraction(acceleration), Fraction(maximum))


@pytest.mark.parametrize(
    ("settings", "minute", "expected"),
    [
        pytest.param({"initial": 110, "acceleration": 0}, 4, 110, id="static for 4 minutes"),
        pytest.param({"initial": 110, "acceleration": 10}, 4, 150, id="dynamic for 4 minutes"),
        pytest.param({"initial": 4, "acceleration": 1}, 3, 7, id="4 and 1 point for 3 minutes"),
        pytest.param({"initial": 0, "acceleration": 1}, Fraction(1, 2), Fraction(1, 2), id="30 seconds"),
        pytest.param({"initial": 990, "acceleration": 1}, 60, 1000, id="never above the maximum"),
        pytest.param({"initial": 50, "acceleration": 1, "maximum": 20}, 0, 20, id="maximum below initial"),
    ],
)
def test_worked_examples(settings, minute, expected):
    assert profile(**settings).at(Fraction(minute)) == expected


def test_published_crossing():
    """B goes first at once; the lines cross at half a minute; after one minute A (6) goes before B (4)."""
    a, b = profile("A", 1, 5), profile("B", 3, 1)
    assert b.at(Fraction(0)) > a.at(Fraction(0))
    assert (a.at(Fraction(1)), b.at(Fraction(1))) == (Fraction(6), Fraction(4))
    assert crossings([a, b], elapsed=Fraction(10)) == [Crossing(Fraction(1, 2), Fraction(7, 2), "B", "A")]


def test_higher_initial_stays_ahead_without_acceleration():
    assert crossings([profile("A", 110, 0), profile("B", 10, 0)], elapsed=Fraction(10_000)) == []


def test_overtaken_after_the_maximum_is_reached():
    """A rises fast and stops at 10; B is overtaken after 2.5 minutes and overtakes back at the cap."""
    a, b = profile("A", 0, 3, 10), profile("B", 5, 1, 1000)
    assert crossings([a, b], elapsed=Fraction(60)) == [
        Crossing(Fraction(5, 2), Fraction(15, 2), "B", "A"),
        Crossing(Fraction(5), Fraction(10), "A", "B"),
    ]


def test_a_third_of_a_minute_is_exact():
    (crossing,) = crossings([profile("A", 1, 0), profile("B", 0, 3)], elapsed=Fraction(1))
    assert crossing.minute == Fraction(1, 3)


def test_drawing_level_at_the_common_maximum_overtakes_nobody():
    a, b = profile("A", 900, 1), profile("B", 0, 1)
    assert crossings([a, b], elapsed=Fraction(5000)) == []
    assert levels([a, b], elapsed=Fraction(5000)) == [
        Level("A", "B", Fraction(1000), None, Fraction(1000)),
    ]


def test_level_from_the_start_until_one_stops():
    a, b = profile("A", 0, 1, 5), profile("B", 0, 1, 10)
    assert crossings([a, b], elapsed=Fraction(60)) == []
    assert levels([a, b], elapsed=Fraction(60)) == [
        Level("A", "B", Fraction(0), Fraction(5), Fraction(0), "B")
    ]


def test_equal_profiles_are_level_for_ever():
    assert levels([profile("A"), profile("B")], elapsed=Fraction(1)) == [
        Level("A", "B", Fraction(0), None, Fraction(0))
    ]


def test_crossing_in_the_bend_is_found_once():
    """B reaches A's constant 10 exactly where B itself stops: they stay level."""
    assert crossings([profile("A", 10, 0), profile("B", 0, 1, 10)], elapsed=Fraction(100)) == []


def test_crossings_beyond_the_elapsed_time_are_left_out():
    pair = [profile("A", 1, 5), profile("B", 3, 1)]
    assert len(crossings(pair, elapsed=Fraction(1, 2))) == 1
    assert crossings(pair, elapsed=Fraction(49, 100)) == []


def test_series_has_each_interval_and_the_end():
    assert series(profile("A", 1, 2), elapsed=Fraction(5), interval=Fraction(2)) == [
        Point(Fraction(0), Fraction(1)),
        Point(Fraction(2), Fraction(5)),
        Point(Fraction(4), Fraction(9)),
        Point(Fraction(5), Fraction(11)),
    ]


@pytest.mark.parametrize(("elapsed", "interval"), [(10, 0), (10, -1), (-1, 1), (3000, 1)])
def test_series_refuses_what_cannot_be_drawn(elapsed, interval):
    with pytest.raises(ValueError, match=r"interval|points"):
        series(profile(), elapsed=Fraction(elapsed), interval=Fraction(interval))


points = st.fractions(min_value=0, max_value=1000, max_denominator=1000)
profiles = st.builds(Profile, st.just("A"), points, points, points)


@given(profiles, profiles)
def test_between_crossings_nobody_overtakes(first, second):
    """Sampled densely, the lead changes between two samples exactly where a crossing is reported."""
    second = Profile("B", second.initial, second.acceleration, second.maximum)
    found = crossings([first, second], elapsed=Fraction(200))
    for crossing in found:
        assert first.at(crossing.minute) == second.at(crossing.minute) == crossing.priority
    for step in range(200):
        start, end = Fraction(step), Fraction(step + 1)
        before = first.at(start) - second.at(start)
        after = first.at(end) - second.at(end)
        changes = sum(start < crossing.minute < end for crossing in found)
        if before * after < 0:
            assert changes % 2 == 1
        elif before * after > 0:
            assert changes % 2 == 0
