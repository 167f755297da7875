"""Open, closed or a holiday: at any moment, and where clocks are put forward and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hours.schedule import Schedule, SpecialDay, State, answer_at, day_of, next_opening
from hours.spans import Span, parse_spans

MINUTE = timedelta(minutes=1)

CLOCK_CHANGES = [
    ("Europe/Paris", date(2026, 3, 29)),
    ("Europe/Paris", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
    ("America/St_Johns", date(2005, 10, 30)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Kolkata", date(2026, 1, 1)),
]
"""A zone and the date on which its clock changes: by an hour or half, at midnight or not, by a whole day."""


def schedule(zone: str = "Europe/Paris", **days: str) -> Schedule:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return Schedule(zone=ZoneInfo(zone), week=tuple(parse_spans(days.get(name, "")) for name in names))


def paris(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris"), fold=fold)


OFFICE = schedule(mon="09:00-12:00, 13:00-17:00", fri="22:00-02:00")


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2026-11-23T08:59", State.CLOSED),
        ("2026-11-23T09:00", State.OPEN),
        ("2026-11-23T11:59", State.OPEN),
        ("2026-11-23T12:00", State.CLOSED),
        ("2026-11-23T13:00", State.OPEN),
        ("2026-11-23T17:00", State.CLOSED),
        ("2026-11-27T23:59", State.OPEN),
        ("2026-11-28T01:59", State.OPEN),
        ("2026-11-28T02:00", State.CLOSED),
    ],
)
def test_a_week(moment: str, state: State):
    assert answer_at(OFFICE, paris(moment)).state is state


def test_the_next_opening_is_told_while_it_is_closed():
    assert answer_at(OFFICE, paris("2026-11-23T10:00")).opens_at is None
    assert answer_at(OFFICE, paris("2026-11-23T12:30")).opens_at == paris("2026-11-23T13:00")
    assert answer_at(OFFICE, paris("2026-11-28T02:00")).opens_at == paris("2026-11-30T09:00")
    assert answer_at(schedule(), paris("2026-11-28T02:00")).opens_at is None


class TestSpecialDays:
    christmas = SpecialDay(day=date(2020, 12, 25), name="Christmas Day", every_year=True)
    eve = SpecialDay(
        day=date(2026, 12, 24), name="Christmas Eve", spans=parse_spans("9-12"), is_holiday=False
    )

    def office(self, *special_days: SpecialDay) -> Schedule:
        everyday = (parse_spans("09:00-17:00"),) * 7
        return Schedule(zone=ZoneInfo("Europe/Paris"), week=everyday, special_days=special_days)

    def test_a_holiday_is_closed_and_says_its_name(self):
        answer = answer_at(self.office(self.christmas), paris("2026-12-25T10:00"))
        assert (answer.state, answer.name) == (State.HOLIDAY, "Christmas Day")
        assert answer.opens_at == paris("2026-12-26T09:00")

    def test_it_returns_every_year_but_not_before_its_first(self):
        assert answer_at(self.office(self.christmas), paris("2033-12-25T10:00")).state is State.HOLIDAY
        assert answer_at(self.office(self.christmas), paris("2019-12-25T10:00")).state is State.OPEN

    def test_other_hours_replace_those_of_the_weekday(self):
        office = self.office(self.eve)
        assert answer_at(office, paris("2026-12-24T11:59")).state is State.OPEN
        assert answer_at(office, paris("2026-12-24T12:00")).state is State.CLOSED

    def test_a_date_wins_over_one_of_every_year(self):
        open_once = SpecialDay(day=date(2026, 12, 25), name="Sale", spans=parse_spans("9-12"))
        office = self.office(self.christmas, open_once)
        assert answer_at(office, paris("2026-12-25T10:00")).state is State.OPEN
        assert answer_at(office, paris("2026-12-25T13:00")).name == "Sale"

    def test_the_night_before_goes_on_into_a_holiday(self):
        bar = Schedule(
            zone=ZoneInfo("Europe/Paris"),
            week=(parse_spans("22:00-02:00"),) * 7,
            special_days=(self.christmas,),
        )
        assert answer_at(bar, paris("2026-12-25T01:00")).state is State.OPEN
        assert answer_at(bar, paris("2026-12-25T02:00")).state is State.HOLIDAY
        assert answer_at(bar, paris("2026-12-25T22:30")).state is State.HOLIDAY
        assert answer_at(bar, paris("2026-12-26T01:00")).state is State.CLOSED

    def test_the_twenty_ninth_of_february_is_in_leap_years_only(self):
        leap = SpecialDay(day=date(2024, 2, 29), name="Leap day", every_year=True)
        assert leap.is_on(date(2028, 2, 29))
        assert not leap.is_on(date(2027, 3, 1))

    def test_what_is_set_by_hand_holds_over_everything(self):
        office = self.office(self.christmas)
        shut = Schedule(
            zone=office.zone, week=office.week, special_days=office.special_days, override=State.WEATHER
        )
        answer = answer_at(shut, paris("2026-11-23T10:00"))
        assert (answer.state, answer.opens_at) == (State.WEATHER, None)
        assert [one.state for one in day_of(shut, date(2026, 12, 25))] == [State.WEATHER]


class TestClockChanges:
    def test_hours_that_the_clock_jumps_over_do_not_happen(self):
        night = schedule(sun="02:15-02:45")
        assert [one.state for one in day_of(night, date(2026, 3, 29))] == [State.CLOSED]

    def test_an_opening_that_the_clock_jumps_over_is_at_the_jump(self):
        night = schedule(sun="02:30-06:00")
        stretches = day_of(night, date(2026, 3, 29))
        assert stretches[1].begins == paris("2026-03-29T03:00")
        assert stretches[1].ends == paris("2026-03-29T06:00")

    def test_a_repeated_hour_is_open_both_times(self):
        night = schedule(sun="02:15-02:45")
        is_open = [one for one in day_of(night, date(2026, 10, 25)) if one.state is State.OPEN]
        assert len(is_open) == 1
        assert is_open[0].begins == paris("2026-10-25T02:15")
        assert is_open[0].ends == paris("2026-10-25T02:45", fold=1)

    def test_what_closes_as_the_hour_repeats_does_not_open_again(self):
        night = schedule(sun="00:00-02:00")
        first = day_of(night, date(2026, 10, 25))[0]
        assert first.ends - first.begins == timedelta(hours=2)

    def test_the_day_of_the_change_is_as_long_as_it_is(self):
        for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 10, 26), 24)):
            (whole,) = day_of(schedule(), day)
            assert whole.ends.astimezone(UTC) - whole.begins.astimezone(UTC) == timedelta(hours=hours)


def shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def by_looking_at_the_clock(zone: ZoneInfo, day: date, span: Span) -> tuple[datetime, datetime] | None:
    """From the first to after the last minute at which the clock shows a time of the span."""
    opens = datetime.combine(day, time()) + timedelta(minutes=span.opens)
    closes = datetime.combine(day, time()) + timedelta(minutes=span.closes)
    start = datetime.combine(day, time(), UTC) - timedelta(days=2)
    minutes = (start + number * MINUTE for number in range(5 * 24 * 60))
    inside = [moment for moment in minutes if opens <= shown(moment, zone) < closes]
    return (inside[0], inside[-1] + MINUTE) if inside else None


@settings(max_examples=60)
@given(
    change=st.sampled_from(CLOCK_CHANGES),
    days_after=st.integers(-1, 1),
    opens=st.one_of(st.integers(0, 1439), st.sampled_from([0, 30, 60, 90, 120, 150, 180])),
    minutes=st.one_of(st.integers(1, 1440), st.sampled_from([30, 60, 90, 120, 1440])),
)
@example(change=CLOCK_CHANGES[1], days_after=0, opens=60, minutes=60)
@example(change=CLOCK_CHANGES[10], days_after=1, opens=0, minutes=30)
@example(change=CLOCK_CHANGES[11], days_after=0, opens=1320, minutes=240)
def test_a_span_is_one_stretch_that_holds_every_moment_at_which_the_clock_shows_it(
    change: tuple[str, date], days_after: int, opens: int, minutes: int
):
    name, around = change
    zone, day = ZoneInfo(name), around + timedelta(days=days_after)
    only = SpecialDay(day=day, name="", spans=(Span(opens, opens + minutes),))
    hours = Schedule(zone=zone, week=((),) * 7, special_days=(only,))
    expected = by_looking_at_the_clock(zone, day, only.spans[0])
    before = datetime.combine(day, time(), UTC) - timedelta(days=2)
    if expected is None:
        assert next_opening(hours, before) is None
        return
    begins, ends = expected
    assert next_opening(hours, before) == begins
    assert answer_at(hours, begins).state is State.OPEN
    assert answer_at(hours, ends - MINUTE).state is State.OPEN
    assert answer_at(hours, begins - MINUTE).state is not State.OPEN
    assert answer_at(hours, ends).state is not State.OPEN


spans = st.lists(st.integers(0, 1440), min_size=0, max_size=6, unique=True).map(
    lambda edges: tuple(
        Span(opens, closes) for opens, closes in zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False)
    )
)
overnight = st.builds(
    lambda opens, minutes: (Span(opens, opens + minutes),), st.integers(0, 1439), st.integers(1, 1440)
)


@given(
    change=st.sampled_from(CLOCK_CHANGES),
    week=st.lists(st.one_of(spans, overnight), min_size=7, max_size=7),
    days_after=st.integers(-2, 2),
    minute=st.integers(0, 1439),
)
def test_a_day_says_what_each_of_its_moments_says(change, week, days_after, minute):
    name, around = change
    day = around + timedelta(days=days_after)
    hours = Schedule(zone=ZoneInfo(name), week=tuple(week))
    stretches = day_of(hours, day)
    if not stretches:
        assert (name, day) == ("Pacific/Apia", date(2011, 12, 30)), "only a day that was left out has none"
        return
    for first, second in pairwise(stretches):
        assert first.ends == second.begins
        assert (first.state, first.name) != (second.state, second.name)
    for stretch in stretches:
        assert stretch.begins.astimezone(UTC) < stretch.ends.astimezone(UTC)
        assert answer_at(hours, stretch.begins).state is stretch.state
    moment = stretches[0].begins.astimezone(UTC) + minute * MINUTE
    for stretch in stretches:
        if stretch.begins.astimezone(UTC) <= moment < stretch.ends.astimezone(UTC):
            assert answer_at(hours, moment).state is stretch.state


@given(
    change=st.sampled_from(CLOCK_CHANGES),
    week=st.lists(st.one_of(spans, overnight), min_size=7, max_size=7),
    minute=st.integers(-3000, 3000),
)
def test_the_next_opening_is_the_first_open_moment(change, week, minute):
    name, around = change
    hours = Schedule(zone=ZoneInfo(name), week=tuple(week))
    moment = datetime.combine(around, time(), UTC) + minute * MINUTE
    opens_at = next_opening(hours, moment)
    if opens_at is None:
        assert not any(week)
        return
    assert opens_at >= moment
    assert answer_at(hours, opens_at).state is State.OPEN
    if opens_at > moment:
        assert answer_at(hours, moment).state is State.CLOSED
        assert answer_at(hours, opens_at - MINUTE).state is State.CLOSED
