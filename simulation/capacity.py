"""A day of a large installation, second by second: how many shards, cores and bytes it needs.

    python -m simulation.capacity                          100 million contacts a day, on 8 shards
    python -m simulation.capacity '{"shards": 4}'          with other numbers

Business units of very different sizes are put on shards (PostgreSQL servers with their own processes), the
largest first, each on the one that has least so far. Contacts come as chance has it about a curve of the day,
some business units have sudden rushes, and each shard works off what it gets with the processors it has.
Where the costs come from, and what they leave out, is in docs/scaling.md.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked, and what a contact costs.

    `*_ms` are milliseconds of processor time for a whole contact; `cores` those of one shard's database
    server, `busy` the part of them that may be used in the busiest second.
    """

    contacts: int = 100_000_000
    units: int = 2_000
    shards: int = 8
    cores: int = 16
    busy: float = 0.7
    database_ms: float = 13.0
    product_ms: float = 24.0
    bytes: int = 8_000
    peak: float = 2.2
    """The busiest hour by the mean of the day."""
    rush: float = 10.0
    """How many times as many contacts come while a business unit has a rush."""
    rushes: int = 40
    rush_seconds: int = 300
    skew: float = 0.8
    """The size of the n-th largest business unit is proportional to n to the minus this."""
    days_kept: int = 30
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Shard:
    """What became of one. Seconds that contacts wait for a processor; `use` as a part of what it may use."""

    units: int
    contacts: int
    highest_use: float
    p99_delay: float
    longest_delay: float


def curve(peak: float) -> list[float]:
    """The rate of each second of the day by the mean rate: quiet at night, highest in the afternoon."""
    power = _power(peak)
    return [
        peak * ((1 - math.cos(2 * math.pi * (second / SECONDS_A_DAY - 0.125))) / 2) ** power
        for second in range(SECONDS_A_DAY)
    ]


def _power(peak: float) -> float:
    """So that the mean of peak * wave ** power is 1, by halving."""
    low, high = 0.0, 64.0
    for _step in range(40):
        middle = (low + high) / 2
        mean = (
            sum(((1 - math.cos(2 * math.pi * (part + 0.5) / 200)) / 2) ** middle for part in range(200)) / 200
        )
        low, high = (middle, high) if mean > 1 / peak else (low, middle)
    return (low + high) / 2


def sizes(plan: Plan) -> list[float]:
    """The part of all contacts that each business unit has, largest first."""
    weights = [number**-plan.skew for number in range(1, plan.units + 1)]
    total = sum(weights)
    return [weight / total for weight in weights]


def placed(parts: Sequence[float], shards: int) -> list[list[int]]:
    """The numbers of the business units on each shard."""
    found: list[list[int]] = [[] for _shard in range(shards)]
    loads = [0.0] * shards
    for number, part in enumerate(parts):
        least = loads.index(min(loads))
        found[least].append(number)
        loads[least] += part
    return found


def day(plan: Plan) -> list[Shard]:
    """Each shard through the day."""
    chance = Random(plan.seed)
    parts = sizes(plan)
    begun: dict[int, list[int]] = {}
    for _rush in range(plan.rushes):
        begun.setdefault(chance.randrange(plan.units), []).append(chance.randrange(SECONDS_A_DAY))
    waves = curve(plan.peak)
    return [_shard(plan, units, parts, begun, waves, chance) for units in placed(parts, plan.shards)]


def _shard(
    plan: Plan,
    units: Sequence[int],
    parts: Sequence[float],
    begun: dict[int, list[int]],
    waves: Sequence[float],
    chance: Random,
) -> Shard:
    rate = sum(parts[unit] for unit in units) * plan.contacts / SECONDS_A_DAY
    more = [0.0] * SECONDS_A_DAY
    for unit in units:
        for begin in begun.get(unit, ()):
            extra = (plan.rush - 1) * parts[unit] * plan.contacts / SECONDS_A_DAY
            for second in range(begin, min(begin + plan.rush_seconds, SECONDS_A_DAY)):
                more[second] += extra
    may_use = plan.cores * plan.busy
    left, contacts, highest = 0.0, 0, 0.0
    delays = []
    for second in range(SECONDS_A_DAY):
        mean = rate * waves[second] + more[second] * waves[second]
        came = max(0, round(chance.gauss(mean, math.sqrt(mean))))
        contacts += came
        work = came * plan.database_ms / 1000
        highest = max(highest, work / may_use)
        left = max(0.0, left + work - may_use)
        delays.append(left / may_use)
    delays.sort()
    return Shard(len(units), contacts, highest, delays[int(0.99 * SECONDS_A_DAY)], delays[-1])


def totals(plan: Plan, shards: Sequence[Shard]) -> dict[str, float]:
    """Of the whole installation: rates a second, cores, and gigabytes."""
    contacts = sum(shard.contacts for shard in shards)
    mean = contacts / SECONDS_A_DAY
    gigabytes = contacts * plan.bytes / 1e9
    return {
        "contacts": contacts,
        "contacts_per_second": mean,
        "contacts_per_second_at_peak": mean * plan.peak,
        "database_cores_at_peak": mean * plan.peak * plan.database_ms / 1000,
        "product_cores_at_peak": mean * plan.peak * plan.product_ms / 1000,
        "gigabytes_a_day": gigabytes,
        "gigabytes_a_day_and_shard": gigabytes / len(shards),
        "terabytes_kept": gigabytes * plan.days_kept / 1000,
    }


def main(arguments: Sequence[str]) -> int:
    """Prints one JSON document; returns 1 when a shard cannot bear its load."""
    plan = Plan(**json.loads(arguments[0])) if arguments else Plan()
    shards = day(plan)
    document = {
        "plan": asdict(plan),
        "totals": {name: round(value, 1) for name, value in totals(plan, shards).items()},
        "shards": [{name: round(value, 3) for name, value in asdict(shard).items()} for shard in shards],
    }
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    return int(any(shard.longest_delay > 1 for shard in shards))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
