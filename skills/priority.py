"""How the priorities of skills grow, and exactly when one overtakes another.

Pure: takes plain values, returns plain values, computes in fractions, so a crossing after a third of a minute
is a third of a minute.

Source of the rule: the original product documents "Overall Priority = (Time x Acceleration) + Initial
Priority", with the acceleration in points per minute, bounded by the maximum priority.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

MAX_POINTS = 2000
"""Points of one series: more than a chart can show."""

MAX_SKILLS = 20
"""Lines of one comparison."""

MAX_MINUTES = 100_000
"""The longest wait that is compared: ten weeks."""


def service_level_milli(threshold_seconds: float) -> tuple[int, int, int]:
    """The order of the service level: initial priority, acceleration per minute, maximum, in thousandths.

    The maximum is reached at the threshold (at most 86,400 s), with the same acceleration in each skill: 0.01
    points a second. Before it and after it, whoever is due first goes first.
    """
    return 1_000_000 - round(10 * threshold_seconds), 600, 1_000_000


@dataclass(frozen=True, slots=True)
class Profile:
    """The priority settings of a skill: points, points per minute, points; each 0 to 1000."""

    name: str
    initial: Fraction
    acceleration: Fraction
    maximum: Fraction

    def at(self, minute: Fraction) -> Fraction:
        """The priority of a contact that has waited so many minutes."""
        return min(self.maximum, self.initial + self.acceleration * minute)

    @property
    def capped_from(self) -> Fraction | None:
        """The minute from which the priority no longer grows; None if it grows for ever."""
        if self.initial >= self.maximum:
            return Fraction(0)
        if self.acceleration == 0:
            return None
        return (self.maximum - self.initial) / self.acceleration


@dataclass(frozen=True, slots=True)
class Point:
    minute: Fraction
    priority: Fraction


@dataclass(frozen=True, slots=True)
class Crossing:
    """From this minute on, a contact of `ahead_after` goes before an equally old one of `ahead_before`."""

    minute: Fraction
    priority: Fraction
    ahead_before: str
    ahead_after: str


@dataclass(frozen=True, slots=True)
class Level:
    """Two skills have the same priority from one minute to another; None means for ever."""

    first: str
    second: str
    from_minute: Fraction
    to_minute: Fraction | None
    priority: Fraction
    ahead_after: str | None = None
    """Who goes before the other once they part; None if they never do."""


def series(profile: Profile, *, elapsed: Fraction, interval: Fraction) -> list[Point]:
    """The priority at minute 0, at each interval, and at the end.

    Raises ValueError if the interval is not positive or more than MAX_POINTS points would result.
    """
    if interval <= 0 or elapsed < 0:
        raise ValueError("the interval must be positive and the elapsed time not negative")
    steps = elapsed // interval
    if steps > MAX_POINTS:
        raise ValueError(f"more than {MAX_POINTS} points")
    minutes = [interval * step for step in range(int(steps) + 1)]
    if minutes[-1] != elapsed:
        minutes.append(elapsed)
    return [Point(minute, profile.at(minute)) for minute in minutes]


def crossings(profiles: Sequence[Profile], *, elapsed: Fraction) -> list[Crossing]:
    """Every moment within the elapsed time at which one skill overtakes another, in order of time."""
    found = [
        crossing
        for first, second in combinations(profiles, 2)
        for crossing in _crossings_of_pair(first, second)
        if crossing.minute <= elapsed
    ]
    return sorted(found, key=lambda crossing: (crossing.minute, crossing.ahead_before, crossing.ahead_after))


def levels(profiles: Sequence[Profile], *, elapsed: Fraction) -> list[Level]:
    """Every span, beginning within the elapsed time, in which two skills have the same priority."""
    return [
        level
        for first, second in combinations(profiles, 2)
        for level in _levels_of_pair(first, second)
        if level.from_minute <= elapsed
    ]


def _spans(minutes: Sequence[Fraction]) -> Iterator[tuple[Fraction, Fraction | None]]:
    yield from pairwise(minutes)
    yield minutes[-1], None


def _critical_minutes(first: Profile, second: Profile) -> list[Fraction]:
    """Minute 0 and every later minute at which either line bends or the two lines meet.

    Between two of them both lines are straight and do not meet inside the span.
    """
    bends = {minute for minute in (first.capped_from, second.capped_from) if minute is not None}
    minutes = {Fraction(0), *bends}
    for start, end in _spans(sorted(minutes)):
        inside = start + 1 if end is None else (start + end) / 2
        gap, later_gap = (first.at(minute) - second.at(minute) for minute in (start, inside))
        slope = (later_gap - gap) / (inside - start)
        if slope and start < (meeting := start - gap / slope) and (end is None or meeting < end):
            minutes.add(meeting)
    return sorted(minutes)


def _leaders(first: Profile, second: Profile) -> Iterator[tuple[Fraction, Fraction | None, Profile | None]]:
    """(from minute, to minute or None for ever, who is ahead or None if level), joined and in order."""
    joined: list[tuple[Fraction, Fraction | None, Profile | None]] = []
    for start, end in _spans(_critical_minutes(first, second)):
        inside = start + 1 if end is None else (start + end) / 2
        gap = first.at(inside) - second.at(inside)
        leader = None if gap == 0 else first if gap > 0 else second
        if joined and joined[-1][2] is leader:
            start = joined.pop()[0]
        joined.append((start, end, leader))
    yield from joined


def _crossings_of_pair(first: Profile, second: Profile) -> Iterator[Crossing]:
    """A change of the lead. Drawing level at the cap, or parting after being level, overtakes nobody."""
    for (_, _, before), (minute, _, after) in pairwise(_leaders(first, second)):
        if before is not None and after is not None:
            yield Crossing(minute, first.at(minute), before.name, after.name)


def _levels_of_pair(first: Profile, second: Profile) -> Iterator[Level]:
    spans = list(_leaders(first, second))
    for (start, end, leader), (_, _, later) in pairwise([*spans, (Fraction(0), None, None)]):
        if leader is None:
            ahead_after = None if later is None else later.name
            yield Level(first.name, second.name, start, end, first.at(start), ahead_after)
