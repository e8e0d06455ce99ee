"""Jobs on the stream of changes: read again from the store when their numbers moved."""

import asyncio
from functools import partial

from daemon.changes import ChangeHub
from daemon.store.database import Database, Readers
from daemon.store.facts import JobChanged
from daemon.store.queries import jobs
from daemon.tasks import Tasks
from daemon.wire import Job

PAUSE = 0.1
"""Seconds between two readings: a job that runs moves with every delivery."""


class JobNews:
    """Publishes jobs that changed, each once for all that happened to it meanwhile."""

    def __init__(self, readers: Readers, hub: ChangeHub) -> None:
        self._readers = readers
        self._hub = hub
        self._rows: set[int] = set()
        self._tasks = Tasks()
        self._reading = False

    def changed(self, fact: JobChanged) -> None:
        """A job was started or moved on."""
        self._rows.add(fact.row)
        if not self._reading:
            self._reading = True
            self._tasks.spawn(self._publish(), "job news")

    async def close(self) -> None:
        """Publish nothing more."""
        await self._tasks.close()

    async def _publish(self) -> None:
        try:
            while self._rows:
                rows, self._rows = self._rows, set()
                for job in await self._readers.run(partial(_read, rows)):
                    # The number of now, not of the change: so lines keep the order of numbers.
                    self._hub.publish(self._hub.seq, "job", job.id, partial(_itself, job))
                await asyncio.sleep(PAUSE)
        finally:
            self._reading = False


def _read(rows: set[int], db: Database) -> list[Job]:
    found = (jobs.by_row(db, row) for row in rows)
    return [job for job in found if job is not None]


def _itself(job: Job, urls: bool) -> Job:  # noqa: ARG001, FBT001  # as `ChangeHub.publish` calls it
    return job
