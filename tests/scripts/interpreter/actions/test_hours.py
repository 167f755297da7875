"""HOURS: names are looked up; a branch that leads nowhere goes on at Closed."""

from __future__ import annotations

from scripts.interpreter.inspection import examine
from tests.scripts.interpreter.helpers import CATALOGUE, define


def test_unknown_hours_and_open_branches_are_told():
    report = examine(
        define({"b": "BEGIN", "h": ("HOURS", {"profile": "Gone"}), "q": "REQAGENT"}, ["b>h", "h.open>q"]),
        CATALOGUE,
    )
    assert {(finding.code, finding.property_name, finding.branch) for finding in report.errors} == {
        ("hours_missing", "profile", None),
        ("branch_missing", None, "closed"),
    }
