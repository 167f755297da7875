"""When it is open, closed or a holiday: the answer for any moment and for a whole day. Pure.

Hours are times of the clock on the wall in one time zone. A span belongs to the day it begins on, so the
hours of Friday 22:00-02:00 hold until Saturday 02:00 even if Saturday is a holiday. Where the clock is put
forward or back, a span is the one stretch of time that begins when the clock first shows a time of it and
ends when it last does: whoever looks at the clock and sees a time of the span finds it open, and it does not
close in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from hours.spans import Span

_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199
"""Of dates that may be asked about."""

FARTHEST_OPENING: Final = 370
"""Days that are searched for the next opening."""


class State(StrEnum):
    """What is said of a moment. Those after `holiday` are set by hand, for the time being."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    MEETING = "meeting"
    WEATHER = "weather"
    EMERGENCY = "emergency"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A date whose hours are not those of its weekday.

    `every_year`: its day and month count, from its year on. On a holiday what is not open is `holiday`, on
    another special day it is `closed`.
    """

    day: date
    name: str
    spans: tuple[Span, ...] = ()
    is_holiday: bool = True
    every_year: bool = False

    def is_on(self, day: date) -> bool:
        if not self.every_year:
            return day == self.day
        return day >= self.day and (day.month, day.day) == (self.day.month, self.day.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The hours of operation. `week` begins with Monday; `override` holds instead of everything while set."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    special_days: tuple[SpecialDay, ...] = ()
    override: State | None = None

    def special_day(self, day: date) -> SpecialDay | None:
        """A date that is named wins over one that returns every year."""
        found = [special for special in self.special_days if special.is_on(day)]
        return min(found, key=lambda special: special.every_year, default=None)

    def spans_of(self, day: date) -> tuple[Span, ...]:
        special = self.special_day(day)
        return self.week[day.weekday()] if special is None else special.spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is so at a moment. `name` is that of the special day; `opens_at` the next opening, in the zone.

    `opens_at` is None while it is open, while something set by hand holds, and when nothing opens within a
    year.
    """

    state: State
    name: str = ""
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a day in which one thing is so: from `begins` to before `ends`, both in the zone."""

    begins: datetime
    ends: datetime
    state: State
    name: str = ""


def answer_at(schedule: Schedule, moment: datetime) -> Answer:
    """What is so at a moment, which must know its time zone."""
    local = moment.astimezone(schedule.zone)
    state, name = _state(schedule, moment)
    is_set = schedule.override is not None
    opens_at = None if is_set or state is State.OPEN else next_opening(schedule, moment)
    return Answer(state=state, name=name, opens_at=opens_at and opens_at.astimezone(local.tzinfo))


def next_opening(schedule: Schedule, moment: datetime) -> datetime | None:
    """The first moment from the given one on at which it is open, by hours and special days alone."""
    today = moment.astimezone(schedule.zone).date()
    for number in range(-1, FARTHEST_OPENING):
        openings = [
            max(begins, moment)
            for begins, ends in _intervals(schedule, today + number * _DAY)
            if ends > moment
        ]
        # The next day's hours may begin before a late opening of this one, where clocks change at midnight.
        if openings:
            later = _intervals(schedule, today + (number + 1) * _DAY)
            return min([*openings, *(max(begins, moment) for begins, ends in later if ends > moment)])
    return None


def day_of(schedule: Schedule, day: date) -> list[Stretch]:
    """What happens on a date, from its first moment to its last, without gaps."""
    begins, ends = _first(_wall(day, 0), schedule.zone), _first(_wall(day, 24 * 60), schedule.zone)
    edges = {begins, ends}
    for number in (-1, 0, 1):
        for edge in _intervals(schedule, day + number * _DAY):
            edges.update(moment for moment in edge if begins < moment < ends)
    stretches: list[Stretch] = []
    for first, last in pairwise(sorted(edges)):
        state, name = _state(schedule, first)
        if stretches and (stretches[-1].state, stretches[-1].name) == (state, name):
            before = stretches.pop()
            first = before.begins
        zone = schedule.zone
        stretches.append(
            Stretch(begins=first.astimezone(zone), ends=last.astimezone(zone), state=state, name=name)
        )
    return stretches


def _state(schedule: Schedule, moment: datetime) -> tuple[State, str]:
    if schedule.override is not None:
        return schedule.override, ""
    today = moment.astimezone(schedule.zone).date()
    special = schedule.special_day(today)
    name = "" if special is None else special.name
    for number in (-1, 0, 1):
        day = today + number * _DAY
        if any(begins <= moment < ends for begins, ends in _intervals(schedule, day)):
            return State.OPEN, name
    return (State.HOLIDAY if special is not None and special.is_holiday else State.CLOSED), name


def _intervals(schedule: Schedule, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of time, in UTC, of the spans that begin on a date."""
    for span in schedule.spans_of(day):
        begins = _first(_wall(day, span.opens), schedule.zone)
        ends = _last(_wall(day, span.closes), schedule.zone)
        if begins < ends:
            yield begins, ends


def _wall(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def _first(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment at which the clock shows this time, or has jumped over it."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    return moment if _shown(moment, zone) == wall else _jump(wall, zone)


def _last(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment from which on the clock never again shows a time before this one."""
    moment = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if _shown(moment, zone) != wall:
        return _jump(wall, zone)
    # The repeated hour begins with this time: what is before it was over the first time.
    is_start_of_repeat = _shown(moment - _SECOND, zone) >= wall
    return wall.replace(tzinfo=zone).astimezone(UTC) if is_start_of_repeat else moment


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _jump(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the clock jumps over this time."""
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone).astimezone(UTC)
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if _shown(middle, zone) < wall:
            before = middle
        else:
            after = middle
    return after
