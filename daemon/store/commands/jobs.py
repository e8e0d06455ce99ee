"""Bulk retries and replays: rows of `jobs` that go on, step by step, until all is started.

A step and the job's position are written in one transaction, so a job that a death interrupts goes
on where it was and starts nothing twice.
"""

from collections.abc import Sequence

import msgspec

from daemon.domain.deliveries.lifecycle import CannotRetry, DeliveryKind, DeliveryStatus
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.events.event import read_payload
from daemon.protocol.caller import Caller
from daemon.protocol.refusal import conflict, not_found
from daemon.store.audit import write_entry
from daemon.store.commands.accept import insert_delivery, make_body
from daemon.store.commands.retry import retry
from daemon.store.facts import Waiting
from daemon.store.queries.cursors import CursorPosition
from daemon.store.records import DeliveryRecord
from daemon.store.row_mapping import deliveries
from daemon.store.transaction import Transaction
from daemon.util.ids import new_short, new_uuid


class NewJob(msgspec.Struct, frozen=True):
    """What somebody asked for. `webhook` belongs to a replay."""

    kind: str
    filter: str
    matched: int
    last: int
    """The last change that the job has seen: what changes later does not belong to it."""
    webhook: int | None = None
    most: int | None = None
    rate: float | None = None


class StartJob:
    """Write a job down; the result is its row and id."""

    def __init__(self, job: NewJob, caller: Caller, now_ms: int) -> None:
        self._job = job
        self._caller = caller
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> tuple[int, str]:
        """Insert the row and its audit entry."""
        job, uid = self._job, new_short("job")
        told_first = (uid, job.kind, job.filter, job.webhook, job.most, job.rate)
        cursor = tx.execute(
            "INSERT INTO jobs (uid, kind, filter, webhook_id, most, rate, matched, last, by,"
            " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*told_first, job.matched, job.last, self._caller.login, self._now_ms),
        )
        row = int(cursor.lastrowid or 0)
        told = {"filter": job.filter, "matched": job.matched, "limit": job.most, "rate": job.rate}
        write_entry(tx, self._caller, self._now_ms, f"job.{job.kind}", uid, None, told)
        tx.move_job(row)
        return row, uid


class RetryStep:
    """Retry some of a job's deliveries; what cannot be retried any more counts as failed."""

    def __init__(self, job: int, rows: Sequence[int], place: CursorPosition, now_ms: int) -> None:
        self._job = job
        self._rows = rows
        self._place = place
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> bool:
        """Do the step; False when the job was cancelled meanwhile."""
        if not is_running(tx, self._job):
            return False
        records = records_of(tx, self._rows)
        refused = len(self._rows) - len(records)  # pruned since they were found
        for record in records:
            if record.status is DeliveryStatus.PENDING:
                refused += 1  # somebody else has just retried it, and it ends for them
                continue
            try:
                retry(tx, record, self._now_ms, job=self._job)
            except CannotRetry:
                refused += 1
        move_on(tx, self._job, len(self._rows), refused, self._place)
        return True


class ReplayStep:
    """Send the events of some deliveries again, each as a new delivery (rules.md §3)."""

    def __init__(self, job: int, rows: Sequence[int], place: CursorPosition, now_ms: int) -> None:
        self._job = job
        self._rows = rows
        self._place = place
        self._now_ms = now_ms

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
        move_on(tx, self._job, len(records), 0, self._place)
        return True

    def _send_again(self, tx: Transaction, before: DeliveryRecord) -> None:
        webhook = tx.memory.webhooks[before.webhook]
        payload = tx.execute(
            "SELECT payload FROM events WHERE id = ?", (before.event_row,)
        ).fetchone()[0]
        event = read_payload(payload)
        row = tx.memory.next_delivery
        tx.memory.next_delivery += 1
        record = DeliveryRecord(
            row=row,
            uid=new_uuid(self._now_ms),
            event_row=before.event_row,
            event_id=event.event_id,
            event_type=event.event_type,
            webhook=webhook.row,
            project_id=event.project_id,
            project_name=before.project_name,
            created_at=self._now_ms,
            kind=DeliveryKind.REPLAY,
            max_attempts=tx.memory.policy_of(webhook).tries,
            next_attempt_at=self._now_ms,
            job=self._job,
        )
        queued = make_body(tx, webhook, record, payload, EventValues(event, payload))
        insert_delivery(tx, record, None)
        tx.tell(Waiting(queued))


class EndJob:
    """End a job: everything is started and has ended, or somebody cancelled it."""

    def __init__(self, row: int, state: str, now_ms: int, caller: Caller | None = None) -> None:
        self._row = row
        self._state = state
        self._now_ms = now_ms
        self._caller = caller

    def apply(self, tx: Transaction) -> None:
        """Write the end, once."""
        found = tx.execute("SELECT uid, state FROM jobs WHERE id = ?", (self._row,)).fetchone()
        if found is None:
            raise not_found("job", str(self._row))
        uid, state = found
        if state != "running":
            if self._caller is None:
                return
            raise conflict(f"job {uid} has ended already ({state})")
        end(tx, self._row, self._state, self._now_ms)
        if self._caller is not None:
            write_entry(tx, self._caller, self._now_ms, "job.cancel", uid, None, None)


def records_of(tx: Transaction, rows: Sequence[int]) -> list[DeliveryRecord]:
    """The deliveries of these rows, oldest first."""
    tx.flush()
    marks = ",".join("?" * len(rows))
    return deliveries(tx.connection, f"WHERE d.id IN ({marks}) ORDER BY d.id", rows)


def is_running(tx: Transaction, job: int) -> bool:
    """Whether a job may start more."""
    found = tx.execute("SELECT state FROM jobs WHERE id = ?", (job,)).fetchone()
    return found is not None and found[0] == "running"


def move_on(tx: Transaction, job: int, started: int, failed: int, place: CursorPosition) -> None:
    """Count what a step started, and remember where the next one begins."""
    tx.execute(
        "UPDATE jobs SET started = started + ?, failed = failed + ?, position_at = ?, position = ?"
        " WHERE id = ?",
        (started, failed, *place, job),
    )
    tx.move_job(job)


def end(tx: Transaction, job: int, state: str, now_ms: int, error: str | None = None) -> None:
    """Set a job's last state."""
    tx.execute(
        "UPDATE jobs SET state = ?, finished_at = ?, error = ? WHERE id = ?",
        (state, now_ms, error, job),
    )
    tx.move_job(job)
