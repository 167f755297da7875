"""The hours of one day as people write them: “09:00-12:00, 13:00-17:00”. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext as _

DAY_MINUTES: Final = 24 * 60
MOST_SPANS: Final = 10
"""In one day."""

CANONICAL: Final = r"^(\d\d:\d\d-\d\d:\d\d(, \d\d:\d\d-\d\d:\d\d){0,9})?$"
"""What is stored, as a regular expression that the database checks too."""

_TIME = r"(\d{1,2})(?:(?:[:h.]|\s*h\s*)(\d{2})|\s*h)?"
_SPAN = re.compile(rf"\s*{_TIME}\s*(?:-|\u2013|\u2014|to|à)\s*{_TIME}\s*", re.IGNORECASE)


class HoursError(ValueError):
    """What was written is no hours; the text says what is right, in the reader's language."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `opens` to before `closes`, in minutes from the midnight that begins the day.

    `opens` is 0 to 1439. `closes` is later, and beyond 1440 when the span reaches into the next day.
    """

    opens: int
    closes: int


def parse_spans(text: str) -> tuple[Span, ...]:
    """The spans of a day, in order; none for a day that is closed.

    Also read: “9-12:30”, “9h-12h30”, semicolons and lines between spans. A span that closes before it opens
    ends the next day. Raises HoursError.
    """
    written = [part for part in re.split(r"[,;\n]", text) if part.strip()]
    if len(written) > MOST_SPANS:
        raise HoursError(_("A day has at most %(number)d spans.") % {"number": MOST_SPANS})
    spans = sorted(_span(part) for part in written)
    for first, second in pairwise(spans):
        if second.opens < first.closes:
            raise HoursError(
                _("%(first)s and %(second)s overlap.")
                % {"first": written_span(first), "second": written_span(second)}
            )
    return tuple(spans)


def write_spans(spans: Sequence[Span]) -> str:
    """As they are stored: reading it gives the same."""
    return ", ".join(written_span(span) for span in spans)


def written_span(span: Span) -> str:
    """“09:00-17:30”, “22:00-02:00”, “00:00-24:00”."""
    closes = span.closes if span.closes <= DAY_MINUTES else span.closes - DAY_MINUTES
    return f"{_clock(span.opens)}-{_clock(closes)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise _unreadable(text)
    opens, closes = _minutes(text, found[1], found[2]), _minutes(text, found[3], found[4])
    if opens in (closes, DAY_MINUTES):
        raise HoursError(
            _("“%(text)s” opens and closes at the same time. The whole day is 00:00-24:00.")
            % {"text": _shown(text)}
        )
    if closes == 0:
        closes = DAY_MINUTES
    return Span(opens, closes if closes > opens else closes + DAY_MINUTES)


def _minutes(text: str, hour: str, minute: str | None) -> int:
    minutes = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or minutes > DAY_MINUTES:
        raise _unreadable(text)
    return minutes


def _unreadable(text: str) -> HoursError:
    return HoursError(
        _("“%(text)s” is no span of hours. Write them as 09:00-12:00, 13:00-17:00; nothing for closed.")
        % {"text": _shown(text)}
    )


def _shown(text: str) -> str:
    return text.strip()[:40]
