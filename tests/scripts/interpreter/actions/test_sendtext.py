"""SENDTEXT: what cannot be sent, and how often."""

from __future__ import annotations

from itertools import pairwise

import pytest

from scripts.interpreter.engine import advance
from scripts.interpreter.events import Started
from scripts.interpreter.inspection import examine
from scripts.interpreter.limits import Limits
from scripts.interpreter.run import Run
from tests.scripts.interpreter.helpers import CATALOGUE, NOW, define, failure_of, script


def send(message, **variables):
    graph = script({"b": "BEGIN", "s": ("SENDTEXT", {"message": message}), "q": "REQAGENT"}, ["b>s", "s>q"])
    return advance(Run(), graph, event=Started(variables=variables), now=NOW)


def test_a_text_that_grows_too_long_is_trouble():
    assert failure_of(send("{{ text }}{{ text }}", text="x" * 900)).code == "text_too_long"


@pytest.mark.parametrize(
    "message", ["{{ name", "{% for a in b %}{% endfor %}", "{{ a | replace: 'a', a }}", "{% x %}"]
)
def test_what_could_run_away_cannot_be_written(message):
    report = examine(define({"b": "BEGIN", "s": ("SENDTEXT", {"message": message})}), CATALOGUE)
    assert "property_template" in {finding.code for finding in report.errors}


def test_a_script_sends_only_so_many_texts():
    texts = {f"s{number}": ("SENDTEXT", {"message": "hi"}) for number in range(4)}
    ids = list(texts)
    links = [f"{one}>{other}" for one, other in pairwise(ids)]
    graph = script({"b": "BEGIN", **texts}, ["b>s0", *links])
    step = advance(Run(), graph, event=Started(), now=NOW, limits=Limits(texts_per_run=3))
    assert failure_of(step).code == "too_many_texts"
    assert len(step.effects) == 3
