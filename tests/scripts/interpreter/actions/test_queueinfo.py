"""QUEUEINFO: without a skill of its own it looks at that of the point of contact."""

from __future__ import annotations

from scripts.interpreter.inspection import examine
from tests.scripts.interpreter.helpers import CATALOGUE, define


def test_the_default_skill_needs_no_name():
    given = {"b": "BEGIN", "i": ("QUEUEINFO", {"skill": "Default"}), "q": "REQAGENT"}
    report = examine(define(given, ["b>i", "i>q"]), CATALOGUE)
    assert report.may_be_published, report.findings
