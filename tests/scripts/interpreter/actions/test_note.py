"""NOTE: empty notes are trouble."""

from __future__ import annotations

from scripts.interpreter.engine import advance
from scripts.interpreter.events import Started
from scripts.interpreter.run import Run
from tests.scripts.interpreter.helpers import NOW, failure_of, script


def test_an_empty_note_is_trouble():
    graph = script({"b": "BEGIN", "n": ("NOTE", {"note": "{{ nothing }}"}), "q": "REQAGENT"}, ["b>n", "n>q"])
    assert failure_of(advance(Run(), graph, event=Started(), now=NOW)).code == "text_empty"
