"""AGENTSTATE: names are looked up; what leads nowhere goes on at Unavailable."""

from __future__ import annotations

from scripts.interpreter.inspection import examine
from tests.scripts.interpreter.helpers import CATALOGUE, define


def test_an_unknown_agent_is_told():
    report = examine(define({"b": "BEGIN", "s": ("AGENTSTATE", {"agent": "nobody"})}, ["b>s"]), CATALOGUE)
    assert ("agent_missing", "agent") in {(finding.code, finding.property_name) for finding in report.errors}
