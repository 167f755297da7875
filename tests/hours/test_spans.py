"""Hours as people write them."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hours.spans import CANONICAL, HoursError, Span, parse_spans, write_spans


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", ""),
        ("  ", ""),
        ("9-12, 13-17", "09:00-12:00, 13:00-17:00"),
        ("13:00-17:30; 9:00\u201312:00", "09:00-12:00, 13:00-17:30"),
        ("9h-12h30\n14h à 18h", "09:00-12:30, 14:00-18:00"),
        ("9.15 to 17.45", "09:15-17:45"),
        ("22:00-02:00", "22:00-02:00"),
        ("0-24", "00:00-24:00"),
        ("18:00-00:00", "18:00-24:00"),
        ("09:00-12:00,12:00-17:00", "09:00-12:00, 12:00-17:00"),
    ],
)
def test_is_read_and_tidied(text: str, written: str):
    assert write_spans(parse_spans(text)) == written


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nine to five", "is no span of hours"),
        ("9-25", "is no span of hours"),
        ("9:60-10", "is no span of hours"),
        ("9", "is no span of hours"),
        ("9-9", "00:00-24:00"),
        ("24:00-08:00", "00:00-24:00"),
        ("9-13, 12-17", "09:00-13:00 and 12:00-17:00 overlap"),
        ("22-6, 23-1", "overlap"),
        (",".join(f"{hour}-{hour}:30" for hour in range(11)), "at most 10"),
    ],
)
def test_what_is_no_hours_is_explained(text: str, sentence: str):
    with pytest.raises(HoursError, match=sentence):
        parse_spans(text)


@given(st.text(max_size=60))
def test_any_text_is_hours_or_no_hours(text: str):
    with suppress(HoursError):
        assert re.match(CANONICAL, write_spans(parse_spans(text)))


@given(st.lists(st.integers(0, 1440), min_size=2, max_size=8, unique=True))
def test_what_is_written_is_read_as_the_same(edges: list[int]):
    pairs = zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False)
    spans = tuple(Span(opens, closes) for opens, closes in pairs)
    written = write_spans(spans)
    assert parse_spans(written) == spans
    assert re.match(CANONICAL, written)
