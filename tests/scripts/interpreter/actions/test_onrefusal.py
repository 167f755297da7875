"""ONREFUSAL: the contact waits, so it may be put in another queue from here."""

from __future__ import annotations

from scripts.interpreter.inspection import examine
from tests.scripts.interpreter.helpers import CATALOGUE, define


def test_another_queue_may_be_asked_for():
    given = {"b": "BEGIN", "q": "REQAGENT", "o": "ONREFUSAL", "r": ("REQAGENT", {"skill": "billing"})}
    report = examine(define(given, ["b>q", "o>r"]), CATALOGUE)
    assert report.may_be_published, report.findings
