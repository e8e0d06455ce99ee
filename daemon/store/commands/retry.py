"""A retry that somebody asked for: one attempt at once, with what the webhook is now."""

import msgspec

from daemon.domain.deliveries.lifecycle import (
    CannotRetry,
    DeliveryStatus,
    ManualRetry,
    manual_retry,
)
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.events.event import read_payload
from daemon.protocol.caller import Caller
from daemon.protocol.refusal import conflict, not_found
from daemon.store.audit import write_entry
from daemon.store.facts import DeliveryChanged, Waiting
from daemon.store.records import DeliveryRecord, QueuedDelivery
from daemon.store.row_mapping import deliveries
from daemon.store.transaction import Transaction


class RetryDelivery:
    """Retry one delivery by hand (rules.md §3, Manual retry); returns the attempt's number."""

    def __init__(self, uid: str, caller: Caller, now_ms: int) -> None:
        self._uid = uid
        self._caller = caller
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> int:
        """Make it pending again, or say what stands in the way."""
        tx.flush()
        found = deliveries(tx.connection, "WHERE d.uid = ?", (self._uid,))
        if not found:
            raise not_found("delivery", self._uid)
        before = found[0]
        try:
            after = retry(tx, before, self._now_ms)
        except CannotRetry as error:
            raise conflict(f"delivery {self._uid} cannot be retried: {error}") from error
        write_entry(
            tx,
            self._caller,
            self._now_ms,
            "delivery.retry",
            self._uid,
            {"status": before.status.value, "attempt": before.attempt},
            None,
        )
        return after.attempt + 1


def retry(
    tx: Transaction, before: DeliveryRecord, now_ms: int, job: int | None = None
) -> DeliveryRecord:
    """Make a delivery due now for one manual attempt. Raises CannotRetry.

    It counts for `job` from now on. One that had ended counted for its own job then, and must not
    do so again; one that waits still owes its end to it.
    """
    webhook = tx.memory.webhooks[before.webhook]
    manual = manual_retry(
        before.status,
        in_flight=before.in_flight,
        blocked_reason=webhook.blocked_reason,
        deleted=webhook.deleted_at is not None,
    )
    after = msgspec.structs.replace(
        before,
        status=DeliveryStatus.PENDING,
        reason=None,
        manual=manual,
        max_attempts=before.max_attempts if manual is ManualRetry.IN_PLACE else before.attempt + 1,
        next_attempt_at=now_ms,
        finished_at=None,
        lease_seq=before.lease_seq + 1,  # whoever knows it as it was can claim it no more
        job=before.job if manual is ManualRetry.IN_PLACE else job,
    )
    seq = tx.seq()
    tx.execute(
        "UPDATE deliveries SET status = 'pending', reason = NULL, manual = ?, max_attempts = ?,"
        " next_attempt_at = ?, finished_at = NULL, lease_seq = lease_seq + 1,"
        " job_id = ?, changed_seq = ? WHERE id = ?",
        (int(manual), after.max_attempts, now_ms, after.job, seq, before.row),
    )
    if manual is ManualRetry.SINGLE:
        # It ends anew: until then it is no outcome, in the lifetime numbers and in the plots.
        tx.count_at(before.webhook, before.finished_at or now_ms, before.status.value, by=-1)
        tx.count(before.webhook, "pending")
        _make_anew(tx, after)
    tx.tell(DeliveryChanged(seq, after))
    tx.tell(Waiting(QueuedDelivery(after, None)))
    return after


def _make_anew(tx: Transaction, record: DeliveryRecord) -> None:
    """Render the body from the webhook's template of today; what was sent before is kept."""
    webhook = tx.memory.webhooks[record.webhook]
    before = tx.execute(
        "SELECT sealed FROM bodies WHERE delivery_row = ?", (record.row,)
    ).fetchone()
    if before is None and webhook.config.body_template is None:
        return
    _keep_past(tx, record, before)
    tx.execute("DELETE FROM bodies WHERE delivery_row = ?", (record.row,))
    if webhook.config.body_template is None:
        return
    payload = tx.execute("SELECT payload FROM events WHERE id = ?", (record.event_row,)).fetchone()[
        0
    ]
    body, problem = tx.memory.bodies.make(webhook, EventValues(read_payload(payload), payload))
    sealed = None if body is None else tx.cipher.seal(body, f"body:{record.row}")
    tx.bodies.append((record.row, sealed, problem))


def _keep_past(tx: Transaction, record: DeliveryRecord, before: tuple[bytes | None] | None) -> None:
    """Keep what the attempts up to now have sent."""
    if record.attempt == 0:
        return
    row = 1 + int(tx.execute("SELECT ifnull(max(id), 0) FROM past_bodies").fetchone()[0])
    sealed = None
    if before is not None and before[0] is not None:
        body = tx.cipher.open(before[0], f"body:{record.row}")
        sealed = tx.cipher.seal(body, f"past_body:{row}")
    tx.execute(
        "INSERT INTO past_bodies (id, delivery_row, before_attempt, plain, sealed)"
        " VALUES (?, ?, ?, ?, ?)",
        (row, record.row, record.attempt + 1, before is None, sealed),
    )
