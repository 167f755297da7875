"""The words of the console."""

from __future__ import annotations

from reporting.life import TOLD
from supervisor.strings import STRINGS


def test_it_has_words_for_everything_that_the_reports_tell():
    assert {f"event.{kind}" for kind in TOLD} - STRINGS.keys() == set()
    assert {"event.message_received", "event.message_written"} <= STRINGS.keys()
