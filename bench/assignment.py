"""What an assignment costs: the product's dispatcher against a bare dequeue, and against its own backlog.

Each contestant is a process of its own with a database of its own (a copy of one that was filled once), which
stands ready and does a batch when it is told to. Batches of all contestants come in turn, in random order, so
that whatever else the machine does falls on all of them; figures are the medians and quartiles of the ratios
of the batches of one round. CPU is that of the dispatching process and of its connection's backend.

An assignment is `offer_next`: lock the agent, read the heads of his lanes, claim the first, write offer, log,
record, load, feed. Batched it is `offer_to_each`, to many agents in one transaction. What makes room for it
again (offers are taken back, the queue is filled up) is done between batches and is not counted; the bare
dequeue claims a row of a table of jobs and is filled up too.

Beside them, as context, two known queues with jobs that do nothing: procrastinate on the same PostgreSQL and
BullMQ on the product's Valkey, each with its own worker and one job at a time. A job of theirs is taken and
marked as done; nobody is chosen, nothing is locked, recorded or told.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from bench.report import Row

FULL = {
    "rounds": 15,
    "batch": 200,
    "small": 1_000,
    "large": 1_000_000,
    "skills": 200,
    "agents": 10_000,
    "few_ready": 100,
    "many_ready": 100_000,
    "snapshot_seconds": 60,
}
SMOKE = {
    "rounds": 3,
    "batch": 20,
    "small": 200,
    "large": 5_000,
    "skills": 20,
    "agents": 200,
    "few_ready": 20,
    "many_ready": 2_000,
    "snapshot_seconds": 2,
}
BARE_GOAL = 0.5
BATCHED_GOAL = 2_000
BATCHES = 5
"""Of the batched dispatcher in a round: after a burst of recorded decisions comes the rate that lasts."""
FLAT_GOAL = 1.2
DISPATCHERS = (1, 2, 4)


def sizes() -> dict[str, int]:
    """BENCH_SMOKE=1 makes everything small, to see that it works; BENCH_ROUNDS, BENCH_LARGE … change one."""
    size = SMOKE if os.environ.get("BENCH_SMOKE") else FULL
    return {name: int(os.environ.get(f"BENCH_{name.upper()}", number)) for name, number in size.items()}


def _in_shell(module: str) -> list[str]:
    return [sys.executable, "manage.py", "shell", "-v0", "-c", f"from {module} import main; main()"]


DISPATCHER = _in_shell("bench.dispatcher")
PROCRASTINATE = _in_shell("bench.context.procrastinate_jobs")


@dataclass
class Contestant:
    """A process that does batches of one kind of work in one database."""

    name: str
    database: str
    work: str
    times: int = 1
    command: Sequence[str] = field(default_factory=lambda: DISPATCHER)
    """How many times as much as the others it does in a round."""

    process: subprocess.Popen[str] | None = None
    batches: list[dict[str, float]] = field(default_factory=list)

    def start(self, server: str, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            self.command,
            env=os.environ
            | environment
            | {"DATABASE_URL": server.format(self.database), "BENCH_WORK": self.work},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, number: int) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, float]:
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the contestant {self.name!r} has failed")
        return dict(json.loads(line))

    def do(self, number: int) -> dict[str, float]:
        """One batch: {"wall", "cpu", "server_cpu"} in microseconds for each assignment, and "done"."""
        self.tell(number * self.times)
        return self.answer()

    def stop(self) -> None:
        if self.process is not None:
            assert self.process.stdin is not None
            self.process.stdin.close()
            self.process.wait()


@contextmanager
def copies(server: str, template: str, names: Sequence[str]) -> Iterator[None]:
    """Databases that begin as the template."""
    with psycopg.connect(server.format("postgres"), autocommit=True) as admin:
        for name in names:
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield
        finally:
            for name in names:
                admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def interleaved(contestants: Sequence[Contestant], *, rounds: int, batch: int, chance: random.Random) -> None:
    """One batch of each in every round, in another order each time; the first round warms up."""
    for turn in range(rounds + 1):
        for contestant in chance.sample(list(contestants), len(contestants)):
            done = contestant.do(batch)
            if turn:
                contestant.batches.append(done)
        print(f"round {turn} of {rounds}", file=sys.stderr, flush=True)


def measure(environment: dict[str, str]) -> list[Row]:
    """Runs against the PostgreSQL of `environment`, whose database is migrated and has the demo."""
    size, chance = sizes(), random.Random(7)
    parts = urlsplit(environment["DATABASE_URL"])
    name, server = parts.path[1:], parts._replace(path="/{}").geturl()
    kinds = {
        "small": {"backlog": size["small"], "agents": size["agents"], "skills": size["skills"]},
        "large": {"backlog": size["large"], "agents": size["agents"], "skills": size["skills"]},
        "few": {"backlog": 0, "agents": size["few_ready"], "skills": 1, "ready": 1},
        "many": {"backlog": 0, "agents": size["many_ready"], "skills": 1, "ready": 1},
        "hot": {"backlog": size["large"] // 10, "agents": size["agents"], "skills": 1},
    }
    with ExitStack() as stack:
        stack.enter_context(copies(server, name, list(kinds)))
        for database, kind in kinds.items():
            began = time.monotonic()
            _fill(environment, server.format(database), kind)
            took = time.monotonic() - began
            print(f"{database}: filled in {took:.0f} s", file=sys.stderr, flush=True)
        return _measured(environment, server, stack, chance, size)


def _fill(environment: dict[str, str], url: str, kind: Mapping[str, int]) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", "from bench.dispatcher import fill; fill()"],
        env=os.environ | environment | {"DATABASE_URL": url, "BENCH_FILL": json.dumps(kind)},
        check=True,
        stdout=sys.stderr,
    )


def _measured(
    environment: dict[str, str], server: str, stack: ExitStack, chance: random.Random, size: Mapping[str, int]
) -> list[Row]:
    def contestant(
        label: str, database: str, work: str, *, times: int = 1, command: Sequence[str] = DISPATCHER
    ) -> Contestant:
        made = Contestant(label, database, work, times, command)
        made.start(server, environment)
        stack.callback(made.stop)
        return made

    small = contestant(f"dispatcher, {size['small']:,} waiting", "small", "offer")
    large = contestant(f"dispatcher, {size['large']:,} waiting", "large", "offer")
    bare = contestant(f"bare dequeue, {size['small']:,} waiting", "small", "bare")
    unsafe = contestant("bare dequeue, not waiting for the disk", "small", "bare_async")
    batched = contestant(
        f"dispatcher, {size['large']:,} waiting, batched", "large", "offer_batched", times=BATCHES
    )
    few = contestant(f"contact to agent, {size['few_ready']:,} ready", "few", "contact")
    many = contestant(f"contact to agent, {size['many_ready']:,} ready", "many", "contact")
    hot = contestant(f"one skill, {size['agents']:,} agents", "hot", "offer")
    every = [small, large, bare, unsafe, batched, few, many, hot]
    every.append(contestant("procrastinate, jobs that do nothing", "small", "", command=PROCRASTINATE))
    bullmq = [_node(), "bench/context/bullmq.mjs"]
    every.append(contestant("BullMQ, jobs that do nothing", "small", "", command=bullmq))
    interleaved(every, rounds=size["rounds"], batch=size["batch"], chance=chance)
    rows = [_row(one) for one in every]
    rows += [
        _ratio("dispatcher / bare dequeue, rate", bare, small, "wall", least=BARE_GOAL),
        _ratio("dispatcher / bare, neither waiting for the disk", unsafe, small, "wall"),
        _batched(batched),
        _ratio(f"{size['large']:,} / {size['small']:,} waiting, CPU", large, small, "total", most=FLAT_GOAL),
        _ratio(f"{size['large']:,} / {size['small']:,} waiting, time", large, small, "wall"),
        _ratio(
            f"{size['many_ready']:,} / {size['few_ready']:,} ready, CPU", many, few, "total", most=FLAT_GOAL
        ),
        _ratio(f"{size['many_ready']:,} / {size['few_ready']:,} ready, time", many, few, "wall"),
        _ratio("one hot skill / 200 skills, CPU", hot, large, "total"),
    ]
    more = [large, *(contestant(f"dispatcher {number}", "large", "offer") for number in range(2, 5))]
    for one in more:
        one.do(size["batch"])
    rows += _together(more, size)
    rows += _held_back(small, bare, server, size)
    return rows


def _node() -> str:
    """The machine's Node.js, or the one that set-up put into the environment."""
    return shutil.which("node") or str(Path(sys.executable).with_name("node"))


def _row(contestant: Contestant) -> Row:
    rates = [1e6 / one["wall"] for one in contestant.batches]
    low, middle, high = statistics.quantiles(rates, n=4)
    cpu = statistics.median(one["cpu"] for one in contestant.batches)
    server = statistics.median(one["server_cpu"] for one in contestant.batches)
    detail = f"CPU us per assignment: process {cpu:.0f}, its server {server:.0f}"
    return Row(contestant.name, middle, quartiles=(low, high), detail=detail, unit="/s")


def _of(batch: Mapping[str, float], what: str) -> float:
    return batch["cpu"] + batch["server_cpu"] if what == "total" else batch[what]


def _ratio(
    name: str,
    over: Contestant,
    under: Contestant,
    what: str,
    *,
    most: float | None = None,
    least: float | None = None,
) -> Row:
    """Of the batches of one round: the cost of one by that of the other."""
    ratios = [
        _of(one, what) / _of(other, what) for one, other in zip(over.batches, under.batches, strict=True)
    ]
    low, middle, high = statistics.quantiles(ratios, n=4)
    goal, passed = "", None
    if most is not None:
        goal, passed = f"<= {most}", middle <= most
    if least is not None:
        goal, passed = f">= {least}", middle >= least
    return Row(name, middle, quartiles=(low, high), goal=goal, passed=passed)


def _batched(contestant: Contestant) -> Row:
    rate = statistics.median(1e6 / one["wall"] for one in contestant.batches)
    return Row(
        "dispatcher, to many agents in one commit",
        rate,
        goal=f">= {BATCHED_GOAL}",
        passed=rate >= BATCHED_GOAL,
        unit="/s",
    )


def _together(contestants: Sequence[Contestant], size: Mapping[str, int]) -> list[Row]:
    """So many dispatchers at once in the database with the large backlog."""
    rows = []
    for number in DISPATCHERS:
        rates = []
        for _turn in range(max(3, size["rounds"] // 3)):
            some = contestants[:number]
            for one in some:
                one.tell(size["batch"])
            # Each measures its own batch; together they do the sum of their rates.
            rates.append(sum(1e6 / one.answer()["wall"] for one in some))
        low, middle, high = statistics.quantiles(rates, n=4)
        rows.append(Row(f"{number} dispatchers at once", middle, quartiles=(low, high), unit="/s"))
    return rows


def _held_back(dispatcher: Contestant, bare: Contestant, server: str, size: Mapping[str, int]) -> list[Row]:
    """While a snapshot stays open nothing that was deleted or updated is cleared away."""
    rows = []
    for contestant in (dispatcher, bare):
        before = [contestant.do(size["batch"])["wall"] for _turn in range(3)]
        with psycopg.connect(server.format(contestant.database)) as reader:
            reader.execute("SET idle_in_transaction_session_timeout = 0")
            reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            reader.execute("SELECT count(*) FROM contacts_lane")
            walls: list[float] = []
            until = time.monotonic() + size["snapshot_seconds"]
            while time.monotonic() < until:
                walls.append(contestant.do(size["batch"])["wall"])
            dead = _dead(server.format(contestant.database))
        after = [contestant.do(size["batch"])["wall"] for _turn in range(3)]
        last = statistics.median(walls[-3:])
        rows.append(
            Row(
                f"{contestant.name}: rate after {size['snapshot_seconds']} s of a snapshot",
                statistics.median(before) / last,
                detail=f"{len(walls) * size['batch']} assignments, {dead} dead rows, "
                f"{statistics.median(before) / statistics.median(after):.2f} right behind it",
            )
        )
    return rows


def _dead(url: str) -> int:
    with psycopg.connect(url) as asking:
        found: Any = asking.execute("SELECT sum(n_dead_tup) FROM pg_stat_user_tables").fetchone()
    return int(found[0] or 0)
