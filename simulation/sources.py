"""Random traffic as iterators. A record of real traffic takes their place by being an iterable of `Arrival`.

Each purpose of each skill has its own stream of random numbers, made from the seed and its name. So two
scenarios with the same seed meet the same customers (common random numbers): another priority or one more
agent changes what becomes of them, not who comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from simulation.engine import Arrival

MS_PER_SECOND = 1000
MS_PER_HOUR = 3_600_000

Draw = Callable[[], float]
"""Gives the next random time, in milliseconds."""


def stream(seed: int, *purpose: str) -> Random:
    """The random numbers of one purpose: the same on every machine and in every process."""
    return Random("/".join([str(seed), *purpose]))


def exponential(mean_ms: float, numbers: Random) -> Draw:
    rate = 1 / mean_ms
    return lambda: numbers.expovariate(rate)


def constant(mean_ms: float, _numbers: Random) -> Draw:
    return lambda: mean_ms


HANDLE_DISTRIBUTIONS = {"exponential": exponential, "constant": constant}


def poisson(
    gap: Draw, handle: Draw, patience: Draw | None, customer: Callable[[], int] | None = None
) -> Iterator[Arrival]:
    """Arrivals without end. The fractions of milliseconds are kept between them and rounded in each."""
    at = 0.0
    while True:
        at += gap()
        yield Arrival(
            at_ms=round(at),
            handle_ms=round(handle()),
            patience_ms=None if patience is None else round(patience()),
            customer=None if customer is None else customer(),
        )


def coin(probability: float, numbers: Random) -> Callable[[], bool] | None:
    """True with this probability; None when it never is."""
    return (lambda: numbers.random() < probability) if probability else None


def one_of(customers: int, skill: str, seed: int) -> Callable[[], int]:
    """Who writes: any of so many people. Those of a skill are the skill's own."""
    numbers = stream(seed, "skill", skill, "customers")
    first = numbers.getrandbits(62)
    return lambda: first + numbers.randrange(customers)
