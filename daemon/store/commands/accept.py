"""An event comes in: told from a repeat, routed, its deliveries made, all in one transaction.

Routing happens here and not before, because only the writer's order says which webhooks there are
and which are paused at the moment of the event (rules.md §6).
"""

from collections.abc import Callable, Sequence

import msgspec

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.events.event import AcceptedEvent, SubmittedEvent, payload_data, same_content
from daemon.domain.events.timestamps import from_ms
from daemon.protocol import Accepted, DeliveryRef, FieldProblem, Problem
from daemon.store.bulk_statements import padding
from daemon.store.facts import DeliveryChanged, EventArrived, Waiting
from daemon.store.records import DeliveryRecord, EventRecord, QueuedDelivery, WebhookRecord
from daemon.store.transaction import Fresh, Transaction
from daemon.util.ids import new_uuid

Places = Callable[[int], bool]
"""Takes a place on the wire for a webhook's new delivery, if there is one."""


class AcceptEvents:
    """Take events in, in order; each is answered with what became of it."""

    def __init__(
        self,
        events: Sequence[SubmittedEvent],
        *,
        owner: str,
        now_ms: int,
        take: Places,
        give: Callable[[int], None],
    ) -> None:
        self._events = events
        self._owner = owner
        self._now_ms = now_ms
        self._now = from_ms(now_ms)
        self._take = take
        self._give = give

    def apply(self, tx: Transaction) -> list[Accepted | Problem]:
        """Accept what is new, recognise what is not."""
        known = self._known(tx)
        return [self._one(tx, event, known) for event in self._events]

    def _one(
        self, tx: Transaction, event: SubmittedEvent, known: dict[str, Fresh]
    ) -> Accepted | Problem:
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
        return Problem(
            "Conflict",
            409,
            f"event {given} was accepted before with other content; give a new event another id",
            (FieldProblem("event_id", "stands for another event already"),),
        )

    def _accept(self, tx: Transaction, submitted: SubmittedEvent, event_id: str) -> Accepted:
        memory = tx.memory
        event = submitted.accepted(event_id, submitted.timestamp or self._now)
        payload = event.payload()
        routing = memory.router.match(event)
        row = memory.next_event
        memory.next_event += 1
        seq = tx.seq()
        matched = len(routing.matched)
        tx.events.append(
            (
                row,
                event_id,
                event.event_type,
                event.project_id,
                event.project_name,
                submitted.given_timestamp,
                payload,
                self._now_ms,
                routing.record,
                matched,
                routing.webhooks,
                seq,
            )
        )
        tx.tell(
            EventArrived(
                seq,
                EventRecord(
                    row,
                    event_id,
                    event.event_type,
                    event.timestamp,
                    event.project_id,
                    event.project_name,
                    self._now_ms,
                    matched,
                    routing.webhooks,
                ),
            )
        )
        refs: list[DeliveryRef] = []
        if matched or routing.paused:
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
        record = msgspec.structs.replace(
            self._record(tx, webhook, event, event_row),
            max_attempts=tx.memory.policy_of(webhook).tries,
            next_attempt_at=self._now_ms,
            lease_seq=int(claimed),
            in_flight=claimed,
        )
        queued = make_body(tx, webhook, record, payload, values)
        insert_delivery(tx, record, self._owner if claimed else None)
        tx.tell(Waiting(queued))
        return DeliveryRef(record.uid, webhook.uid)

    def _discard(
        self, tx: Transaction, webhook: WebhookRecord, event: AcceptedEvent, event_row: int
    ) -> DeliveryRef:
        record = msgspec.structs.replace(
            self._record(tx, webhook, event, event_row),
            max_attempts=tx.memory.policy_of(webhook).tries,
            status=DeliveryStatus.DISCARDED,
            reason=webhook.blocked_reason,
            finished_at=self._now_ms,
        )
        insert_delivery(tx, record, None)
        return DeliveryRef(record.uid, webhook.uid)

    def _record(
        self, tx: Transaction, webhook: WebhookRecord, event: AcceptedEvent, event_row: int
    ) -> DeliveryRecord:
        row = tx.memory.next_delivery
        tx.memory.next_delivery += 1
        return DeliveryRecord(
            row=row,
            uid=new_uuid(self._now_ms),
            event_row=event_row,
            event_id=event.event_id,
            event_type=event.event_type,
            webhook=webhook.row,
            project_id=event.project_id,
            project_name=event.project_name,
            created_at=self._now_ms,
        )

    def _known(self, tx: Transaction) -> dict[str, Fresh]:
        """What the store holds under the ids that were given."""
        ids = [event.event_id for event in self._events if event.event_id is not None]
        known: dict[str, Fresh] = {}
        for start in range(0, len(ids), 256):
            part = padded_ids(ids[start : start + 256])
            marks = ",".join("?" * len(part))
            found = tx.connection.execute(
                "SELECT id, event_id, event_type, given_timestamp, payload FROM events"  # noqa: S608
                f" WHERE event_id IN ({marks})",
                part,
            ).fetchall()
            for row, event_id, event_type, given, payload in found:
                event = SubmittedEvent(event_id, event_type, given, given, payload_data(payload))
                known[event_id] = Fresh(event, first_deliveries(tx, row))
        return known


def first_deliveries(tx: Transaction, event_row: int) -> list[DeliveryRef]:
    """The deliveries that an event led to when it came in."""
    webhooks = tx.memory.webhooks
    found = tx.connection.execute(
        "SELECT uid, webhook_id FROM deliveries WHERE event_row = ? AND kind = 'event' ORDER BY id",
        (event_row,),
    )
    return [DeliveryRef(uid, webhooks[webhook].uid) for uid, webhook in found]


def make_body(
    tx: Transaction,
    webhook: WebhookRecord,
    record: DeliveryRecord,
    payload: bytes,
    values: EventValues,
) -> QueuedDelivery:
    """The delivery with its body: the payload, or the template rendered and kept sealed."""
    if webhook.config.body_template is None:
        return QueuedDelivery(record, payload)
    body, problem = tx.memory.bodies.make(webhook, values)
    sealed = None if body is None else tx.cipher.seal(body, f"body:{record.row}")
    tx.bodies.append((record.row, sealed, problem))
    return QueuedDelivery(record, body, problem)


def insert_delivery(tx: Transaction, record: DeliveryRecord, owner: str | None) -> None:
    """Write a new delivery, count it, and tell of it."""
    seq = tx.seq()
    tx.deliveries.append(
        (
            record.row,
            record.uid,
            record.event_row,
            record.webhook,
            record.event_type,
            record.project_id,
            record.kind._value_,  # `Enum.value` is two calls of Python's
            record.status._value_,
            record.reason,
            record.max_attempts,
            record.created_at,
            record.next_attempt_at,
            record.finished_at,
            owner,
            record.lease_seq,
            record.job,
            seq,
        )
    )
    if record.status is DeliveryStatus.PENDING:
        tx.count(record.webhook, "pending")
    else:
        tx.count_at(record.webhook, record.created_at, record.status._value_)
    tx.tell(DeliveryChanged(seq, record))


def padded_ids(ids: list[str]) -> list[str]:
    """Ids filled up with one that nobody has, so that few statement texts stay prepared."""
    return [*ids, *[""] * padding(len(ids))]
