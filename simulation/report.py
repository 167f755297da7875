"""Prints the page of results: each exact figure, what the simulation finds, and its confidence interval.

    python -m simulation.report [CONTACTS]

Each scenario has a seed of its own, so that the findings are independent of each other: of 95 % intervals, 95
in 100 are to hold the exact value.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from simulation.measures import Estimate
from simulation.reference import CASES, Case, Figure
from simulation.run import run

CONTACTS = 1_000_000
SEED = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure of a case, as one run found it."""

    case: Case
    figure: Figure
    estimate: Estimate

    @property
    def is_inside(self) -> bool:
        """The 95 % confidence interval holds the exact value."""
        width = self.estimate.half_width
        return width is not None and abs(self.estimate.mean - self.figure.exact) <= width

    def line(self) -> str:
        mark = "" if self.is_inside else "outside"
        return (
            f"| {self.case.name} | {self.figure.name} | {self.figure.exact:.4f} | {self.estimate.mean:.4f} "
            f"| ± {self.estimate.half_width:.4f} | {mark} |"
        )


def findings(case: Case, *, contacts: int, seed: int) -> Iterator[Finding]:
    """Run a case once. Raises ValueError when there are too few contacts for an interval."""
    result = run(case.scenario(contacts=contacts, seed=seed))
    for figure in case.figures:
        estimate = figure.estimate(result)
        if estimate is None or estimate.error is None:
            raise ValueError(f"{case.name}: too few contacts")
        yield Finding(case, figure, estimate)


def main(contacts: int) -> None:
    """Writes the table in Markdown to standard output."""
    lines = ["| scenario | figure | exact | simulated | 95 % | |", "|---|---|---|---|---|---|"]
    inside = []
    for number, case in enumerate(CASES):
        for finding in findings(case, contacts=contacts, seed=SEED + number):
            lines.append(finding.line())
            inside.append(finding.is_inside)
    share = f"{sum(inside)} of {len(inside)} intervals hold the exact value"
    sys.stdout.write(
        "\n".join([*lines, "", f"{share}; {contacts:,} contacts each, seeds from {SEED} on.", ""])
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CONTACTS)
