"""Three web processes, workers and sweepers, as on three hosts, with one PostgreSQL and one Valkey."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from acdconfig.sweeper import LEADER_LOCK, SHARD_STEP
from launcher.home import CHECKOUT
from launcher.product import product_programs, serves_http
from launcher.valkey import choose_port
from tests.product.crowd import Customers, Figures, RandomAgent
from tests.product.floor import Floor, open_floors
from tests.product.nexmo import FakeNexmo
from tests.product.product import Product, children_of, running, until
from tests.product.test_load import LIMIT, check_log, check_texts, open_contacts

pytestmark = [pytest.mark.product, pytest.mark.alone]

HOSTS = 3
CUSTOMERS, ROUNDS, PER_SECOND = 60, 4, 6.0
AGENTS = 8
DRAIN_SECONDS = 90.0
TAKE_OVER_SECONDS = 4.0


def environment_of(pid: int) -> dict[str, str]:
    """The variables that a process was started with."""
    listed = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(one.split("=", 1) for one in listed if one)


class Hosts:
    """The processes of two hosts more, beside those that the launcher started."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.started: dict[str, subprocess.Popen[bytes]] = {}
        self.urls = [product.url]
        facts = product.facts()
        ports: list[int] = []
        for number in range(2, HOSTS + 1):
            port = choose_port()
            environment = environment_of(product.pids()["web"]) | {"PORT": str(port)}
            programs = {one.name: one for one in product_programs(environment, port, facts["socket_port"])}
            # The launcher's own two sweepers are two of the three.
            names = ["web", "worker", "worker-bulk", *(["sweeper-1"] if number == HOSTS else [])]
            for name in names:
                command = [*programs[name].command]
                if "-n" in command:
                    command += ["-n", f"{name}-{number}@%h"]
                self.started[f"{name}-{number}"] = subprocess.Popen(
                    command,
                    cwd=CHECKOUT,
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            ports.append(port)
        for port in ports:
            self.urls.append(f"http://127.0.0.1:{port}")
            until(lambda port=port: serves_http(port), 120, f"the web process at {port}")  # type: ignore[misc]  # bound now

    def stop(self) -> None:
        for process in self.started.values():
            process.send_signal(signal.SIGTERM)
        for process in self.started.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def three_hosts(nexmo: FakeNexmo) -> Iterator[tuple[Product, Hosts]]:
    with running(VONAGE_REST_URL=nexmo.url, SWEEPER_SHARDS=str(HOSTS)) as product:
        hosts = Hosts(product)
        try:
            yield product, hosts
        finally:
            hosts.stop()


def leaders(product: Product) -> dict[int, int]:
    """The backend that leads each shard."""
    rows = product.rows(
        "SELECT (objid::bigint - %(first)s) / %(step)s, pid FROM pg_locks "
        "WHERE locktype = 'advisory' AND granted AND classid = 0 AND objsubid = 1 "
        "AND (objid::bigint - %(first)s) %% %(step)s = 0 AND objid::bigint >= %(first)s "
        "AND (objid::bigint - %(first)s) / %(step)s < %(shards)s",
        {"first": LEADER_LOCK, "step": SHARD_STEP, "shards": HOSTS},
    )
    return {int(shard): int(pid) for shard, pid in rows}


def test_three_hosts_share_the_work_and_outlive_one(nexmo: FakeNexmo):
    with three_hosts(nexmo) as (product, hosts):
        until(lambda: len(set(leaders(product).values())) == HOSTS, 60, "each sweeper leads one shard")
        floors = open_floors(product, count=HOSTS, agents=AGENTS, limit=LIMIT, timeout=15)
        # A provider's calls go to the web process of one host, as behind a balancer.
        floors = [
            replace(floor, inbound=floor.inbound.replace(product.url, url))
            for floor, url in zip(floors, hosts.urls, strict=True)
        ]
        assert len({floor.inbound.partition("/webhooks")[0] for floor in floors}) == HOSTS
        figures = Figures()
        customers = [Customers(floor, random.Random(number), figures) for number, floor in enumerate(floors)]
        asyncio.run(rush(product, hosts, floors, customers, figures))
        assert figures.errors[:10] == []
        for floor, some in zip(floors, customers, strict=True):
            check_texts(product, floor, some)
            check_log(product, floor)
        check_done_once(product)


async def rush(
    product: Product, hosts: Hosts, floors: Sequence[Floor], customers: Sequence[Customers], figures: Figures
) -> None:
    stop = asyncio.Event()
    staff = [
        RandomAgent(SimpleNamespace(url=url), seat, random.Random(seat["id"]), figures)  # type: ignore[arg-type]  # the address is all he needs
        for floor, url in zip(floors, hosts.urls, strict=True)
        for seat in floor.agents
    ]
    async with asyncio.TaskGroup() as group:
        for agent in staff:
            group.create_task(agent.work(stop))
        await asyncio.sleep(1)
        texting = [
            asyncio.create_task(one.text_all(customers=CUSTOMERS, rounds=ROUNDS, per_second=PER_SECOND))
            for one in customers
        ]
        await asyncio.sleep(CUSTOMERS * ROUNDS / PER_SECOND / 2)
        await asyncio.to_thread(kill_a_host, product, hosts)
        await asyncio.gather(*texting)
        for agent in staff:
            agent.is_diligent = True
        began = time.monotonic()
        while time.monotonic() - began < DRAIN_SECONDS:
            if not sum([open_contacts(product, floor) for floor in floors]):
                break
            await asyncio.sleep(0.5)
        stop.set()


def kill_a_host(product: Product, hosts: Hosts) -> None:
    """`kill -9` of a sweeper and of a worker with its processes; another leads its shard within seconds."""
    lost = leaders(product)
    for name in (f"sweeper-1-{HOSTS}", f"worker-{HOSTS}"):
        process = hosts.started.pop(name)
        for pid in (process.pid, *children_of(process.pid)):
            os.kill(pid, signal.SIGKILL)
        process.wait()

    def is_led_by_others() -> Any:
        now = leaders(product)
        return len(now) == HOSTS and len(set(now.values())) == HOSTS - 1

    until(is_led_by_others, TAKE_OVER_SECONDS, f"two lead all shards; before: {lost}")


def check_done_once(product: Product) -> None:
    """Each offer that expired was settled by one sweeper: one entry of the log, one refusal counted."""
    rows = product.rows(
        "SELECT o.id, (SELECT count(*) FROM contacts_contactevent e WHERE e.contact_id = o.contact_id "
        "AND e.kind = 'offer_expired' AND (e.data->>'offer')::bigint = o.id) "
        "FROM routing_offer o WHERE o.state = 'expired'"
    )
    assert rows
    assert {number for _offer, number in rows} == {1}
