"""Estimates, intervals and percentiles."""

from __future__ import annotations

from random import Random
from statistics import fmean, stdev

import pytest

from simulation.measures import BATCHES, controlled, percentile, ratio


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7], 95, 7),
        ([1, 2], 50, 1),
        (list(range(1, 101)), 95, 95),
        (list(range(1, 11)), 95, 10),
        ([], 95, None),
    ],
)
def test_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values, percent, expected):
    assert percentile(values, percent) == expected


def test_error_of_equal_batches_is_that_of_their_means():
    chance = Random(1)
    means = [chance.gauss(5, 1) for _batch in range(BATCHES)]
    found = ratio([mean * 10 for mean in means], [10] * BATCHES)
    assert found.mean == pytest.approx(fmean(means))
    assert found.error == pytest.approx(stdev(means) / BATCHES**0.5)
    assert found.half_width == pytest.approx(2.0395 * found.error)


def test_an_empty_batch_leaves_no_interval_and_nobody_no_mean():
    counts = [0] + [3] * (BATCHES - 1)
    found = ratio([3 * count for count in counts], counts)
    assert (found.mean, found.error, found.half_width) == (3, None, None)
    assert ratio([0] * BATCHES, [0] * BATCHES) is None


def test_nineteen_of_twenty_intervals_hold_the_mean():
    chance = Random(2)
    held = 0
    for _run in range(1_000):
        counts = [chance.randint(5, 15) for _batch in range(BATCHES)]
        sums = [sum(chance.expovariate(0.5) for _one in range(count)) for count in counts]
        found = ratio(sums, counts)
        held += abs(found.mean - 2) <= found.half_width
    assert 930 <= held <= 970


def test_a_control_takes_away_what_it_explains():
    chance = Random(3)
    common = [chance.gauss(0, 1) for _batch in range(BATCHES)]
    own = [10 + 2 * shared + chance.gauss(0, 0.1) for shared in common]
    control = [4 + shared for shared in common]
    ones = [1] * BATCHES
    plain, better = ratio(own, ones), controlled(own, ones, control, ones, 4)
    assert better.error < plain.error / 10
    assert abs(better.mean - 10) <= 3 * better.error


def test_a_control_that_says_nothing_changes_nothing():
    own = [float(number) for number in range(BATCHES)]
    ones = [1] * BATCHES
    found = controlled(own, ones, [4.0] * BATCHES, ones, 4)
    assert found.mean == ratio(own, ones).mean
