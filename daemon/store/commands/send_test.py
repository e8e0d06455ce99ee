"""Test: one `webhook.test` event for one webhook, one attempt (rules.md §3)."""

from daemon.domain.deliveries.lifecycle import DeliveryKind
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.events.event import AcceptedEvent
from daemon.domain.events.timestamps import from_ms
from daemon.protocol.caller import Caller
from daemon.store.audit import write_entry
from daemon.store.commands.new_delivery import insert_delivery, insert_event, make_body, new_record
from daemon.store.commands.webhooks import existing_webhook
from daemon.store.facts import Waiting
from daemon.store.records import DeliveryRecord
from daemon.store.transaction import Transaction
from daemon.util.ids import new_uuid


class SendTest:
    """Create a test's event and delivery; returns the delivery.

    It bypasses event types and filters, and is sent even while the webhook is paused. It is claimed
    at once and uses no claim slot, because its caller waits for it.
    """

    def __init__(self, uid: str, data: bytes, caller: Caller, owner: str, now_ms: int) -> None:
        self._uid = uid
        self._data = data
        self._caller = caller
        self._owner = owner
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> DeliveryRecord:
        """Write the event and its delivery."""
        webhook, now_ms = existing_webhook(tx, self._uid), self._now_ms
        event = AcceptedEvent(new_uuid(now_ms), "webhook.test", from_ms(now_ms), self._data)
        payload = event.payload()
        decisions = tx.memory.router.test_record(webhook)
        event_row = insert_event(
            tx, event, payload, decisions, now_ms=now_ms, matched=1, webhooks=1
        )
        record = new_record(
            tx,
            webhook,
            event,
            event_row,
            now_ms,
            kind=DeliveryKind.TEST,
            max_attempts=1,
            lease_seq=1,
            in_flight=True,
        )
        queued = make_body(tx, webhook, record, payload, EventValues(event, payload))
        insert_delivery(tx, record, self._owner)
        tx.publish(Waiting(queued))
        name, after = webhook.config.name, {"delivery_id": record.uid}
        write_entry(tx, self._caller, now_ms, "webhook.test", name, None, after)
        return record
