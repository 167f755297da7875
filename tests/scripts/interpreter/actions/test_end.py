"""END: the script is over, wherever it stands."""

from __future__ import annotations

from scripts.interpreter.inspection import examine
from tests.scripts.interpreter.helpers import CATALOGUE, define


def test_a_path_may_end_here_before_a_queue():
    report = examine(define({"b": "BEGIN", "e": "END"}, ["b>e"]), CATALOGUE)
    assert report.may_be_published
