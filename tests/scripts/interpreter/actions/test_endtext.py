"""ENDTEXT: the contact ends whatever its last text does."""

from __future__ import annotations

from scripts.interpreter.engine import advance
from scripts.interpreter.events import Started
from scripts.interpreter.run import Run, RunStatus
from tests.scripts.interpreter.helpers import NOW, script


def test_a_text_that_cannot_be_filled_in_is_left_out():
    graph = script({"b": "BEGIN", "e": ("ENDTEXT", {"message": "{{ text | divided_by: 0 }}"})}, ["b>e"])
    step = advance(Run(), graph, event=Started(variables={"text": 1}), now=NOW)
    assert [effect.as_json()["effect"] for effect in step.effects] == ["end_contact"]
    assert step.status is RunStatus.ENDED
