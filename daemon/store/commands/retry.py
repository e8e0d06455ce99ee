"""A manual retry: one attempt at once, with the webhook's present configuration (rules.md §3)."""

from typing import Any

from peewee import fn

from daemon.domain.deliveries.lifecycle import (
    CannotRetry,
    DeliveryStatus,
    ManualRetry,
    manual_retry,
)
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.events.event import read_payload
from daemon.protocol.caller import Caller
from daemon.store.audit import write_entry
from daemon.store.commands.new_delivery import make_body
from daemon.store.errors import WrongState
from daemon.store.facts import Waiting
from daemon.store.models import BodyModel, EventModel, PastBodyModel
from daemon.store.records import DeliveryRecord, QueuedDelivery
from daemon.store.transaction import Transaction


class RetryDelivery:
    """Retry one delivery by hand (rules.md §3, Manual retry); returns the attempt's number."""

    def __init__(self, uid: str, caller: Caller, now_ms: int) -> None:
        self._uid = uid
        self._caller = caller
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> int:
        """Make it pending again. Raises NotFound or WrongState."""
        before = tx.delivery(self._uid)
        try:
            after = retry(tx, before, self._now_ms)
        except CannotRetry as error:
            raise WrongState(f"delivery {self._uid} cannot be retried: {error}") from error
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

    It counts for `job` from now on. A delivery that had ended has counted for its previous job, and
    must not count twice; a waiting one still counts for its previous job when it ends.
    """
    webhook = tx.memory.webhooks[before.webhook]
    manual = manual_retry(
        before.status,
        in_flight=before.in_flight,
        blocked_reason=webhook.blocked_reason,
        deleted=webhook.deleted_at is not None,
    )
    after = tx.change_delivery(
        before,
        status=DeliveryStatus.PENDING,
        reason=None,
        manual=manual,
        max_attempts=before.max_attempts if manual is ManualRetry.IN_PLACE else before.attempt + 1,
        next_attempt_at=now_ms,
        finished_at=None,
        lease_seq=before.lease_seq + 1,  # an older record can no longer be claimed
        job=before.job if manual is ManualRetry.IN_PLACE else job,
    )
    if manual is ManualRetry.SINGLE:
        # Until it ends again, lifetime numbers and plots do not count it as ended.
        tx.count_at(before.webhook, before.finished_at or now_ms, before.status.value, by=-1)
        tx.count(before.webhook, "pending")
        _renew_body(tx, after)
    tx.publish(Waiting(QueuedDelivery(after, None)))
    return after


def _renew_body(tx: Transaction, record: DeliveryRecord) -> None:
    """Render the body from the webhook's present template; the body sent before is kept."""
    webhook = tx.memory.webhooks[record.webhook]
    of_delivery = BodyModel.delivery == record.row
    before = BodyModel.select(BodyModel.sealed).where(of_delivery).namedtuples().first(tx.db)
    if before is None and webhook.config.body_template is None:
        return
    _keep_past(tx, record, before)
    tx.run(BodyModel.delete().where(of_delivery))
    if webhook.config.body_template is None:
        return
    payload = EventModel.select(EventModel.payload).where(EventModel.id == record.event_row)
    sent = payload.scalar(tx.db)
    make_body(tx, webhook, record, sent, EventValues(read_payload(sent), sent))


def _keep_past(tx: Transaction, record: DeliveryRecord, before: Any) -> None:
    """Keep the body of the attempts up to now: the row `before`, or the payload (None)."""
    if record.attempt == 0:
        return
    row = 1 + (PastBodyModel.select(fn.MAX(PastBodyModel.id)).scalar(tx.db) or 0)
    sealed = None
    if before is not None and before.sealed is not None:
        body = tx.cipher.open(before.sealed, f"body:{record.row}")
        sealed = tx.cipher.seal(body, f"past_body:{row}")
    tx.run(
        PastBodyModel.insert(
            id=row,
            delivery=record.row,
            before_attempt=record.attempt + 1,
            plain=before is None,
            sealed=sealed,
        )
    )
