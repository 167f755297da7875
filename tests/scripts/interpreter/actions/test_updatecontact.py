"""UPDATECONTACT: what makes no sense is told."""

from __future__ import annotations

import pytest

from scripts.interpreter.inspection import examine
from tests.scripts.interpreter.helpers import CATALOGUE, define


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({}, "nothing_to_update"),
        ({"high_proficiency": 5, "low_proficiency": 4}, "proficiency_order"),
        ({"priority": 1001}, "property_range"),
    ],
)
def test_what_makes_no_sense_is_told(properties, code):
    report = examine(
        define({"b": "BEGIN", "q": "REQAGENT", "u": ("UPDATECONTACT", properties)}, ["b>q", "q>u"]), CATALOGUE
    )
    assert [finding.code for finding in report.findings] == [code]
