"""The formulas against values that were computed elsewhere, and against each other."""

from __future__ import annotations

from math import exp, inf

import pytest

from simulation import theory
from simulation.theory import LowestWait, Unstable


def near(*values: float) -> object:
    """To the four digits in which the values were published."""
    return pytest.approx(list(values), abs=6e-5)


def test_erlang_c_one_server():
    assert theory.mean_wait(0.8, 1, 1) == pytest.approx(4)
    assert [theory.wait_tail(0.8, 1, 1, at) for at in (0, 2, 10)] == near(0.8, 0.5363, 0.1083)


def test_erlang_c_twelve_servers():
    assert [
        theory.mean_wait(4.2, 0.5, 12),
        theory.wait_tail(4.2, 0.5, 12, 0),
        theory.wait_tail(4.2, 0.5, 12, 1 / 3),
    ] == near(0.1022, 0.1839, 0.1009)


def test_erlang_b_is_its_sum():
    load, servers = 3.4, 4
    terms = [1.0]
    for number in range(1, servers + 1):
        terms.append(terms[-1] * load / number)
    assert theory.erlang_b(servers, load) == pytest.approx(terms[-1] / sum(terms))


def test_static_priorities():
    assert theory.static_priorities([1, 1, 1.4], 1, 4) == near(0.2298, 0.4595, 2.2977)


def test_accelerations():
    assert theory.accelerations([0.4, 0.4], [2, 1], 1, 1) == near(3, 5)
    assert theory.accelerations([0.4, 0.4], [10, 20], 1, 1) == near(5, 3)


def test_lowest_of_two_accelerations():
    lowest = LowestWait(0.8, 1, 1, overtaking=0.2)
    assert [lowest.tail(at) for at in (2, 10, 20)] == near(0.5619, 0.1641, 0.0365)
    assert lowest.mean_up_to(inf) == pytest.approx(5)
    assert lowest.mean_up_to(400) == pytest.approx(5, abs=1e-6)


def test_head_start():
    lowest = LowestWait(0.8, 1, 1, overtaking=0.4)
    assert theory.head_start((0.4, 0.4), (1.5, 0), (1, 1), 1, 1) == near(3.5772, 4.4228)
    assert [lowest.mean_up_to(1.5), lowest.tail(1)] == near(1.0570, 0.6738)


@pytest.mark.parametrize(
    ("start", "first", "second"),
    [
        (0, 4.0000, 4.0000),
        (0.5, 3.8473, 4.1527),
        (1.5, 3.5772, 4.4228),
        (3, 3.2367, 4.7633),
        (6, 2.7169, 5.2831),
        (12, 2.0773, 5.9227),
        (inf, 1.3333, 6.6667),
    ],
)
def test_sensitivity_to_the_head_start(start, first, second):
    assert theory.head_start((0.4, 0.4), (start, 0), (1, 1), 1, 1) == near(first, second)


@pytest.mark.parametrize(
    ("maximum", "first"),
    [
        (0.25, 3.9610),
        (0.5, 3.9238),
        (1, 3.8542),
        (3, 3.6282),
        (6, 3.3988),
        (12, 3.1617),
        (inf, 3.0000),
    ],
)
def test_sensitivity_to_the_maximum(maximum, first):
    assert theory.capped((0.4, 0.4), (2, 1), maximum, 1, 1) == near(first, 8 - first)


def test_a_head_start_without_one_is_kleinrock_and_for_ever_is_cobham():
    arrivals = (1.5, 1.9)
    assert theory.head_start(arrivals, (7, 7), (3, 1), 1, 4) == pytest.approx(
        theory.accelerations(arrivals, (3, 1), 1, 4)
    )
    assert theory.head_start(arrivals, (9, 0), (0, 0), 1, 4) == pytest.approx(
        theory.static_priorities(arrivals, 1, 4)
    )


def test_lowest_wait_of_several_servers_is_cobham():
    _high, low = theory.static_priorities((1.5, 1.9), 1, 4)
    lowest = LowestWait(3.4, 1, 4, overtaking=1.5)
    assert lowest.mean_up_to(300) == pytest.approx(low, rel=1e-6)
    assert lowest.mean_up_to(0) == 0


@pytest.mark.parametrize("servers", [1, 4])
def test_order_of_service_does_not_change_the_mean_of_all(servers):
    arrivals, service = (0.3 * servers, 0.45 * servers), 1
    fifo = theory.mean_wait(sum(arrivals), service, servers)
    for waits in (
        theory.static_priorities(arrivals, service, servers),
        theory.accelerations(arrivals, (3, 1), service, servers),
        theory.head_start(arrivals, (2, 0), (3, 1), service, servers),
        theory.capped(arrivals, (3, 1), 2, service, servers),
    ):
        together = sum(rate * wait for rate, wait in zip(arrivals, waits, strict=True))
        assert together / sum(arrivals) == pytest.approx(fifo)


def test_erlang_a():
    found = theory.erlang_a(7, 0.5, 12, 0.3)
    assert [found.wait, found.abandoned, found.delayed, found.occupancy] == near(
        0.5907, 0.1772, 0.8107, 0.9599
    )


def test_erlang_a_without_impatience_is_erlang_c():
    found = theory.erlang_a(4.2, 0.5, 12, 1e-9)
    assert found.wait == pytest.approx(theory.mean_wait(4.2, 0.5, 12), rel=1e-6)


def test_ordered_hunting_shares_the_work_of_all():
    busy = theory.ordered_hunt(2.8, 1, 4)
    assert sum(busy) == pytest.approx(2.8)
    assert busy == sorted(busy, reverse=True)


def test_ordered_hunting_of_two():
    # By hand: the balance of the four sets of busy agents, with the queue's tail on the last.
    rate = 1.2
    none, both = 1.0, rate * rate / 2
    only_second = both / (1 + rate)
    only_first = rate * none - only_second
    both_and_queue = both / (1 - rate / 2)
    total = none + only_first + only_second + both_and_queue
    assert theory.ordered_hunt(rate, 1, 2) == pytest.approx(
        [(only_first + both_and_queue) / total, (only_second + both_and_queue) / total]
    )


def test_occupancy_with_refusals():
    assert theory.occupancy_with_refusals(6, 1, 8, 0.2, 0.5) == pytest.approx(0.84375)
    with pytest.raises(Unstable):
        theory.occupancy_with_refusals(6, 1, 8, 0.9, 0.5)


def test_any_handling_time():
    assert theory.mean_wait_general(0.8, 1, 2) == pytest.approx(theory.mean_wait(0.8, 1, 1))
    assert theory.mean_wait_general(0.8, 1, 1) == pytest.approx(2)


@pytest.mark.parametrize(
    "formula",
    [
        lambda: theory.mean_wait(4, 1, 4),
        lambda: theory.static_priorities([2, 2], 1, 4),
        lambda: theory.ordered_hunt(4, 1, 4),
        lambda: theory.mean_wait_general(1, 1, 2),
    ],
)
def test_too_much_work_has_no_mean_wait(formula):
    with pytest.raises(Unstable):
        formula()


@pytest.mark.parametrize("at", [0.01, 0.5, 3, 40])
def test_inversion_of_a_known_transform(at):
    assert theory.invert(lambda s: 1 / (s + 0.3), at) == pytest.approx(exp(-0.3 * at), abs=1e-6)
