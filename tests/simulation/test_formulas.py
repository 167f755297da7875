"""What the simulation finds against what theory knows, with fixed seeds."""

from __future__ import annotations

from functools import cache

import pytest

from simulation.reference import CASES
from simulation.report import Finding, findings

CONTACTS = 45_000
SEED = 1
ERRORS = 3
"""How many standard errors the two may be apart."""

NUMBERS = {case.name: number for number, case in enumerate(CASES)}
SHARP = [name for name in NUMBERS if name.startswith(("Q2:", "Q5:", "Q9:", "Q12:", "Q16:", "Q17:", "Q19:"))]


@cache
def found(name: str) -> list[Finding]:
    return list(findings(CASES[NUMBERS[name]], contacts=CONTACTS, seed=SEED + NUMBERS[name]))


@pytest.mark.parametrize("name", NUMBERS)
def test_simulation_finds_what_theory_knows(name):
    assert found(name)
    for finding in found(name):
        off = finding.estimate.mean - finding.figure.exact
        assert abs(off) <= ERRORS * finding.estimate.error, finding.line()


@pytest.mark.parametrize("name", SHARP)
def test_the_estimates_are_sharp_enough_to_tell_a_wrong_rule(name):
    for finding in found(name):
        if finding.figure.name.startswith(("mean wait, skill", "occupancy")):
            assert finding.estimate.error <= 0.025 * finding.figure.exact, finding.line()


def test_a_wrong_rule_is_told():
    """A maximum of 6 instead of 1 is a rule slightly wrong; its run fails the figures of the right one."""
    exact = {
        finding.figure.name: finding.figure.exact for finding in found("acceleration 2 and 1, maximum 1")
    }
    told = {
        finding.figure.name
        for finding in found("acceleration 2 and 1, maximum 6")
        if abs(finding.estimate.mean - exact[finding.figure.name]) > ERRORS * finding.estimate.error
    }
    assert told == {"mean wait, skill 1", "mean wait, skill 2"}
