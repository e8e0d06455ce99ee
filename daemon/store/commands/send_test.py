"""Test: one `webhook.test` event for one webhook, one attempt (rules.md §3)."""

from daemon.domain.deliveries.lifecycle import DeliveryKind
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.events.event import AcceptedEvent
from daemon.domain.events.timestamps import from_ms
from daemon.protocol.caller import Caller
from daemon.store.audit import write_entry
from daemon.store.commands.accept import insert_delivery, make_body
from daemon.store.commands.webhooks import living
from daemon.store.facts import EventArrived, Waiting
from daemon.store.records import DeliveryRecord, EventRecord
from daemon.store.transaction import Transaction
from daemon.util.ids import new_uuid


class SendTest:
    """Make a test's event and delivery; the result is the delivery, which goes out when it may.

    It bypasses events and filters and is sent while paused, too. It comes
    claimed: it waits for nobody, for somebody waits for it.
    """

    def __init__(self, uid: str, data: bytes, caller: Caller, owner: str, now_ms: int) -> None:
        self._uid = uid
        self._data = data
        self._caller = caller
        self._owner = owner
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> DeliveryRecord:
        """Write the event and its delivery."""
        webhook = living(tx, self._uid)
        memory = tx.memory
        event = AcceptedEvent(
            new_uuid(self._now_ms), "webhook.test", from_ms(self._now_ms), self._data
        )
        payload = event.payload()
        event_row, row = memory.next_event, memory.next_delivery
        memory.next_event += 1
        memory.next_delivery += 1
        seq = tx.seq()
        decisions = memory.router.test_record(webhook)
        known = (event_row, event.event_id, event.event_type, None, None, None, payload)
        tx.events.append((*known, self._now_ms, decisions, 1, 1, seq))
        shown = EventRecord(
            event_row,
            event.event_id,
            event.event_type,
            event.timestamp,
            None,
            None,
            self._now_ms,
            1,
            1,
        )
        tx.tell(EventArrived(seq, shown))
        record = DeliveryRecord(
            row=row,
            uid=new_uuid(self._now_ms),
            event_row=event_row,
            event_id=event.event_id,
            event_type=event.event_type,
            webhook=webhook.row,
            project_id=None,
            project_name=None,
            created_at=self._now_ms,
            kind=DeliveryKind.TEST,
            max_attempts=1,
            next_attempt_at=self._now_ms,
            lease_seq=1,
            in_flight=True,
        )
        queued = make_body(tx, webhook, record, payload, EventValues(event, payload))
        insert_delivery(tx, record, self._owner)
        tx.tell(Waiting(queued))
        write_entry(
            tx,
            self._caller,
            self._now_ms,
            "webhook.test",
            webhook.config.name,
            None,
            {"delivery_id": record.uid},
        )
        return record
