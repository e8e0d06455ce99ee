"""Bulk retries and replays as they run: some rows a step, at a rate, until all are started.

What a job has done stands in the store with every step; here is only who drives it. A restart
drives on what ran.
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
from daemon.store.facts import JobChanged
from daemon.store.queries import job_steps, jobs
from daemon.store.queries.index_scans import ScanSearch
from daemon.store.queries.job_steps import RunningJob
from daemon.store.writer import Writer
from daemon.util import failpoints
from daemon.util.clock import Clock
from daemon.util.tasks import Tasks

log = logging.getLogger(__name__)

STEP = 100
"""Deliveries that one transaction starts, so that events get in between."""
AGAIN = 2.0
"""Seconds until a step is tried again that the store had to refuse (a full disk, say)."""
BREATH = 0.05
"""Seconds between the steps of a job without a rate."""

T = TypeVar("T")


class JobService:
    """Starts jobs, drives them, and ends them when all that they started has ended."""

    def __init__(
        self, *, writer: Writer, readers: Readers, registry: Registry, clock: Clock
    ) -> None:
        self._writer = writer
        self._readers = readers
        self._registry = registry
        self._clock = clock
        self._tasks = Tasks()
        self._moved: dict[int, asyncio.Event] = {}

    async def resume(self) -> None:
        """Drive on what ran when the daemon ended."""
        for job in await self._readers.run(job_steps.running):
            self._drive(job.row)

    async def close(self) -> None:
        """Stop driving; the jobs go on at the next start."""
        await self._tasks.close()

    async def count_retry(self, *, text: str) -> int:
        """How many deliveries a bulk retry of this filter would start now."""
        wanted = parse_filter(text, now_ms=self._clock.now_ms())
        return (await self._surveyed(None, wanted))[0]

    async def start_retry(
        self, *, text: str, limit: int | None, rate: float | None, caller: Caller
    ) -> tuple[str, int]:
        """Retry every delivery of a filter that failed or was discarded; the job's id, how many.

        `rate` is deliveries a second. Relative times in the filter count from now, for good.
        """
        wanted = parse_filter(text, now_ms=self._clock.now_ms())
        return await self._start("retry", None, wanted, limit, rate, caller)

    async def count_replay(
        self, *, webhook: str, since_ms: int | None, until_ms: int, text: str
    ) -> int:
        """How many events a replay would send again now."""
        row, wanted = self._replayed(webhook, since_ms, until_ms, text)
        return (await self._surveyed(row, wanted))[0]

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
        """Send a webhook again what it missed in a span of time; the job's id, how many events."""
        row, wanted = self._replayed(webhook, since_ms, until_ms, text)
        record = self._registry.webhook_of(row)
        if record.blocked_reason is not None:
            raise conflict(
                f"webhook {record.config.name!r} is {record.blocked_reason};"
                " activate it before a replay"
            )
        return await self._start("replay", row, wanted, limit, rate, caller)

    async def cancel(self, uid: str, caller: Caller) -> None:
        """Start nothing more of a job; what has started goes on."""
        job = await self._readers.run(lambda db: jobs.row_of(db, uid))
        if job is None:
            raise not_found("job", uid)
        await self._writer.submit(EndJob(job, "cancelled", self._clock.now_ms(), caller))

    def changed(self, fact: JobChanged) -> None:
        """A job's numbers moved: whoever drives it may find it finished."""
        if (moved := self._moved.get(fact.row)) is not None:
            moved.set()

    def _replayed(
        self, webhook: str, since_ms: int | None, until_ms: int, text: str
    ) -> tuple[int, Filter]:
        entry = self._registry.find(webhook)
        if entry is None:
            raise not_found("webhook", webhook)
        wanted = parse_filter(text, now_ms=self._clock.now_ms())
        return entry.webhook.row, conjunction(wanted, Filter((), since_ms, until_ms))

    async def _start(
        self,
        kind: str,
        webhook: int | None,
        wanted: Filter,
        limit: int | None,
        rate: float | None,
        caller: Caller,
    ) -> tuple[str, int]:
        matched, last = await self._surveyed(webhook, wanted)
        new = NewJob(kind, format_filter(wanted), matched, last, webhook, limit, rate)
        row, uid = await self._writer.submit(StartJob(new, caller, self._clock.now_ms()))
        self._drive(row)
        return uid, matched

    async def _surveyed(self, webhook: int | None, wanted: Filter) -> tuple[int, int]:
        """How many match, and up to which change was looked."""

        def survey(db: Database) -> tuple[int, int]:
            last = last_seq(db)
            return job_steps.matching(db, self._search(db, webhook, wanted, last)), last

        return await self._readers.run(survey, aside=True)

    def _search(self, db: Database, webhook: int | None, wanted: Filter, last: int) -> ScanSearch:
        rows_named = self._registry.rows_named
        if webhook is None:
            return job_steps.to_retry(db, wanted, rows_named, last)
        return job_steps.to_replay(db, webhook, wanted, rows_named, last)

    def _drive(self, row: int) -> None:
        self._moved[row] = asyncio.Event()
        self._tasks.spawn(self._see_through(row), f"job {row}")

    async def _see_through(self, row: int) -> None:
        """Bring a job to its end, however often the store has to refuse meanwhile."""
        try:
            while True:
                try:
                    await self._run(row)
                except Refusal as refusal:
                    log.warning("a job waits: %s", refusal)
                    await asyncio.sleep(AGAIN)
                else:
                    return
        finally:
            self._moved.pop(row, None)

    async def _run(self, row: int) -> None:
        """Start everything, then wait until all of it has ended. Goes on where it was."""
        while (job := await self._current(row)) is not None:
            self._moved[row].clear()
            if not await self._step(job):
                break
        while (job := await self._current(row)) is not None:
            if job.succeeded + job.failed >= job.started:
                failpoints.hit("job.ending")
                await self._writer.submit(EndJob(row, "done", self._clock.now_ms()))
                break
            await self._moved[row].wait()
            self._moved[row].clear()

    async def _current(self, row: int) -> RunningJob | None:
        return await self._readers.run(lambda db: job_steps.running_job(db, row))

    async def _step(self, job: RunningJob) -> bool:
        """Start some; False when nothing is left to start."""
        size = STEP if job.rate is None else max(1, min(STEP, int(job.rate / 4)))
        if job.most is not None:
            size = min(size, job.most - job.started)
        if size <= 0:
            return False
        wanted = parse_filter(job.filter, now_ms=self._clock.now_ms())

        def find(db: Database) -> job_steps.JobStep:
            search = self._search(db, job.webhook, wanted, job.last)
            return job_steps.step(db, search, job.place, size)

        found = await self._readers.run(find, aside=wanted.has_words)
        if found.rows or found.more:  # a search for words may have passed many and found none
            unit = RetryStep if job.webhook is None else ReplayStep
            now_ms = self._clock.now_ms()
            if not await self._writer.submit(unit(job.row, found.rows, found.place, now_ms)):
                return False
            failpoints.hit("job.step")
            await asyncio.sleep(BREATH if job.rate is None else len(found.rows) / job.rate)
        return found.more
