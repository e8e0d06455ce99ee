"""Forgetting what is older than the settings keep, a little at a time (rules.md §5, retention).

Lifetime numbers stay: they count what was pruned. Only what has ended is pruned; an event goes with
its last delivery.
"""

import msgspec

from daemon.store.statements import META
from daemon.store.transaction import HOUR, MINUTE, Transaction
from daemon.store.writer_memory import LAST_DELIVERY, LAST_EVENT
from daemon.util import failpoints

STEP = 200
"""Deliveries that one transaction forgets, so that outcomes get in between."""
MINUTES_KEPT = 25 * HOUR
"""How long counts by the minute are kept: the widest plot by minutes shows 24 h."""
HOURS_KEPT = 8 * 24 * HOUR
"""How long counts by the hour are kept: the widest plot shows 7 days."""


class Pruned(msgspec.Struct, frozen=True):
    """What one step forgot."""

    deliveries: int
    events: int

    @property
    def done(self) -> bool:
        """Whether there is nothing more to forget for now."""
        return self.deliveries < STEP and self.events < STEP


class Prune:
    """One step: forget what ended and was made before `before_ms`, and not before `since_ms`."""

    def __init__(self, before_ms: int, since_ms: int = 0) -> None:
        self._span = since_ms, before_ms

    def apply(self, tx: Transaction) -> Pruned:
        """Forget up to `STEP` deliveries, then up to `STEP` events that have none left."""
        pruned = Pruned(self._deliveries(tx), self._events(tx))
        if pruned.deliveries or pruned.events:
            keep_numbers(tx)
        return pruned

    def _deliveries(self, tx: Transaction) -> int:
        found = tx.execute(
            "SELECT id, webhook_id FROM deliveries INDEXED BY deliveries_created"
            " WHERE created_at >= ? AND created_at < ? AND status != 'pending'"
            " ORDER BY created_at LIMIT ?",
            (*self._span, STEP),
        ).fetchall()
        if not found:
            return 0
        rows = [row for row, _ in found]
        marks = ",".join("?" * len(rows))
        for table, column in (
            ("attempts", "delivery_row"),
            ("bodies", "delivery_row"),
            ("past_bodies", "delivery_row"),
            ("deliveries", "id"),
        ):
            sql = f"DELETE FROM {table} WHERE {column} IN ({marks})"  # noqa: S608  # our own words
            tx.execute(sql, rows)
            failpoints.hit("prune.middle")
        for _, webhook in found:
            tx.count(webhook, "pruned")
        return len(found)

    def _events(self, tx: Transaction) -> int:
        return tx.execute(
            "DELETE FROM events WHERE id IN (SELECT e.id FROM events e"
            " WHERE e.received_at >= ? AND e.received_at < ?"
            " AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_row = e.id)"
            " ORDER BY e.received_at LIMIT ?)",
            (*self._span, STEP),
        ).rowcount


def keep_numbers(tx: Transaction) -> None:
    """Note how far rows are numbered, so that no number of a forgotten one is given again.

    A job that is under way knows by number what was there when it was started.
    """
    for key, following in (
        (LAST_EVENT, tx.memory.next_event),
        (LAST_DELIVERY, tx.memory.next_delivery),
    ):
        tx.execute(META, (key, str(following - 1)))


class PruneCounts:
    """Forget the counts behind the plots that no plot shows any more."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> None:
        """Delete old minutes and hours; totals stay."""
        for span, kept, step in (("minute", MINUTES_KEPT, MINUTE), ("hour", HOURS_KEPT, HOUR)):
            oldest = (self._now_ms - kept) // step * step
            tx.execute("DELETE FROM counters WHERE span = ? AND at < ?", (span, oldest))
