"""Records ended attempts with their consequences, in one transaction."""

from collections.abc import Sequence

import msgspec

from daemon.domain.deliveries.lifecycle import (
    AttemptDecision,
    DeliveryStatus,
    ManualRetry,
    after_attempt,
)
from daemon.domain.deliveries.outcome import ErrorKind, Outcome
from daemon.domain.deliveries.statistics import bin_of
from daemon.store.commands.webhook_state import pause
from daemon.store.facts import DeliveryChanged, Waiting
from daemon.store.records import DeliveryRecord, QueuedDelivery
from daemon.store.transaction import Transaction

_encode = msgspec.json.Encoder().encode


class AttemptResult(msgspec.Struct, frozen=True, gc=False):
    """An attempt that ended, with the revision and signature headers it was sent with."""

    queued: QueuedDelivery
    outcome: Outcome
    revision: int
    signatures: str | None


class RecordOutcomes:
    """Write attempts, changed deliveries and counts; pause a webhook that keeps failing.

    An outcome decides some fields of a delivery (`_next_record`, and the columns of
    `statements.OUTCOMES`). Every other field stays as it is in the row.
    """

    irrevocable = True

    def __init__(self, owner: str, ended: Sequence[AttemptResult], now_ms: int) -> None:
        self._owner = owner
        self._ended = ended
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> None:
        """Decide and write, one attempt after the other."""
        amended = tx.memory.amended
        for ended in self._ended:
            record = ended.queued.record
            if record.row in amended:
                record = tx.current(record)
            webhook = tx.memory.webhooks[record.webhook]
            decision = after_attempt(
                record,
                ended.outcome,
                tx.memory.health[record.webhook],
                tx.memory.policy_of(webhook),
                self._now_ms,
            )
            self._write(tx, record, ended, decision)
            tx.set_consecutive_failures(record.webhook, decision.consecutive_failures)
            if decision.pause is not None:
                pause(tx, webhook, decision.pause, self._now_ms, cause="failing")

    def _write(
        self,
        tx: Transaction,
        before: DeliveryRecord,
        ended: AttemptResult,
        decision: AttemptDecision,
    ) -> None:
        after = _next_record(before, ended.outcome, decision, self._now_ms)
        tx.attempts.append(attempt_row(before, ended))
        seq = tx.seq()
        tx.outcomes.append(_outcome_row(self._owner, after, seq))
        count_attempt(tx, before.webhook, ended.outcome)
        if after.status is not DeliveryStatus.PENDING:
            tx.count(before.webhook, "pending", -1)
            tx.count_at(before.webhook, self._now_ms, after.status._value_)
            tx.finish_job(before.job, after.status)
        tx.publish(DeliveryChanged(seq, after))
        if after.status is DeliveryStatus.PENDING:
            tx.publish(Waiting(QueuedDelivery(after, ended.queued.body)))


def attempt_row(record: DeliveryRecord, ended: AttemptResult) -> tuple[object, ...]:
    """The row of `attempts`, in the order of `statements.ATTEMPTS`."""
    outcome = ended.outcome
    response, failure, phases = outcome.response, outcome.failure, outcome.phases
    return (
        record.row,
        record.attempt + 1,
        int(record.manual is not ManualRetry.NONE),
        outcome.started_ms,
        outcome.duration_ms,
        phases.dns,
        phases.connect,
        phases.tls,
        phases.first_byte,
        None if response is None else response.status,
        None if failure is None else failure.kind.value,
        None if failure is None else failure.message,
        ended.revision,
        ended.signatures,
        None if response is None else _encode(response.headers).decode(),
        None if response is None else response.body,
        int(response is not None and response.truncated),
    )


def count_attempt(tx: Transaction, webhook: int, outcome: Outcome) -> None:
    """Count an attempt in the lifetime numbers and in the series."""
    status = outcome.http_status
    answer = "http:none" if status is None else f"http:{status // 100}xx"
    metrics = ["attempts", answer]
    if outcome.failure is None or outcome.failure.kind is not ErrorKind.INTERRUPTED:
        metrics.append(f"ms:{bin_of(outcome.duration_ms)}")
    tx.count_at(webhook, outcome.started_ms, *metrics)
    tx.sent_at(webhook, outcome.started_ms)


def _next_record(
    before: DeliveryRecord, outcome: Outcome, decision: AttemptDecision, now_ms: int
) -> DeliveryRecord:
    is_over = decision.status is not DeliveryStatus.PENDING
    return msgspec.structs.replace(
        before,
        status=decision.status,
        reason=decision.reason,
        attempt=before.attempt + 1,
        tries=decision.tries,
        manual=ManualRetry.NONE,
        http_status=outcome.http_status,
        error=outcome.failure,
        duration_ms=outcome.duration_ms,
        next_attempt_at=decision.next_attempt_ms,
        finished_at=now_ms if is_over else None,
        in_flight=False,
    )


def _outcome_row(owner: str, after: DeliveryRecord, seq: int) -> tuple[object, ...]:
    """The row for `statements.OUTCOMES`."""
    error = after.error
    return (
        after.row,
        owner,
        after.lease_seq,
        after.status._value_,
        after.reason,
        after.attempt,
        after.tries,
        after.http_status,
        None if error is None else error.kind.value,
        None if error is None else error.message,
        after.duration_ms,
        after.next_attempt_at,
        after.finished_at,
        seq,
    )
