"""A contestant of `bench.assignment`: procrastinate on the same PostgreSQL, with jobs that do nothing."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence

import procrastinate

from bench.dispatcher import serve

QUEUE = "bench"


class Procrastinate:
    """Its own worker, one job at a time, polling: a notification would wake it once for a whole batch."""

    def __init__(self) -> None:
        # Else it says two things of each job.
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        self._loop = asyncio.new_event_loop()
        # One connection, so that its backend's processor time is all there is.
        connector = procrastinate.PsycopgConnector(
            conninfo=os.environ["DATABASE_URL"], min_size=1, max_size=1
        )
        self._app = procrastinate.App(connector=connector)
        self._done = 0
        self._task = self._app.task(queue=QUEUE, name="nothing")(self._nothing)
        self._loop.run_until_complete(self._open())

    async def _nothing(self) -> None:
        self._done += 1

    async def _open(self) -> None:
        await self._app.open_async()
        if not await self._app.check_connection_async():
            await self._app.schema_manager.apply_schema_async()
        found = await self._app.connector.execute_query_one_async("SELECT pg_backend_pid() AS pid")
        self.server_pid = int(found["pid"])

    def prepare(self, number: int) -> Sequence[object]:
        return self._loop.run_until_complete(self._task.batch_defer_async(*({} for _ in range(number))))

    def run(self, _works: Sequence[object]) -> int:
        self._done = 0
        working = self._app.run_worker_async(
            queues=[QUEUE],
            wait=False,
            concurrency=1,
            listen_notify=False,
            delete_jobs="never",
            install_signal_handlers=False,
        )
        self._loop.run_until_complete(working)
        return self._done

    def tidy(self) -> None:
        """What is done stays as history, as the product's offers do."""

    def close(self) -> None:
        self._loop.run_until_complete(self._app.close_async())
        self._loop.close()


def main() -> None:
    """A line with a number in, a line of JSON out, until the input ends."""
    work = Procrastinate()
    serve("procrastinate", work)
    work.close()
