"""Past days replayed: cases worked out by hand, and a day that theory knows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from routing.matching import Profile
from simulation import theory
from simulation.replay import (
    Ended,
    Floor,
    Queue,
    Record,
    Reply,
    Visit,
    Worker,
    as_it_was,
    interval,
    replay,
)
from simulation.sources import exponential, stream

SECOND = 1_000
HOUR = 3_600 * SECOND
PLAIN = Profile(0, 1000, 1_000_000)


def came(at: float, *, handle: float | None = 60, waited: float = 0, skill: int = 0, **more) -> Visit:
    ended = more.pop("ended", Ended.ANSWERED)
    return Visit(
        skill=skill,
        queued_ms=round(at * SECOND),
        waited_ms=round(waited * SECOND),
        ended=ended,
        handle_ms=None if handle is None or ended is not Ended.ANSWERED else round(handle * SECOND),
        **more,
    )


def record(*visits: Visit, replies: Sequence[tuple[Reply, int]] = (), begin: float = 0) -> Record:
    return Record(visits, replies, round(begin * SECOND), HOUR, 2 * HOUR)


def worker(name: str = "ann", places: int = 1, skills=None, timeout: float = 45, shifts=None) -> Worker:
    spans = [(0, 2 * HOUR)] if shifts is None else [(since * SECOND, to * SECOND) for since, to in shifts]
    return Worker(name, skills or {0: 1}, places, round(timeout * SECOND), spans)


def floor(
    *workers: Worker, profiles: Sequence[Profile] = (PLAIN,), threshold: float = 30, short=None
) -> Floor:
    return Floor([Queue(profile, round(threshold * SECOND), short) for profile in profiles], workers)


def waits(given: Record, of: Floor, skill: int = 0) -> list[float]:
    return [wait / SECOND for wait in replay(given, of, seed=1).skills[skill].waits_ms]


def test_one_more_agent_takes_the_second_contact_at_once():
    given = record(came(0), came(10, waited=50))
    assert waits(given, floor(worker())) == [0, 50]
    assert waits(given, floor(worker(), worker("bob"))) == [0, 0]
    assert waits(given, floor(worker(places=2))) == [0, 0]


def test_agents_are_there_in_their_shifts_alone():
    given = record(came(0), came(10), came(400))
    # He comes at 100, has the first until 160, the second until 220, and is gone from 300 to 500.
    assert waits(given, floor(worker(shifts=[(100, 300), (500, 900)]))) == [100, 150, 100]


def test_who_goes_ends_what_he_has_and_is_offered_nothing_more():
    given = record(came(0), came(10))
    assert waits(given, floor(worker(shifts=[(0, 30)]))) == [0]
    assert replay(given, floor(worker(shifts=[(0, 30)])), seed=1).overall.waiting == 1


def test_the_priorities_of_the_floor_decide_and_those_of_the_contact_before_them():
    both = {0: 1, 1: 1}
    given = record(came(0), came(1, skill=0), came(2, skill=1))
    even = floor(worker(skills=both), profiles=[PLAIN, PLAIN])
    assert (waits(given, even), waits(given, even, skill=1)) == ([0, 59], [118])
    ahead = floor(worker(skills=both), profiles=[PLAIN, Profile(5_000, 1000, 1_000_000)])
    assert (waits(given, ahead), waits(given, ahead, skill=1)) == ([0, 119], [58])
    own = Profile(10_000, 1000, 1_000_000)
    urgent = record(came(0), came(1, skill=0, profile=own), came(2, skill=1))
    assert (waits(urgent, ahead), waits(urgent, ahead, skill=1)) == ([0, 59], [118])


def test_the_service_level_counts_as_the_reports_do():
    given = record(
        came(0),
        came(1, waited=59),
        came(2, waited=20, ended=Ended.ABANDONED),
        came(3, waited=5, ended=Ended.ABANDONED),
        came(4, waited=30, ended=Ended.MOVED),
    )
    tally = replay(given, floor(worker(), short=10 * SECOND), seed=1).overall
    assert (tally.contacts, tally.answered, tally.abandoned, tally.short, tally.moved) == (5, 2, 2, 1, 1)
    figures = tally.figures()
    assert figures["service_level"] == pytest.approx(100 / 3)
    assert figures["abandoned"] == pytest.approx(100 / 3)
    assert figures["mean_wait"] == 29.5 * SECOND
    assert tally.hours == {0: [1, 3]}


def test_what_was_is_counted_by_its_own_judgement():
    given = record(
        came(0, is_in_time=True),
        came(1, waited=59),
        came(2, waited=5, ended=Ended.ABANDONED, is_short=True),
        came(3, waited=50, ended=Ended.WAITING),
        begin=1,
    )
    tally = as_it_was(given, 1).overall
    assert (tally.contacts, tally.answered, tally.in_time, tally.short, tally.waiting) == (3, 1, 0, 1, 1)


def test_who_comes_before_the_period_keeps_agents_busy_and_is_not_counted():
    given = record(came(0, handle=100), came(50, handle=100), begin=10)
    tally = replay(given, floor(worker()), seed=1).overall
    assert (tally.contacts, tally.waits_ms) == (1, [50 * SECOND])


def test_customers_who_stayed_leave_later_than_that():
    given = record(*(came(at, waited=10, ended=Ended.ABANDONED) for at in range(50)), came(60, waited=40))
    for seed in range(1, 20):
        tally = replay(given, floor(worker(shifts=[(200, 900)])), seed).overall
        # The one who was answered after 40 s cannot have left before; those who left did after 10 s.
        assert tally.abandoned >= 50
        assert tally.answered + tally.abandoned == 51


def test_answers_are_drawn_from_those_that_were_seen():
    given = record(came(0), replies=[(Reply.ACCEPTED, 7 * SECOND)])
    assert waits(given, floor(worker())) == [7]
    # Too late for a shorter timeout: the offer expires, again and again.
    assert waits(given, floor(worker(timeout=5))) == []
    refused = record(came(0), replies=[(Reply.REFUSED, 3 * SECOND), (Reply.ACCEPTED, 4 * SECOND)])
    (wait,) = waits(refused, floor(worker()))
    # Each refusal costs its 3 s and the pause of 5 s before he is asked again.
    assert (wait - 4) % 8 == 0


def test_the_same_seed_is_the_same_and_others_differ():
    visits = [
        came(at, handle=handle) for at, handle in zip(range(0, 400, 10), [20, 30, 40, 50] * 10, strict=True)
    ]
    given, small = record(*visits), floor(worker())
    assert waits(given, small) == waits(given, small)
    assert replay(given, small, 1).overall.waits_ms != replay(given, small, 2).overall.waits_ms


def test_without_handling_times_there_is_nothing_to_replay():
    with pytest.raises(ValueError, match="handled"):
        replay(record(came(0, handle=None)), floor(worker()), 1)


def test_intervals():
    assert interval([None, None]) == (None, None)
    assert interval([3.0]) == (3.0, None)
    mean, half = interval([1.0, 2.0, None, 3.0])
    assert mean == 2.0
    # Three values with standard deviation 1, so 4.303 / sqrt(3).
    assert half == pytest.approx(2.484, abs=0.001)


def poisson_day(seed: int, *, rate: float, mean: float, hours: float) -> Record:
    """Contacts that come independently of each other, with exponential handling times, in seconds."""
    gap = exponential(SECOND / rate, stream(seed, "gap"))
    handle = exponential(mean * SECOND, stream(seed, "handle"))
    visits, at, end = [], gap(), hours * HOUR
    while at < end:
        visits.append(Visit(0, round(at), 0, Ended.ANSWERED, round(handle())))
        at += gap()
    return Record(visits, [], round(end * 0.05), round(end), round(end) + HOUR)


def test_poisson_days_wait_as_erlang_says():
    rate, mean, agents = 1 / 25, 80.0, 4
    workers = [worker(str(number), shifts=[(0, 60 * 3600)]) for number in range(agents)]
    found = [
        replay(poisson_day(seed, rate=rate, mean=mean, hours=40), floor(*workers), seed).overall.figures()
        for seed in range(1, 17)
    ]
    wait, half = interval(one["mean_wait"] for one in found)
    assert half < 0.1 * wait
    assert abs(wait / SECOND - theory.mean_wait(rate, 1 / mean, agents)) < 1.5 * half / SECOND
    level, half = interval(one["service_level"] for one in found)
    exact = 100 * (1 - theory.wait_tail(rate, 1 / mean, agents, 30))
    assert abs(level - exact) < 1.5 * half
