"""Bulk retries and replays: commands that start, advance and end the rows of `jobs`.

A step and the job's position are written in one transaction, so a job that a crash interrupts
continues from there and starts no delivery twice.
"""

from collections.abc import Sequence

import msgspec

from daemon.domain.deliveries.lifecycle import CannotRetry, DeliveryKind, DeliveryStatus
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.events.event import read_payload
from daemon.protocol.caller import Caller
from daemon.store.audit import write_entry
from daemon.store.commands.new_delivery import insert_delivery, make_body, new_record
from daemon.store.commands.retry import retry
from daemon.store.delivery_rows import fetch, select_deliveries
from daemon.store.errors import NotFound, WrongState
from daemon.store.facts import Waiting
from daemon.store.models import DeliveryModel, EventModel, JobModel
from daemon.store.queries.cursors import CursorPosition
from daemon.store.records import DeliveryRecord
from daemon.store.transaction import Transaction
from daemon.util.ids import new_short


class NewJob(msgspec.Struct, frozen=True):
    """A requested job. `webhook` belongs to a replay."""

    kind: str
    filter: str
    matched: int
    last: int
    """The number of the last change before the job: later changes do not belong to it."""
    webhook: int | None = None
    most: int | None = None
    rate: float | None = None


class StartJob:
    """Store a new job; returns its row and id."""

    def __init__(self, job: NewJob, caller: Caller, now_ms: int) -> None:
        self._job = job
        self._caller = caller
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> tuple[int, str]:
        """Insert the row and its audit entry."""
        job, uid = self._job, new_short("job")
        row = tx.run(
            JobModel.insert(
                uid=uid,
                kind=job.kind,
                filter_text=job.filter,
                webhook=job.webhook,
                most=job.most,
                rate=job.rate,
                matched=job.matched,
                last=job.last,
                by=self._caller.login,
                created_at=self._now_ms,
            )
        )
        details = {
            "filter": job.filter,
            "matched": job.matched,
            "limit": job.most,
            "rate": job.rate,
        }
        write_entry(tx, self._caller, self._now_ms, f"job.{job.kind}", uid, None, details)
        tx.move_job(row)
        return row, uid


class _Step:
    """One step of a job: some of its deliveries, and the position after them."""

    def __init__(self, job: int, rows: Sequence[int], cursor: CursorPosition, now_ms: int) -> None:
        self._job = job
        self._rows = rows
        self._cursor = cursor
        self._now_ms = now_ms


class RetryStep(_Step):
    """Retry some of a job's deliveries; those that can no longer be retried count as failed."""

    def apply(self, tx: Transaction) -> bool:
        """Do the step; False when the job was cancelled meanwhile."""
        if not is_running(tx, self._job):
            return False
        records = records_of(tx, self._rows)
        refused = len(self._rows) - len(records)  # pruned since they were found
        for record in records:
            if record.status is DeliveryStatus.PENDING:
                refused += 1  # another user or job has just retried it and counts its end
                continue
            try:
                retry(tx, record, self._now_ms, job=self._job)
            except CannotRetry:
                refused += 1
        advance(tx, self._job, len(self._rows), refused, self._cursor)
        return True


class ReplayStep(_Step):
    """Send the events of some deliveries again, each as a new delivery (rules.md §3)."""

    def apply(self, tx: Transaction) -> bool:
        """Do the step; False when the job was cancelled, or its webhook paused, meanwhile."""
        if not is_running(tx, self._job):
            return False
        records = records_of(tx, self._rows)
        for record in records:
            blocked_reason = tx.memory.webhooks[record.webhook].blocked_reason
            if blocked_reason is not None:
                end(
                    tx,
                    self._job,
                    "failed",
                    self._now_ms,
                    f"stopped: the webhook is {blocked_reason}",
                )
                return False
            self._send_again(tx, record)
        advance(tx, self._job, len(records), 0, self._cursor)
        return True

    def _send_again(self, tx: Transaction, before: DeliveryRecord) -> None:
        webhook = tx.memory.webhooks[before.webhook]
        payload = EventModel.select(EventModel.payload).where(EventModel.id == before.event_row)
        sent: bytes = payload.scalar(tx.db)
        event = read_payload(sent)
        record = new_record(
            tx,
            webhook,
            event,
            before.event_row,
            self._now_ms,
            kind=DeliveryKind.REPLAY,
            job=self._job,
        )
        queued = make_body(tx, webhook, record, sent, EventValues(event, sent))
        insert_delivery(tx, record, None)
        tx.publish(Waiting(queued))


class EndJob:
    """End a job: all of its deliveries have ended, or `caller` cancels it."""

    def __init__(self, row: int, state: str, now_ms: int, caller: Caller | None = None) -> None:
        self._row = row
        self._state = state
        self._now_ms = now_ms
        self._caller = caller

    def apply(self, tx: Transaction) -> None:
        """Write the end, once."""
        job = JobModel.select().where(JobModel.id == self._row).namedtuples().first(tx.db)
        if job is None:
            raise NotFound("job", str(self._row))
        if job.state != "running":
            if self._caller is None:
                return
            raise WrongState(f"job {job.uid} has ended already ({job.state})")
        end(tx, self._row, self._state, self._now_ms)
        if self._caller is not None:
            write_entry(tx, self._caller, self._now_ms, "job.cancel", job.uid, None, None)


def records_of(tx: Transaction, rows: Sequence[int]) -> list[DeliveryRecord]:
    """The deliveries of these rows, oldest first."""
    tx.flush()
    return fetch(tx.db, select_deliveries(DeliveryModel.id.in_(rows)).order_by(DeliveryModel.id))


def is_running(tx: Transaction, job: int) -> bool:
    """Whether a job may start further deliveries."""
    query = JobModel.select().where(JobModel.id == job, JobModel.state == "running")
    return query.exists(tx.db)


def advance(tx: Transaction, job: int, started: int, failed: int, cursor: CursorPosition) -> None:
    """Count what a step started, and store where the next one begins."""
    change = JobModel.update(
        started=JobModel.started + started,
        failed=JobModel.failed + failed,
        position_at=cursor.at,
        position=cursor.row,
    )
    tx.run(change.where(JobModel.id == job))
    tx.move_job(job)


def end(tx: Transaction, job: int, state: str, now_ms: int, error: str | None = None) -> None:
    """Set a job's last state."""
    change = JobModel.update(state=state, finished_at=now_ms, error=error)
    tx.run(change.where(JobModel.id == job))
    tx.move_job(job)
