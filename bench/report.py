"""How figures are shown."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    value: float
    quartiles: tuple[float, float] | None = None
    detail: str = ""
    goal: str = ""
    passed: bool | None = None
    unit: str = ""

    def line(self) -> str:
        spread = f" [{self.quartiles[0]:.2f}, {self.quartiles[1]:.2f}]" if self.quartiles else ""
        verdict = {True: "  PASS", False: "  MISSED", None: ""}[self.passed]
        goal = f"  goal {self.goal}{verdict}" if self.goal else ""
        detail = f"  ({self.detail})" if self.detail else ""
        return f"{self.name:<44} {self.value:10.2f}{self.unit}{spread}{goal}{detail}"


def heading() -> str:
    """What the figures were measured on."""
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, load {load}, fsync on"


def cpu_seconds(pid: int) -> float:
    """CPU that a process and its children have used, in seconds."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    for one in tree(pid):
        values = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(values[11]) + int(values[12])
    return total / ticks


def tree(pid: int) -> list[int]:
    """A process and its children."""
    return [pid, *_children(pid)]


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]
