"""What queueing theory says exactly, to hold the simulation against.

Pure. Arrivals are Poisson with rate `arrivals` (lambda), handling times exponential with rate `service` (mu),
`servers` (c) is the number of places of all agents together; every agent serves every skill. Rates are per
unit of time, times in that unit: any unit will do. Every function raises Unstable when more comes in than can
be handled.

Sources:
    Erlang (1917); formulas B and C.
    Cobham (1954), Operations Research 2:70; several servers: Davis (1966), Operations Research 14:133.
    Kleinrock (1964), Naval Research Logistics Quarterly 11:329; whole distribution: Stanford, Taylor and
        Ziedins (2014), Queueing Systems 77:297; several servers: Sharif, Stanford, Taylor and Ziedins (2014),
        Operations Research for Health Care 3:73.
    Delayed accumulation: Mojalal, Stanford and Caron (2020), INFOR 58; Bilodeau and Stanford (2020),
        arXiv 2001.06054. Its use for head starts and caps here is our own derivation.
    Erlang A: Garnett, Mandelbaum and Reiman (2002), Manufacturing and Service Operations Management 4:208.
    Euler inversion: Abate and Whitt (1995), ORSA Journal on Computing 7:36.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb, exp, inf

Transform = Callable[[complex], complex]


class Unstable(ValueError):
    """More work comes in than can be done: there is no mean wait."""


def erlang_b(servers: int, load: float) -> float:
    """The share of arrivals that find all servers busy when nobody may wait; load = arrivals / service."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """The share of arrivals that must wait."""
    if load >= servers:
        raise Unstable
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def mean_wait(arrivals: float, service: float, servers: int) -> float:
    """Mean wait of all contacts together, in whatever order they are served (M/M/c)."""
    return erlang_c(servers, arrivals / service) / (servers * service - arrivals)


def wait_tail(arrivals: float, service: float, servers: int, beyond: float) -> float:
    """The share of contacts that wait longer than `beyond`, in order of arrival."""
    waits = erlang_c(servers, arrivals / service)
    return waits * exp(-(servers * service - arrivals) * beyond)


def mean_wait_general(arrivals: float, mean: float, second_moment: float) -> float:
    """Pollaczek and Khinchine: mean wait with one server and any handling time (M/G/1)."""
    if arrivals * mean >= 1:
        raise Unstable
    return arrivals * second_moment / 2 / (1 - arrivals * mean)


def static_priorities(arrivals: Sequence[float], service: float, servers: int) -> list[float]:
    """Mean waits with acceleration 0 and falling initial priorities (Cobham)."""
    capacity = servers * service
    ahead = erlang_c(servers, sum(arrivals) / service) / capacity
    waits, used = [], 0.0
    for rate in arrivals:
        before, used = used, used + rate / capacity
        waits.append(ahead / (1 - before) / (1 - used))
    return waits


def accelerations(
    arrivals: Sequence[float], growth: Sequence[float], service: float, servers: int
) -> list[float]:
    """Mean waits with equal initial priorities and different accelerations, no cap (Kleinrock).

    `growth` holds the accelerations, in any order and any unit: only their ratios matter.
    """
    fifo = mean_wait(sum(arrivals), service, servers)
    load = [rate / (servers * service) for rate in arrivals]
    waits: dict[int, float] = {}
    for one in sorted(range(len(growth)), key=lambda index: growth[index]):
        slower = sum(load[i] * wait * (1 - growth[i] / growth[one]) for i, wait in waits.items())
        faster = sum(
            load[i] * (1 - growth[one] / growth[i]) for i in range(len(growth)) if growth[i] > growth[one]
        )
        waits[one] = (fifo - slower) / (1 - faster)
    return [waits[index] for index in range(len(growth))]


@dataclass(frozen=True, slots=True)
class LowestWait:
    """The whole distribution of the wait of the lowest of all skills.

    `overtaking` is the rate of contacts that come later and go first: the sum of lambda (1 - b_low / b).
    """

    arrivals: float
    service: float
    servers: int
    overtaking: float

    def transform(self, s: complex) -> complex:
        """The Laplace-Stieltjes transform of the wait."""
        capacity = self.servers * self.service
        waits = erlang_c(self.servers, self.arrivals / self.service)
        spare = capacity - self.arrivals
        delayed = s + self.overtaking * (1 - self._busy_period(s)) if self.overtaking else s
        return (1 - waits) + waits * spare / (spare + delayed)

    def _busy_period(self, s: complex) -> complex:
        capacity = self.servers * self.service
        total = s + self.overtaking + capacity
        root = (total * total - 4 * self.overtaking * capacity) ** 0.5
        return (total - root) / (2 * self.overtaking)

    def tail(self, beyond: float) -> float:
        """The share of contacts that wait longer than `beyond`."""
        return invert(lambda s: (1 - self.transform(s)) / s, beyond)

    def mean_up_to(self, limit: float) -> float:
        """E[min(wait, limit)]."""
        if limit == 0:
            return 0.0
        if limit == inf:
            # The mean wait in order of arrival, stretched by the busy periods of those who overtake.
            capacity = self.servers * self.service
            fifo = mean_wait(self.arrivals, self.service, self.servers)
            return fifo / (1 - self.overtaking / capacity)
        return invert(lambda s: (1 - self.transform(s)) / (s * s), limit)


def invert(transform: Transform, at: float, *, terms: int = 40, averaged: int = 12) -> float:
    """The function at a positive moment whose Laplace transform this is (Euler summation)."""
    shift = 18.4
    half = exp(shift / 2) / at
    total = half / 2 * transform(complex(shift / (2 * at), 0)).real
    partial = []
    for number in range(1, terms + averaged + 1):
        point = complex(shift, 2 * math.pi * number) / (2 * at)
        total += half * (-1) ** number * transform(point).real
        if number >= terms:
            partial.append(total)
    return sum(comb(averaged, i) * value for i, value in enumerate(partial)) / 2**averaged


def head_start(
    arrivals: tuple[float, float],
    initial: tuple[float, float],
    growth: tuple[float, float],
    service: float,
    servers: int,
) -> tuple[float, float]:
    """Mean waits of two skills, the first at least as high in both settings, without a cap.

    The first overtakes at its full rate until the second has made up for its head start, then as in
    `accelerations`: a delayed accumulating priority queue.
    """
    fifo = mean_wait(sum(arrivals), service, servers)
    first, second = (rate / (servers * service) for rate in arrivals)
    until = (initial[0] - initial[1]) / growth[1] if growth[1] else inf
    delayed = LowestWait(sum(arrivals), service, servers, arrivals[0]).mean_up_to(until)
    if until == inf:
        low = delayed
    else:
        share = 1 - growth[1] / growth[0]
        low = delayed + (fifo - (1 - first) * delayed) / (1 - first * share)
    return ((first + second) * fifo - second * low) / first, low


def capped(
    arrivals: tuple[float, float],
    growth: tuple[float, float],
    maximum: float,
    service: float,
    servers: int,
) -> tuple[float, float]:
    """Mean waits of two skills with initial priority 0 and one maximum, the first growing faster.

    At the maximum, who reached it first goes first; so overtaking ends when the slower one reaches it.
    """
    fifo = mean_wait(sum(arrivals), service, servers)
    first, second = (rate / (servers * service) for rate in arrivals)
    share = 1 - growth[1] / growth[0]
    uncapped = LowestWait(sum(arrivals), service, servers, arrivals[0] * share)
    low = fifo + first * share * uncapped.mean_up_to(maximum / growth[1])
    return ((first + second) * fifo - second * low) / first, low


@dataclass(frozen=True, slots=True)
class ErlangA:
    """A queue whose customers leave: mean wait of all, and shares."""

    wait: float
    abandoned: float
    delayed: float
    occupancy: float


def erlang_a(arrivals: float, service: float, servers: int, patience: float) -> ErlangA:
    """Exponential patience that ends at rate `patience` (M/M/c+M); stable at any load."""
    states = _birth_death(arrivals, service, servers, patience)
    waiting = sum((number - servers) * share for number, share in enumerate(states) if number > servers)
    return ErlangA(
        wait=waiting / arrivals,
        abandoned=patience * waiting / arrivals,
        delayed=sum(states[servers:]),
        occupancy=sum(min(number, servers) * share for number, share in enumerate(states)) / servers,
    )


def _birth_death(arrivals: float, service: float, servers: int, patience: float) -> list[float]:
    shares, largest = [1.0], 1.0
    while len(shares) <= servers or shares[-1] > largest * 1e-16:
        number = len(shares)
        deaths = min(number, servers) * service + max(0, number - servers) * patience
        shares.append(shares[-1] * arrivals / deaths)
        largest = max(largest, shares[-1])
    total = sum(shares)
    return [share / total for share in shares]


def ordered_hunt(arrivals: float, service: float, servers: int) -> list[float]:
    """How busy each agent is, the first choice first, when the best proficiency that is free is taken.

    Solves the chain of the 2^c sets of busy agents. A queue forms only while all are busy; it is cut out of
    the chain, since it always comes back there, and its geometric tail added afterwards.
    """
    if arrivals >= servers * service:
        raise Unstable
    full = 2**servers - 1
    shares = _stationary(_hunting_rates(arrivals, service, servers))
    shares[full] /= 1 - arrivals / (servers * service)
    total = sum(shares)
    return [
        sum(share for busy, share in enumerate(shares) if busy >> agent & 1) / total
        for agent in range(servers)
    ]


def _hunting_rates(arrivals: float, service: float, servers: int) -> list[list[float]]:
    size = 2**servers
    rates = [[0.0] * size for _state in range(size)]
    for busy in range(size):
        free = [agent for agent in range(servers) if not busy >> agent & 1]
        if free:
            rates[busy][busy | 1 << free[0]] += arrivals
        for agent in range(servers):
            if busy >> agent & 1:
                rates[busy][busy ^ 1 << agent] += service
    return rates


def _stationary(rates: list[list[float]]) -> list[float]:
    """Shares of time of a finite chain (elimination of Grassmann, Taksar and Heyman: no subtraction)."""
    size = len(rates)
    work = [row[:] for row in rates]
    for last in range(size - 1, 0, -1):
        out = sum(work[last][:last])
        for source in range(last):
            work[source][last] /= out
            for target in range(last):
                if target != source:
                    work[source][target] += work[source][last] * work[last][target]
    shares = [1.0]
    for state in range(1, size):
        shares.append(sum(shares[source] * work[source][state] for source in range(state)))
    total = sum(shares)
    return [share / total for share in shares]


def occupancy_with_refusals(
    arrivals: float, service: float, servers: int, refused: float, timeout: float
) -> float:
    """How busy the places are when each offer is left unanswered with probability `refused`.

    A contact needs 1 / mu of an agent's time and, on average, p / (1 - p) unanswered offers before it. Exact
    in any order of contacts and agents.
    """
    busy = arrivals * (1 / service + timeout * refused / (1 - refused)) / servers
    if busy >= 1:
        raise Unstable
    return busy
