"""What a unit of work sees of the transaction it runs in.

Hot rows are gathered and written in bulk at the end of the batch; whoever reads or writes by plain
SQL in between gets them written first, so that a unit always sees what came before it.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from daemon.domain.deliveries.lifecycle import DeliveryStatus, WebhookHealth
from daemon.domain.events.event import SubmittedEvent
from daemon.protocol import DeliveryRef
from daemon.store import statements
from daemon.store.bulk_statements import Row
from daemon.store.cipher import Cipher
from daemon.store.facts import Committed, Counted, Fact, FailuresChanged, JobChanged
from daemon.store.queries import jobs
from daemon.store.writer_memory import Memory
from daemon.util import failpoints

MINUTE = 60_000
HOUR = 3_600_000


class LostClaim(Exception):
    """An outcome whose delivery is no longer claimed by this daemon: it changes nothing."""


class Fresh(msgspec.Struct, frozen=True, gc=False):
    """An event under an id that its producer gave, with the deliveries it led to."""

    event: SubmittedEvent
    deliveries: list[DeliveryRef]


class Transaction:
    """One batch's transaction: the connection, the writer's memory, and the facts to tell."""

    def __init__(self, connection: sqlite3.Connection, memory: Memory, cipher: Cipher) -> None:
        self.connection = connection
        self.memory = memory
        self.cipher = cipher
        self.facts: list[Fact] = []
        self.tell: Callable[[Fact], None] = self.facts.append
        """Have a fact told on the loop once the batch is on disk."""
        self.fresh: dict[str, Fresh] = {}
        """Events of this batch by given id: a repeat may come in the same batch."""
        self.undo: list[Callable[[], None]] = []
        """What to do, on the writer's thread, when the batch is rolled back."""
        self.events: list[Row] = []
        self.deliveries: list[Row] = []
        self.bodies: list[Row] = []
        self.attempts: list[Row] = []
        self.outcomes: list[Row] = []
        self._counts: defaultdict[tuple[int, str], int] = defaultdict(int)
        self._series: defaultdict[tuple[int, int, str], int] = defaultdict(int)
        self._last: dict[int, int] = {}
        self._failures: set[int] = set()
        self._jobs: defaultdict[tuple[int, str], int] = defaultdict(int)
        self._moved_jobs: dict[int, None] = {}

    def seq(self) -> int:
        """The number of the next change."""
        self.memory.seq += 1
        return self.memory.seq

    def execute(self, sql: str, params: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run plain SQL after everything gathered so far."""
        self.flush()
        return self.connection.execute(sql, params)

    def count(self, webhook: int, metric: str, by: int = 1) -> None:
        """Move a lifetime count."""
        self._counts[webhook, metric] += by

    def count_at(self, webhook: int, at_ms: int, *metrics: str, by: int = 1) -> None:
        """Move lifetime counts and the series that the plots show."""
        minute = at_ms // MINUTE * MINUTE
        series = self._series
        for metric in metrics:
            series[webhook, minute, metric] += by

    def sent_at(self, webhook: int, at_ms: int) -> None:
        """Note when a webhook was last sent to."""
        if at_ms > self._last.get(webhook, 0):
            self._last[webhook] = at_ms

    def health(self, webhook: int) -> WebhookHealth:
        """The webhook's standing as this transaction sees it."""
        return self.memory.health[webhook]

    def set_consecutive_failures(self, webhook: int, consecutive_failures: int) -> None:
        """Set a webhook's streak."""
        health = self.memory.health[webhook]
        if health.consecutive_failures != consecutive_failures:
            health.consecutive_failures = consecutive_failures
            self._failures.add(webhook)

    def finish_job(self, job: int | None, status: DeliveryStatus) -> None:
        """Count a delivery that a job had started and that has ended now."""
        if job is not None:
            self.move_job(job)
            self._jobs[job, "succeeded" if status is DeliveryStatus.SUCCEEDED else "failed"] += 1

    def move_job(self, job: int) -> None:
        """Note that a job's row changes in this batch."""
        self._moved_jobs[job] = None

    def flush(self) -> None:
        """Write what was gathered, parents before children."""
        for statement, gathered in (
            (statements.EVENTS, self.events),
            (statements.DELIVERIES, self.deliveries),
            (statements.BODIES, self.bodies),
            (statements.ATTEMPTS, self.attempts),
        ):
            if gathered:
                statement.run(self.connection, gathered)
                gathered.clear()
                failpoints.hit("flush.middle")
        if self.outcomes:
            found = statements.OUTCOMES.run(self.connection, self.outcomes)
            if found != len(self.outcomes):
                raise LostClaim(f"{len(self.outcomes) - found} outcomes came without their claim")
            self.outcomes.clear()

    def finish(self) -> None:
        """Write everything that is left; the batch is ready to be committed."""
        self.flush()
        self._write_counts()
        self._write_standings()
        self._write_jobs()
        self.connection.execute(statements.META, ("seq", str(self.memory.seq)))
        self.facts.append(Committed(self.memory.seq))

    def _write_counts(self) -> None:
        spans: defaultdict[tuple[int, str, int, str], int] = defaultdict(int)
        for (webhook, minute, metric), n in self._series.items():
            self._counts[webhook, metric] += n
            spans[webhook, "minute", minute, metric] += n
            spans[webhook, "hour", minute // HOUR * HOUR, metric] += n
        totals = [(w, "total", 0, metric, n) for (w, metric), n in self._counts.items() if n]
        totals.extend((*key, n) for key, n in spans.items() if n)
        statements.COUNTERS.run(self.connection, totals)

    def _write_standings(self) -> None:
        """Whatever a webhook shows of its deliveries is a change of the webhook, too."""
        counted = dict.fromkeys(webhook for webhook, _ in self._counts)
        touched = {row: self.seq() for row in [*counted, *(self._failures - counted.keys())]}
        if not touched:
            return
        health = self.memory.health
        statements.STANDINGS.run(
            self.connection,
            [
                (row, health[row].consecutive_failures, seq, self._last.get(row, 0))
                for row, seq in touched.items()
            ],
        )
        self.facts.extend(
            FailuresChanged(row, health[row].consecutive_failures) for row in self._failures
        )
        self.facts.append(Counted(touched, dict(self._counts), self._last))

    def _write_jobs(self) -> None:
        """Count what has ended of jobs, and number the change of each that moved, once."""
        for (job, column), n in self._jobs.items():
            sql = f"UPDATE jobs SET {column} = {column} + ? WHERE id = ?"  # noqa: S608  # our words
            self.connection.execute(sql, (n, job))
        for row in self._moved_jobs:
            seq = self.seq()
            self.connection.execute("UPDATE jobs SET changed_seq = ? WHERE id = ?", (seq, row))
            moved = jobs.read(self.connection, row)
            if moved is not None:
                self.facts.append(JobChanged(seq, row, moved))
