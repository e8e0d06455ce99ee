"""Pauses and activates webhooks, and discards the waiting deliveries of blocked ones."""

from collections.abc import Sequence

import msgspec

from daemon.domain.deliveries.lifecycle import DeliveryStatus, ManualRetry
from daemon.domain.webhooks.config import WebhookState
from daemon.store import statements
from daemon.store.delivery_rows import fetch, select_deliveries
from daemon.store.facts import DeliveryChanged, WebhookChanged
from daemon.store.models import PENDING, DeliveryModel, WebhookModel
from daemon.store.records import DeliveryRecord, WebhookRecord
from daemon.store.transaction import Transaction

AT_ONCE = 2_000
"""Waiting deliveries that one transaction discards; more transactions follow for the rest."""


def pause(
    tx: Transaction, webhook: WebhookRecord, reason: str, now_ms: int, *, cause: str
) -> WebhookRecord:
    """Pause a webhook and discard its waiting deliveries; a paused one does not change."""
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
    """Activate a paused webhook with 0 consecutive failures.

    Its waiting deliveries are discarded first, as they were created while it was paused.
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
    """Write the columns of a webhook's state."""
    seq = tx.seq()
    change = WebhookModel.update(
        state=webhook.state.value,
        paused_reason=webhook.paused_reason,
        paused_at=webhook.paused_at,
        updated_at=webhook.updated_at,
        changed_seq=seq,
    )
    tx.run(change.where(WebhookModel.id == webhook.row))
    tx.memory.keep(webhook)
    tx.publish(WebhookChanged(seq, webhook, cause))


def discard_pending(
    tx: Transaction, webhook: WebhookRecord, now_ms: int, most: int = AT_ONCE
) -> int:
    """Discard up to `most` waiting deliveries of a blocked webhook; returns how many.

    Deliveries in flight are left to their outcomes.
    """
    reason = webhook.blocked_reason
    if reason is None:
        return 0
    tx.flush()
    of_webhook = DeliveryModel.webhook == webhook.row
    unclaimed = DeliveryModel.lease_owner.is_null()
    waiting = fetch(tx.db, select_deliveries(of_webhook, PENDING, unclaimed).limit(most))
    discard_deliveries(tx, waiting, reason, now_ms)
    return len(waiting)


def discard_deliveries(
    tx: Transaction, waiting: Sequence[DeliveryRecord], reason: str, now_ms: int
) -> None:
    """Discard deliveries that are not claimed."""
    rows = []
    for record in waiting:
        after = _discarded(record, reason, now_ms)
        seq = tx.seq()
        rows.append((record.row, reason, now_ms, seq))
        tx.publish(DeliveryChanged(seq, after))
        tx.count(record.webhook, "pending", -1)
        tx.count_at(record.webhook, now_ms, "discarded")
        tx.finish_job(record.job, DeliveryStatus.DISCARDED)
    if rows:
        statements.DISCARD.run(tx.connection, rows)


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
    """Discard further waiting deliveries of a blocked webhook; returns how many there were."""

    def __init__(self, webhook: int, now_ms: int) -> None:
        self._webhook = webhook
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> int:
        """One step."""
        return discard_pending(tx, tx.memory.webhooks[self._webhook], self._now_ms)
