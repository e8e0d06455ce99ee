"""Jobs: bulk retries and replays (rules.md §3), started in steps, at a rate, until all have ended.

A bulk retry of 250 failed deliveries at 40 a second, for example:

    start     count the matching deliveries (250); store the count and the number of the last change
    steps     10 deliveries a step (a quarter of the rate), each found after the last position and
              retried in one transaction with the job's own progress
    waiting   until every delivery that was started has succeeded or failed
    end       the job is `done`

Only deliveries that matched at the start are retried: the search stops at that last change. Each
step stores its progress, so a job continues after a restart.
"""

import asyncio
import logging
from typing import TypeVar

from daemon.domain.filters.parser import Filter, conjunction, format_filter, parse_filter
from daemon.protocol.caller import Caller
from daemon.protocol.refusal import Refusal, conflict, not_found
from daemon.services.registry import Registry
from daemon.store.commands.jobs import EndJob, NewJob, ReplayStep, RetryStep, StartJob
from daemon.store.database import Database, Readers, last_seq
from daemon.store.errors import StoreError
from daemon.store.facts import JobChanged
from daemon.store.queries import jobs
from daemon.store.queries.index_scans import ScanSearch
from daemon.store.queries.jobs import RunningJob
from daemon.store.queries.pages import count_all
from daemon.store.writer import Writer
from daemon.util import failpoints
from daemon.util.clock import Clock
from daemon.util.tasks import Tasks

log = logging.getLogger(__name__)

STEP = 100
"""The most deliveries that one transaction starts; between transactions, events are accepted."""
RETRY_SECONDS = 2.0
"""Seconds until a step that the store refused (e.g. a full disk) is tried again."""
STEP_PAUSE = 0.05
"""Seconds between the steps of a job without a rate."""

T = TypeVar("T")


class JobService:
    """Starts and cancels jobs, and runs each until all that it started has ended."""

    def __init__(
        self, *, writer: Writer, readers: Readers, registry: Registry, clock: Clock
    ) -> None:
        self._writer = writer
        self._readers = readers
        self._registry = registry
        self._clock = clock
        self._tasks = Tasks()
        self._progress: dict[int, asyncio.Event] = {}

    async def resume(self) -> None:
        """Continue the jobs that ran when the daemon ended."""
        for job in await self._readers.run(jobs.running):
            self._run_in_background(job.row)

    async def close(self) -> None:
        """Stop running jobs; they continue at the next start."""
        await self._tasks.close()

    async def count_retry(self, *, text: str) -> int:
        """How many deliveries a bulk retry of this filter would start now."""
        filter_ = parse_filter(text, now_ms=self._clock.now_ms())
        return (await self._count_matching(None, filter_))[0]

    async def start_retry(
        self, *, text: str, limit: int | None, rate: float | None, caller: Caller
    ) -> tuple[str, int]:
        """Retry each failed or discarded delivery of a filter; the job's id, how many match.

        `rate` is deliveries a second. Relative times in the filter are fixed now.
        """
        filter_ = parse_filter(text, now_ms=self._clock.now_ms())
        return await self._start("retry", None, filter_, limit, rate, caller)

    async def count_replay(
        self, *, webhook: str, since_ms: int | None, until_ms: int, text: str
    ) -> int:
        """How many events a replay would send again now."""
        row, filter_ = self._replayed(webhook, since_ms, until_ms, text)
        return (await self._count_matching(row, filter_))[0]

    async def start_replay(
        self,
        *,
        webhook: str,
        since_ms: int | None,
        until_ms: int,
        text: str,
        limit: int | None,
        rate: float | None,
        caller: Caller,
    ) -> tuple[str, int]:
        """Send a webhook the events that it missed in a span; the job's id, how many match."""
        row, filter_ = self._replayed(webhook, since_ms, until_ms, text)
        record = self._registry.webhook_of(row)
        if record.blocked_reason is not None:
            raise conflict(
                f"webhook {record.config.name!r} is {record.blocked_reason};"
                " activate it before a replay"
            )
        return await self._start("replay", row, filter_, limit, rate, caller)

    async def cancel(self, uid: str, caller: Caller) -> None:
        """Cancel a job: it starts no further deliveries; those that it started go on."""
        job = await self._readers.run(lambda db: jobs.row_of(db, uid))
        if job is None:
            raise not_found("job", uid)
        await self._writer.submit(EndJob(job, "cancelled", self._clock.now_ms(), caller))

    def changed(self, fact: JobChanged) -> None:
        """Wake the job whose numbers changed: all of its deliveries may have ended."""
        if (progress := self._progress.get(fact.row)) is not None:
            progress.set()

    def _replayed(
        self, webhook: str, since_ms: int | None, until_ms: int, text: str
    ) -> tuple[int, Filter]:
        entry = self._registry.find(webhook)
        if entry is None:
            raise not_found("webhook", webhook)
        filter_ = parse_filter(text, now_ms=self._clock.now_ms())
        return entry.webhook.row, conjunction(filter_, Filter((), since_ms, until_ms))

    async def _start(
        self,
        kind: str,
        webhook: int | None,
        filter_: Filter,
        limit: int | None,
        rate: float | None,
        caller: Caller,
    ) -> tuple[str, int]:
        matched, last = await self._count_matching(webhook, filter_)
        new = NewJob(kind, format_filter(filter_), matched, last, webhook, limit, rate)
        row, uid = await self._writer.submit(StartJob(new, caller, self._clock.now_ms()))
        self._run_in_background(row)
        return uid, matched

    async def _count_matching(self, webhook: int | None, filter_: Filter) -> tuple[int, int]:
        """How many match, and the number of the last change that was searched."""

        def count(db: Database) -> tuple[int, int]:
            last = last_seq(db)
            return count_all(db, self._search(db, webhook, filter_, last)), last

        return await self._readers.run(count, slow=True)

    def _search(self, db: Database, webhook: int | None, filter_: Filter, last: int) -> ScanSearch:
        rows_named = self._registry.rows_named
        if webhook is None:
            return jobs.to_retry(db, filter_, rows_named, last)
        return jobs.to_replay(db, webhook, filter_, rows_named, last)

    def _run_in_background(self, row: int) -> None:
        self._progress[row] = asyncio.Event()
        self._tasks.spawn(self._run_to_end(row), f"job {row}")

    async def _run_to_end(self, row: int) -> None:
        """Run a job to its end; a step that the store refuses is tried again."""
        try:
            while True:
                try:
                    await self._run(row)
                except (Refusal, StoreError) as error:
                    log.warning("a job waits: %s", error)
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    return
        finally:
            self._progress.pop(row, None)

    async def _run(self, row: int) -> None:
        """Start the remaining deliveries, then wait until all have ended."""
        while (job := await self._current(row)) is not None:
            self._progress[row].clear()
            if not await self._step(job):
                break
        while (job := await self._current(row)) is not None:
            if job.succeeded + job.failed >= job.started:
                failpoints.hit("job.ending")
                await self._writer.submit(EndJob(row, "done", self._clock.now_ms()))
                break
            await self._progress[row].wait()
            self._progress[row].clear()

    async def _current(self, row: int) -> RunningJob | None:
        return await self._readers.run(lambda db: jobs.running_job(db, row))

    async def _step(self, job: RunningJob) -> bool:
        """Start one step's deliveries; False when nothing is left to start."""
        size = STEP if job.rate is None else max(1, min(STEP, int(job.rate / 4)))
        if job.most is not None:
            size = min(size, job.most - job.started)
        if size <= 0:
            return False
        filter_ = parse_filter(job.filter, now_ms=self._clock.now_ms())

        def find(db: Database) -> jobs.JobStep:
            search = self._search(db, job.webhook, filter_, job.last)
            return jobs.step(db, search, job.cursor, size)

        found = await self._readers.run(find, slow=filter_.has_words)
        if found.rows or found.more:  # a search for text may have passed many rows and found none
            command = RetryStep if job.webhook is None else ReplayStep
            now_ms = self._clock.now_ms()
            if not await self._writer.submit(command(job.row, found.rows, found.cursor, now_ms)):
                return False
            failpoints.hit("job.step")
            await asyncio.sleep(STEP_PAUSE if job.rate is None else len(found.rows) / job.rate)
        return found.more
