"""Pausing and activating a webhook, and setting aside what waits for one that is barred."""

from collections.abc import Sequence

import msgspec

from daemon.domain.deliveries.lifecycle import DeliveryStatus, ManualRetry
from daemon.domain.webhooks.config import WebhookState
from daemon.store.bulk_statements import Update
from daemon.store.facts import DeliveryChanged, WebhookChanged
from daemon.store.records import DeliveryRecord, WebhookRecord
from daemon.store.row_mapping import deliveries
from daemon.store.transaction import Transaction

AT_ONCE = 2_000
"""Waiting deliveries that one transaction sets aside; the rest follow in their own."""

_DISCARD = Update(
    "deliveries",
    "status = 'discarded', reason = v.column2, finished_at = v.column3, next_attempt_at = NULL,"
    " manual = 0, changed_seq = v.column4",
    "deliveries.id = v.column1",
    4,
)


def pause(
    tx: Transaction, webhook: WebhookRecord, reason: str, now_ms: int, *, cause: str
) -> WebhookRecord:
    """Pause a webhook once and discard what waits for it; a paused one stays as it is."""
    webhook = tx.memory.webhooks[webhook.row]
    if webhook.blocked_reason is not None:
        return webhook
    paused = msgspec.structs.replace(
        webhook,
        state=WebhookState.PAUSED,
        paused_reason=reason,
        paused_at=now_ms,
        updated_at=now_ms,
    )
    save_state(tx, paused, cause)
    discard_pending(tx, paused, now_ms)
    return paused


def activate(tx: Transaction, webhook: WebhookRecord, now_ms: int) -> WebhookRecord:
    """Let a paused webhook be sent to again, from a streak of 0. Nothing is sent by itself.

    What had not been set aside yet is now: it came while the webhook was paused.
    """
    while discard_pending(tx, webhook, now_ms):
        pass
    active = msgspec.structs.replace(
        webhook, state=WebhookState.ACTIVE, paused_reason=None, paused_at=None, updated_at=now_ms
    )
    save_state(tx, active, "activated")
    tx.set_consecutive_failures(webhook.row, 0)
    return active


def save_state(tx: Transaction, webhook: WebhookRecord, cause: str) -> None:
    """Write the columns that say whether a webhook is sent to."""
    seq = tx.seq()
    tx.execute(
        "UPDATE webhooks SET state = ?, paused_reason = ?, paused_at = ?, updated_at = ?,"
        " changed_seq = ? WHERE id = ?",
        (
            webhook.state.value,
            webhook.paused_reason,
            webhook.paused_at,
            webhook.updated_at,
            seq,
            webhook.row,
        ),
    )
    tx.memory.keep(webhook)
    tx.tell(WebhookChanged(seq, webhook, cause))


def discard_pending(
    tx: Transaction, webhook: WebhookRecord, now_ms: int, most: int = AT_ONCE
) -> int:
    """Set aside up to `most` deliveries that wait for a barred webhook; returns how many.

    What is on the wire is left to its outcome.
    """
    reason = webhook.blocked_reason
    if reason is None:
        return 0
    tx.flush()
    waiting = deliveries(
        tx.connection,
        "WHERE d.webhook_id = ? AND d.status = 'pending' AND d.lease_owner IS NULL LIMIT ?",
        (webhook.row, most),
    )
    set_aside(tx, waiting, reason, now_ms)
    return len(waiting)


def set_aside(tx: Transaction, waiting: Sequence[DeliveryRecord], reason: str, now_ms: int) -> None:
    """Discard deliveries that nobody holds a claim on."""
    rows = []
    for record in waiting:
        after = _discarded(record, reason, now_ms)
        seq = tx.seq()
        rows.append((record.row, reason, now_ms, seq))
        tx.tell(DeliveryChanged(seq, after))
        tx.count(record.webhook, "pending", -1)
        tx.count_at(record.webhook, now_ms, "discarded")
        tx.finish_job(record.job, DeliveryStatus.DISCARDED)
    if rows:
        _DISCARD.run(tx.connection, rows)


def _discarded(record: DeliveryRecord, reason: str, now_ms: int) -> DeliveryRecord:
    return msgspec.structs.replace(
        record,
        status=DeliveryStatus.DISCARDED,
        reason=reason,
        finished_at=now_ms,
        next_attempt_at=None,
        manual=ManualRetry.NONE,
        in_flight=False,
    )


class DiscardPending:
    """Go on setting aside what waits for a barred webhook; the result tells how many there were."""

    def __init__(self, webhook: int, now_ms: int) -> None:
        self._webhook = webhook
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> int:
        """One step."""
        return discard_pending(tx, tx.memory.webhooks[self._webhook], self._now_ms)
