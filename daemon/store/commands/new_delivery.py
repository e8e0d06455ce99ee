"""Writes new events and new deliveries, for accepted events, tests and replays."""

from typing import Any

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.events.event import AcceptedEvent
from daemon.store.delivery_rows import new_row
from daemon.store.facts import DeliveryChanged, EventArrived
from daemon.store.records import DeliveryRecord, EventRecord, QueuedDelivery, WebhookRecord
from daemon.store.transaction import Transaction
from daemon.util.ids import new_uuid


def insert_event(
    tx: Transaction,
    event: AcceptedEvent,
    payload: bytes,
    decisions: bytes,
    *,
    now_ms: int,
    matched: int,
    webhooks: int,
    given_timestamp: str | None = None,
) -> int:
    """Write a new event and publish it; returns its row."""
    row = tx.memory.next_event
    tx.memory.next_event += 1
    seq = tx.seq()
    tx.events.append(
        (
            row,
            event.event_id,
            event.event_type,
            event.project_id,
            event.project_name,
            given_timestamp,
            payload,
            now_ms,
            decisions,
            matched,
            webhooks,
            seq,
        )
    )
    record = EventRecord(
        row,
        event.event_id,
        event.event_type,
        event.timestamp,
        event.project_id,
        event.project_name,
        now_ms,
        matched,
        webhooks,
    )
    tx.publish(EventArrived(seq, record))
    return row


def new_record(
    tx: Transaction,
    webhook: WebhookRecord,
    event: AcceptedEvent,
    event_row: int,
    now_ms: int,
    **more: Any,
) -> DeliveryRecord:
    """The record of a new delivery, due at once unless `more` has another time."""
    row = tx.memory.next_delivery
    tx.memory.next_delivery += 1
    values = {"max_attempts": tx.memory.policy_of(webhook).tries, "next_attempt_at": now_ms, **more}
    return DeliveryRecord(
        row=row,
        uid=new_uuid(now_ms),
        event_row=event_row,
        event_id=event.event_id,
        event_type=event.event_type,
        webhook=webhook.row,
        project_id=event.project_id,
        project_name=event.project_name,
        created_at=now_ms,
        **values,
    )


def make_body(
    tx: Transaction,
    webhook: WebhookRecord,
    record: DeliveryRecord,
    payload: bytes,
    values: EventValues,
) -> QueuedDelivery:
    """The delivery with its body: the payload, or the rendered template, which is stored sealed."""
    if webhook.config.body_template is None:
        return QueuedDelivery(record, payload)
    body, problem = tx.memory.bodies.make(webhook, values)
    sealed = None if body is None else tx.cipher.seal(body, f"body:{record.row}")
    tx.bodies.append((record.row, sealed, problem))
    return QueuedDelivery(record, body, problem)


def insert_delivery(tx: Transaction, record: DeliveryRecord, owner: str | None) -> None:
    """Write a new delivery, count it, and publish it. `owner` holds its claim, if it has one."""
    seq = tx.seq()
    tx.deliveries.append((*new_row(record), owner, seq))
    if record.status is DeliveryStatus.PENDING:
        tx.count(record.webhook, "pending")
    else:
        tx.count_at(record.webhook, record.created_at, record.status._value_)
    tx.publish(DeliveryChanged(seq, record))
