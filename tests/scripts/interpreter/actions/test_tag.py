"""TAG: names are looked up in the business unit."""

from __future__ import annotations

from scripts.interpreter.inspection import examine
from tests.scripts.interpreter.helpers import CATALOGUE, define


def test_an_unknown_tag_is_told():
    report = examine(define({"b": "BEGIN", "t": ("TAG", {"tag": "Gone"})}, ["b>t"]), CATALOGUE)
    assert ("tag_missing", "tag") in {(finding.code, finding.property_name) for finding in report.errors}
