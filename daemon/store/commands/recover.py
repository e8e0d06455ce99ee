"""Records attempts that a death of the daemon or of a sender process, or a stop, has cut."""

from collections.abc import Sequence

import msgspec

from daemon.domain.deliveries.lifecycle import DeliveryKind, DeliveryStatus, Recovery, after_death
from daemon.domain.deliveries.outcome import ErrorKind, Failure, Outcome
from daemon.store.commands.outcome import AttemptResult, attempt_row, count_attempt
from daemon.store.delivery_rows import fetch, select_deliveries
from daemon.store.facts import Waiting
from daemon.store.models import PENDING, DeliveryModel
from daemon.store.records import DeliveryRecord, QueuedDelivery
from daemon.store.transaction import Transaction

_CUT = "the daemon stopped during this attempt"
_PROCESS_CUT = "a process of the daemon's ended during this attempt"


class RecoverClaims:
    """At the start: deliveries still claimed were in flight when the daemon died (rules.md §3).

    Another process cannot hold a claim: one daemon owns the database, by its lock.
    """

    irrevocable = True

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> int:
        """Record the cut attempts; returns how many there were."""
        claimed = DeliveryModel.lease_owner.is_null(False)
        cut = fetch(tx.db, select_deliveries(PENDING, claimed))
        for record in cut:
            recovery = after_death(record.deaths)
            interrupt(tx, record, recovery, self._now_ms)
        return len(cut)


class RecoverAttempt:
    """A sender process died with this attempt in flight; the rules of a daemon's death apply."""

    irrevocable = True

    def __init__(self, queued: QueuedDelivery, now_ms: int) -> None:
        self._queued = queued
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> None:
        """Record the cut attempt; the delivery waits again."""
        record = self._queued.record
        recovery = after_death(record.deaths)
        if recovery.status is DeliveryStatus.PENDING:
            message = f"{_PROCESS_CUT}; it is made again"
            recovery = msgspec.structs.replace(recovery, message=message)
        after = interrupt(tx, record, recovery, self._now_ms, cut=_PROCESS_CUT)
        if after.status is DeliveryStatus.PENDING:
            tx.publish(Waiting(QueuedDelivery(after, self._queued.body)))


class Interrupt:
    """At the stop: attempts that outlasted the drain. They do not count as deaths."""

    irrevocable = True

    def __init__(self, records: Sequence[DeliveryRecord], now_ms: int) -> None:
        self._records = records
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> None:
        """Record the cut attempts."""
        for record in self._records:
            recovery = Recovery(
                DeliveryStatus.PENDING,
                record.deaths,
                f"{_CUT}; it is made again",
            )
            interrupt(tx, record, recovery, self._now_ms)


def interrupt(
    tx: Transaction, record: DeliveryRecord, recovery: Recovery, now_ms: int, *, cut: str = _CUT
) -> DeliveryRecord:
    """Record a cut attempt; returns the delivery, which is due at once or has ended.

    `cut` is the error's message for a delivery that may not wait again.
    """
    record = tx.current(record)
    webhook = tx.memory.webhooks[record.webhook]
    status, reason = recovery.status, None
    if status is DeliveryStatus.PENDING and record.kind is DeliveryKind.TEST:
        # A test has one attempt, also for a paused webhook, and this was it.
        status = DeliveryStatus.FAILED
    elif status is DeliveryStatus.PENDING and webhook.blocked_reason is not None:
        status, reason = DeliveryStatus.DISCARDED, webhook.blocked_reason
    message = recovery.message if status is recovery.status else cut
    failure = Failure(ErrorKind.INTERRUPTED, message)
    outcome = Outcome(now_ms, 0, failure)
    pending = status is DeliveryStatus.PENDING
    sent = AttemptResult(QueuedDelivery(record, None), outcome, webhook.revision, None)
    tx.attempts.append(attempt_row(record, sent))
    count_attempt(tx, record.webhook, outcome)
    after = tx.change_delivery(
        record,
        status=status,
        reason=reason,
        attempt=record.attempt + 1,
        max_attempts=record.max_attempts + 1,
        deaths=recovery.deaths,
        http_status=None,
        error=failure,
        duration_ms=0,
        next_attempt_at=now_ms if pending else None,
        finished_at=None if pending else now_ms,
        in_flight=False,
    )
    if not pending:
        tx.count(record.webhook, "pending", -1)
        tx.count_at(record.webhook, now_ms, status.value)
        tx.finish_job(record.job, status)
    return after
