"""SETDISPOSITION: names are looked up in the business unit."""

from __future__ import annotations

from scripts.interpreter.inspection import examine
from tests.scripts.interpreter.helpers import CATALOGUE, define


def test_an_unknown_disposition_is_told():
    action = ("SETDISPOSITION", {"disposition": "Gone"})
    report = examine(define({"b": "BEGIN", "d": action}, ["b>d"]), CATALOGUE)
    found = {(finding.code, finding.property_name) for finding in report.errors}
    assert ("disposition_missing", "disposition") in found
