"""Prunes history that is older than the settings keep, in small steps (rules.md §5, retention).

Lifetime numbers stay and include pruned deliveries. Only finished deliveries are pruned; an event
is pruned with its last delivery.
"""

import msgspec
from peewee import fn

from daemon.store import statements
from daemon.store.dialect.sqlite import indexed_by
from daemon.store.models import (
    AttemptModel,
    BodyModel,
    CounterModel,
    DeliveryModel,
    EventModel,
    PastBodyModel,
)
from daemon.store.transaction import HOUR, MINUTE, Transaction
from daemon.store.writer_memory import LAST_DELIVERY, LAST_EVENT
from daemon.util import failpoints

STEP = 200
"""Deliveries that one transaction prunes, so that outcomes get in between."""
MINUTES_KEPT = 25 * HOUR
"""How long counts by the minute are kept: the widest plot by minutes shows 24 h."""
HOURS_KEPT = 8 * 24 * HOUR
"""How long counts by the hour are kept: the widest plot shows 7 days."""


class Pruned(msgspec.Struct, frozen=True):
    """How many rows one step pruned."""

    deliveries: int
    events: int

    @property
    def done(self) -> bool:
        """Whether all is pruned for now."""
        return self.deliveries < STEP and self.events < STEP


class Prune:
    """One step: prune finished deliveries that were created from `since_ms` to `before_ms`."""

    def __init__(self, before_ms: int, since_ms: int = 0) -> None:
        self._since_ms = since_ms
        self._before_ms = before_ms

    def apply(self, tx: Transaction) -> Pruned:
        """Prune up to `STEP` deliveries, then up to `STEP` events that have none left."""
        pruned = Pruned(self._deliveries(tx), self._events(tx))
        if pruned.deliveries or pruned.events:
            store_last_rows(tx)
        return pruned

    def _deliveries(self, tx: Transaction) -> int:
        # Without a named index, SQLite scans all pending deliveries, which may be a million rows.
        by_time = indexed_by(DeliveryModel, "deliveries_created")
        found = list(
            tx.run(
                DeliveryModel.select(DeliveryModel.id, DeliveryModel.webhook)
                .from_(by_time)
                .where(
                    DeliveryModel.created_at >= self._since_ms,
                    DeliveryModel.created_at < self._before_ms,
                    DeliveryModel.status != "pending",
                )
                .order_by(DeliveryModel.created_at)
                .limit(STEP)
                .namedtuples()
            )
        )
        if not found:
            return 0
        rows = [each.id for each in found]
        for model, of_delivery in (
            (AttemptModel, AttemptModel.delivery),
            (BodyModel, BodyModel.delivery),
            (PastBodyModel, PastBodyModel.delivery),
            (DeliveryModel, DeliveryModel.id),
        ):
            tx.run(model.delete().where(of_delivery.in_(rows)))
            failpoints.hit("prune.middle")
        for each in found:
            tx.count(each.webhook, "pruned")
        return len(found)

    def _events(self, tx: Transaction) -> int:
        has_delivery = fn.EXISTS(
            DeliveryModel.select(DeliveryModel.id).where(DeliveryModel.event_row == EventModel.id)
        )
        alone = (
            EventModel.select(EventModel.id)
            .where(
                EventModel.received_at >= self._since_ms,
                EventModel.received_at < self._before_ms,
                ~has_delivery,
            )
            .order_by(EventModel.received_at)
            .limit(STEP)
        )
        pruned: int = tx.run(EventModel.delete().where(EventModel.id.in_(alone)))
        return pruned


def store_last_rows(tx: Transaction) -> None:
    """Store the last row numbers, so that the number of a pruned row is not used again.

    A running job compares numbers to find the rows that existed when it was started.
    """
    for key, following in (
        (LAST_EVENT, tx.memory.next_event),
        (LAST_DELIVERY, tx.memory.next_delivery),
    ):
        statements.set_meta(tx.connection, key, str(following - 1))


class PruneCounts:
    """Delete the counts by minute and hour that are too old for every plot."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> None:
        """Delete old minutes and hours; totals stay."""
        for span, kept, step in (("minute", MINUTES_KEPT, MINUTE), ("hour", HOURS_KEPT, HOUR)):
            oldest = (self._now_ms - kept) // step * step
            tx.run(CounterModel.delete().where(CounterModel.span == span, CounterModel.at < oldest))
