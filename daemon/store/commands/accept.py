"""Accepts events: detects repeats, matches webhooks and creates deliveries, in one commit.

Matching happens here and not before, because only the writer's order determines which webhooks
exist and which are paused at the moment of the event (rules.md §4).
"""

from collections.abc import Callable, Sequence

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.events.event import AcceptedEvent, SubmittedEvent, payload_data, same_content
from daemon.domain.events.timestamps import from_ms
from daemon.protocol import Accepted, DeliveryRef
from daemon.store.commands.new_delivery import insert_delivery, insert_event, make_body, new_record
from daemon.store.errors import EventConflict
from daemon.store.facts import Waiting
from daemon.store.models import DeliveryModel
from daemon.store.records import WebhookRecord
from daemon.store.statements import events_of_ids
from daemon.store.transaction import Fresh, Transaction
from daemon.util.ids import new_uuid

_AT_ONCE = 256
"""Ids that are looked up by one statement."""


class AcceptEvents:
    """Accept events, in order; returns the answer to each.

    `take` takes a claim slot for a webhook's new delivery, if one is free; `give` releases it
    when the batch is rolled back.
    """

    def __init__(
        self,
        events: Sequence[SubmittedEvent],
        *,
        owner: str,
        now_ms: int,
        take: Callable[[int], bool],
        give: Callable[[int], None],
    ) -> None:
        self._events = events
        self._owner = owner
        self._now_ms = now_ms
        self._now = from_ms(now_ms)
        self._take = take
        self._give = give

    def apply(self, tx: Transaction) -> list[Accepted | EventConflict]:
        """Accept new events and recognise repeated ones."""
        known = self._known(tx)
        return [self._one(tx, event, known) for event in self._events]

    def _one(
        self, tx: Transaction, event: SubmittedEvent, known: dict[str, Fresh]
    ) -> Accepted | EventConflict:
        given = event.event_id
        if given is None:
            return self._accept(tx, event, new_uuid(self._now_ms))
        before = tx.fresh.get(given) or known.get(given)
        if before is None:
            accepted = self._accept(tx, event, given)
            tx.fresh[given] = Fresh(event, accepted.deliveries)
            return accepted
        if same_content(event, before.event):
            return Accepted(given, duplicate=True, deliveries=before.deliveries)
        return EventConflict(given)

    def _accept(self, tx: Transaction, submitted: SubmittedEvent, event_id: str) -> Accepted:
        event = submitted.accepted(event_id, submitted.timestamp or self._now)
        payload = event.payload()
        routing = tx.memory.router.match(event)
        row = insert_event(
            tx,
            event,
            payload,
            routing.record,
            now_ms=self._now_ms,
            matched=len(routing.matched),
            webhooks=routing.webhooks,
            given_timestamp=submitted.given_timestamp,
        )
        refs: list[DeliveryRef] = []
        if routing.matched or routing.paused:
            values = EventValues(event, payload)
            refs = [
                self._deliver(tx, webhook, event, row, payload, values)
                for webhook in routing.matched
            ]
            refs += [self._discard(tx, webhook, event, row) for webhook in routing.paused]
        return Accepted(event_id, duplicate=False, deliveries=refs)

    def _deliver(
        self,
        tx: Transaction,
        webhook: WebhookRecord,
        event: AcceptedEvent,
        event_row: int,
        payload: bytes,
        values: EventValues,
    ) -> DeliveryRef:
        claimed = self._take(webhook.row)
        if claimed:
            tx.undo.append(lambda: self._give(webhook.row))
        record = new_record(
            tx,
            webhook,
            event,
            event_row,
            self._now_ms,
            lease_seq=int(claimed),
            in_flight=claimed,
        )
        queued = make_body(tx, webhook, record, payload, values)
        insert_delivery(tx, record, self._owner if claimed else None)
        tx.publish(Waiting(queued))
        return DeliveryRef(record.uid, webhook.uid)

    def _discard(
        self, tx: Transaction, webhook: WebhookRecord, event: AcceptedEvent, event_row: int
    ) -> DeliveryRef:
        record = new_record(
            tx,
            webhook,
            event,
            event_row,
            self._now_ms,
            status=DeliveryStatus.DISCARDED,
            reason=webhook.blocked_reason,
            next_attempt_at=None,
            finished_at=self._now_ms,
        )
        insert_delivery(tx, record, None)
        return DeliveryRef(record.uid, webhook.uid)

    def _known(self, tx: Transaction) -> dict[str, Fresh]:
        """The stored events that have the given ids."""
        ids = [event.event_id for event in self._events if event.event_id is not None]
        known: dict[str, Fresh] = {}
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            for row, event_id, event_type, given, payload in events_of_ids(tx.connection, part):
                event = SubmittedEvent(event_id, event_type, given, given, payload_data(payload))
                known[event_id] = Fresh(event, first_deliveries(tx, row))
        return known


def first_deliveries(tx: Transaction, event_row: int) -> list[DeliveryRef]:
    """The deliveries that an event led to when it was accepted."""
    webhooks = tx.memory.webhooks
    found = (
        DeliveryModel.select(DeliveryModel.uid, DeliveryModel.webhook)
        .where(DeliveryModel.event_row == event_row, DeliveryModel.kind == "event")
        .order_by(DeliveryModel.id)
        .namedtuples()
        .execute(tx.db)
    )
    return [DeliveryRef(each.uid, webhooks[each.webhook].uid) for each in found]
