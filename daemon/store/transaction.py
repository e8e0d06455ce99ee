"""`Transaction`: one batch's transaction, as its commands see it.

Hot rows are gathered here and written in bulk at the end of the batch, or before a query of the
same batch, so that a command always sees the changes of the commands before it.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import msgspec
from peewee import BaseQuery, SqliteDatabase

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.domain.events.event import SubmittedEvent
from daemon.protocol import DeliveryRef
from daemon.store import statements
from daemon.store.cipher import Cipher
from daemon.store.delivery_rows import by_row, columns_of, fetch, select_deliveries
from daemon.store.dialect.sqlite import Row, connection_of
from daemon.store.errors import NotFound
from daemon.store.facts import (
    Committed,
    Counted,
    DeliveryChanged,
    Fact,
    FailuresChanged,
    JobChanged,
)
from daemon.store.models import DeliveryModel, JobModel
from daemon.store.queries import jobs
from daemon.store.records import DeliveryRecord
from daemon.store.writer_memory import Memory
from daemon.util import failpoints

MINUTE = 60_000
HOUR = 3_600_000


class LostClaim(Exception):
    """This daemon no longer has the claim of an outcome's delivery; the outcome is not written."""


class Fresh(msgspec.Struct, frozen=True, gc=False):
    """An event whose producer gave the id, with its deliveries."""

    event: SubmittedEvent
    deliveries: list[DeliveryRef]


class Transaction:
    """One batch's transaction: the connection, the writer's memory, and the facts to publish.

    A command does three things with it. It reads and writes: `tx.run(query)` for a query of
    Peewee's, `tx.deliveries.append(row)` and the like for hot rows. It changes `tx.memory`, which
    is read again from the tables when the batch is rolled back. It publishes its changes:

        seq = tx.seq()                          # the number of this change, for /v1/watch
        tx.outcomes.append(row)                 # the row carries the number, too
        tx.publish(DeliveryChanged(seq, after)) # a fact: handed to the loop after the commit
    """

    def __init__(self, db: SqliteDatabase, memory: Memory, cipher: Cipher) -> None:
        self.db = db
        self.connection: sqlite3.Connection = connection_of(db)
        self.memory = memory
        self.cipher = cipher
        self.facts: list[Fact] = []
        self.publish: Callable[[Fact], None] = self.facts.append
        """Pass a fact to the loop once the batch is on disk."""
        self.fresh: dict[str, Fresh] = {}
        """Events of this batch by given id: a repeat may come in the same batch."""
        self.undo: list[Callable[[], None]] = []
        """Functions that run on the writer's thread when the batch is rolled back."""
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

    def run(self, query: BaseQuery) -> Any:
        """Write the gathered rows, then run a query of Peewee's."""
        self.flush()
        return query.execute(self.db)

    def delivery(self, uid: str) -> DeliveryRecord:
        """The delivery with this id, as this transaction sees it. Raises NotFound."""
        self.flush()
        found = fetch(self.db, select_deliveries(DeliveryModel.uid == uid))
        if not found:
            raise NotFound("delivery", uid)
        return found[0]

    def change_delivery(self, before: DeliveryRecord, **changes: Any) -> DeliveryRecord:
        """Write some fields of a delivery, and publish its new state.

        Only for a change that invalidates records in memory: it increases `lease_seq`, as a manual
        retry does. Other changes use `amend`.
        """
        self.flush()
        after = msgspec.structs.replace(before, **changes)
        seq = self.seq()
        values = {**columns_of(changes), "changed_seq": seq}
        statements.change_delivery(self.connection, before.row, values)
        self.publish(DeliveryChanged(seq, after))
        return after

    def amend(self, before: DeliveryRecord, **changes: Any) -> DeliveryRecord:
        """As `change_delivery`, for a change that any delivery may get at any time, e.g. a note.

        While it waits in a lane or is in flight, the dispatcher holds a record that lacks the
        change. So the next outcome starts from the row (`current`) and keeps the change.
        """
        self.memory.amended.add(before.row)
        return self.change_delivery(before, **changes)

    def current(self, known: DeliveryRecord) -> DeliveryRecord:
        """The present record of a delivery: `known`, unless the delivery was amended since."""
        amended = self.memory.amended
        if known.row not in amended:
            return known
        self.flush()
        self.undo.append(lambda: amended.add(known.row))
        amended.discard(known.row)
        return by_row(self.db, known.row)

    def count(self, webhook: int, metric: str, by: int = 1) -> None:
        """Change a lifetime count."""
        self._counts[webhook, metric] += by

    def count_at(self, webhook: int, at_ms: int, *metrics: str, by: int = 1) -> None:
        """Change lifetime counts and the series of the plots."""
        minute = at_ms // MINUTE * MINUTE
        series = self._series
        for metric in metrics:
            series[webhook, minute, metric] += by

    def sent_at(self, webhook: int, at_ms: int) -> None:
        """Record when a webhook was last triggered."""
        if at_ms > self._last.get(webhook, 0):
            self._last[webhook] = at_ms

    def set_consecutive_failures(self, webhook: int, consecutive_failures: int) -> None:
        """Set how many deliveries of a webhook have failed in a row."""
        health = self.memory.health[webhook]
        if health.consecutive_failures != consecutive_failures:
            health.consecutive_failures = consecutive_failures
            self._failures.add(webhook)

    def finish_job(self, job: int | None, status: DeliveryStatus) -> None:
        """Count the end of a delivery that a job has started."""
        if job is not None:
            self.move_job(job)
            self._jobs[job, "succeeded" if status is DeliveryStatus.SUCCEEDED else "failed"] += 1

    def move_job(self, job: int) -> None:
        """Record that a job's row changes in this batch."""
        self._moved_jobs[job] = None

    def flush(self) -> None:
        """Write the gathered rows, parents before children."""
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
        """Write all remaining changes; the batch is ready to be committed."""
        self.flush()
        self._write_counts()
        self._write_health()
        self._write_jobs()
        statements.set_meta(self.connection, "seq", str(self.memory.seq))
        self.facts.append(Committed(self.memory.seq))

    def _write_counts(self) -> None:
        spans: defaultdict[tuple[int, str, int, str], int] = defaultdict(int)
        for (webhook, minute, metric), n in self._series.items():
            self._counts[webhook, metric] += n
            spans[webhook, "minute", minute, metric] += n
            spans[webhook, "hour", minute // HOUR * HOUR, metric] += n
        # Lists, not generators: a generator is a call for each row.
        totals = [(w, "total", 0, metric, n) for (w, metric), n in self._counts.items() if n]
        totals += [(*key, n) for key, n in spans.items() if n]
        statements.COUNTERS.run(self.connection, totals)

    def _write_health(self) -> None:
        """A change of a webhook's counts or failures is a change of the webhook."""
        counted = dict.fromkeys([webhook for webhook, _ in self._counts])
        touched = {row: self.seq() for row in [*counted, *(self._failures - counted.keys())]}
        if not touched:
            return
        health = self.memory.health
        statements.HEALTH.run(
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
        """Write the ended deliveries of jobs, and one change number for each changed job."""
        for (job, column), n in self._jobs.items():
            field = getattr(JobModel, column)
            JobModel.update({field: field + n}).where(JobModel.id == job).execute(self.db)
        for row in self._moved_jobs:
            seq = self.seq()
            JobModel.update(changed_seq=seq).where(JobModel.id == row).execute(self.db)
            self.facts += [JobChanged(seq, row, job) for row, job in jobs.by_rows(self.db, [row])]
