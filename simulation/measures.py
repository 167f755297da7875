"""What is measured: waits, service levels, abandonment, refusals, how busy agents are.

Counted are the contacts that arrive inside the window, with all that happens to them, also after its end. The
window is cut into batches of equal time; a confidence interval comes from how the batches differ.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import sqrt

from simulation.queues import Contact

BATCHES = 32
T_95 = 2.0395
"""The 97.5 % point of Student's distribution with BATCHES - 1 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and the standard error of it; no error when there are too few contacts to tell."""

    mean: float
    error: float | None

    @property
    def half_width(self) -> float | None:
        """The half of the 95 % confidence interval."""
        return None if self.error is None else T_95 * self.error


class Waits:
    """The waits of one skill, in milliseconds, batch by batch of arrival."""

    def __init__(self) -> None:
        self.accepted = [array("q") for _batch in range(BATCHES)]
        self.abandoned = [array("q") for _batch in range(BATCHES)]
        self.refusals = 0
        self.outstanding = 0
        """Contacts that still wait or are before an agent."""

    @property
    def counts(self) -> list[int]:
        return [len(some) + len(others) for some, others in zip(self.accepted, self.abandoned, strict=True)]

    @property
    def sums(self) -> list[int]:
        return [sum(some) + sum(others) for some, others in zip(self.accepted, self.abandoned, strict=True)]

    @property
    def abandoned_counts(self) -> list[int]:
        return [len(some) for some in self.abandoned]

    def mean(self) -> Estimate | None:
        """Of all contacts, the abandoned among them; None when there were none."""
        return ratio(self.sums, self.counts)

    def sorted(self) -> list[int]:
        return sorted(chain(*self.accepted, *self.abandoned))

    def accepted_within(self, limit_ms: float) -> int:
        return sum(wait <= limit_ms for wait in chain(*self.accepted))

    def beyond(self, limit_ms: float) -> list[int]:
        """How many waited longer, accepted or not, batch by batch."""
        return [
            sum(wait > limit_ms for wait in chain(some, others))
            for some, others in zip(self.accepted, self.abandoned, strict=True)
        ]


class Measures:
    """A `Recorder` for the window [start, end)."""

    def __init__(self, *, skills: int, agents: int, start_ms: int, end_ms: int) -> None:
        self.start_ms = start_ms
        self.end_ms = end_ms
        self.contacts = 0
        """All that came, also outside the window."""
        self.waits = [Waits() for _skill in range(skills)]
        self.busy_ms = [[0] * BATCHES for _agent in range(agents)]
        """By agent and batch: time of his places, each span in the batch in which it began."""

    @property
    def outstanding(self) -> int:
        return sum(waits.outstanding for waits in self.waits)

    @property
    def batch_ms(self) -> float:
        return (self.end_ms - self.start_ms) / BATCHES

    def mean_wait(self) -> Estimate | None:
        """Of all contacts of all skills together, in milliseconds."""
        return ratio(self.sums, self.counts)

    @property
    def sums(self) -> list[int]:
        return [sum(parts) for parts in zip(*(waits.sums for waits in self.waits), strict=True)]

    @property
    def counts(self) -> list[int]:
        return [sum(parts) for parts in zip(*(waits.counts for waits in self.waits), strict=True)]

    def _counts(self, queued_ms: int) -> bool:
        return self.start_ms <= queued_ms < self.end_ms

    def _batch(self, at_ms: int) -> int:
        return (at_ms - self.start_ms) * BATCHES // (self.end_ms - self.start_ms)

    def arrived(self, skill: int, queued_ms: int) -> None:
        self.contacts += 1
        if self._counts(queued_ms):
            self.waits[skill].outstanding += 1

    def left_queue(self, contact: Contact, now_ms: int, *, accepted: bool) -> None:
        queued_ms = contact.queued_ms
        if not self._counts(queued_ms):
            return
        waits = self.waits[contact.skill]
        waits.outstanding -= 1
        kept = waits.accepted if accepted else waits.abandoned
        kept[self._batch(queued_ms)].append(now_ms - queued_ms)

    def refused(self, contact: Contact) -> None:
        if self._counts(contact.queued_ms):
            self.waits[contact.skill].refusals += 1

    def busy(self, agent_id: int, from_ms: int, to_ms: int) -> None:
        begins = max(from_ms, self.start_ms)
        inside = min(to_ms, self.end_ms) - begins
        if inside > 0:
            self.busy_ms[agent_id][self._batch(begins)] += inside


def percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The smallest value that at least so many percent do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


def ratio(sums: Sequence[float], counts: Sequence[float]) -> Estimate | None:
    """A mean from the sums and counts of batches, and its error from how they scatter about it."""
    total = sum(counts)
    if not total:
        return None
    mean = sum(sums) / total
    scatter = [part - mean * number for part, number in zip(sums, counts, strict=True)]
    return Estimate(mean, _error(scatter, total) if 0 not in counts else None)


def controlled(
    sums: Sequence[float],
    counts: Sequence[float],
    control_sums: Sequence[float],
    control_counts: Sequence[float],
    expected: float,
) -> Estimate | None:
    """A mean corrected by another whose exact value is known: mean - beta (control - expected).

    The mean wait of all contacts together is known exactly when the agents serve every skill alike (the
    conservation law), and what it is off by explains most of what each skill is off by. Beta is fitted on
    the batches.
    """
    plain, control = ratio(sums, counts), ratio(control_sums, control_counts)
    if plain is None or control is None or plain.error is None or control.error is None:
        return plain
    total, control_total = sum(counts), sum(control_counts)
    own = [part / total - plain.mean * number / total for part, number in zip(sums, counts, strict=True)]
    other = [
        part / control_total - control.mean * number / control_total
        for part, number in zip(control_sums, control_counts, strict=True)
    ]
    spread = sum(value * value for value in other)
    beta = sum(a * b for a, b in zip(own, other, strict=True)) / spread if spread else 0.0
    rest = [a - beta * b for a, b in zip(own, other, strict=True)]
    return Estimate(plain.mean - beta * (control.mean - expected), _error(rest, 1, fitted=2))


def _error(scatter: Sequence[float], total: float, *, fitted: int = 1) -> float:
    """The standard error of a mean over `total` whose batches differ from it by `scatter`.

    `fitted` is how many numbers were fitted on the batches: the mean, and beta.
    """
    batches = len(scatter)
    return sqrt(sum(value * value for value in scatter) * batches / (batches - fitted)) / total
