"""Changes after a number, for watchers that were disconnected (interfaces.md, `/v1/watch`)."""

from collections.abc import Sequence
from typing import Any

import msgspec
from peewee import SqliteDatabase

from daemon.protocol import ChangeType
from daemon.store.database import last_seq
from daemon.store.dialect.sqlite import indexed_by
from daemon.store.models import DeliveryModel, EventModel, JobModel, WebhookModel
from daemon.store.queries import deliveries, events, jobs

MOST = 20_000
"""The most objects that are read again; a watcher that missed more reads the lists."""
_STEP = 1_000


class ChangePosition(msgspec.Struct, frozen=True, gc=False):
    """A changed object: the number of its last change, its type, and its row."""

    seq: int
    type: ChangeType
    row: int


class Missed(msgspec.Struct, frozen=True):
    """The objects that changed up to change `seq`, each once, in the order of their last changes.

    It has positions, not objects: a slow watcher must not hold twenty thousand objects in memory.
    """

    seq: int
    positions: list[ChangePosition]


class TooMuch(msgspec.Struct, frozen=True):
    """More changes than `MOST`: a gap. `seq` is the number of the last change."""

    seq: int


def missed(db: SqliteDatabase, since: int) -> Missed | TooMuch:
    """The changes after change number `since`."""
    seq = last_seq(db)
    if since > seq:
        return TooMuch(seq)
    by_change = indexed_by(DeliveryModel, "deliveries_changed")
    changed = _changed(db, DeliveryModel, since, MOST + 1, by_change)
    arrived = _arrived(db, since)
    if len(changed) + len(arrived) > MOST:
        return TooMuch(seq)
    positions = [ChangePosition(at, "delivery", row) for row, at in changed]
    positions += [ChangePosition(at, "event", row) for row, at in arrived]
    rest: tuple[tuple[ChangeType, Any], ...] = (("webhook", WebhookModel), ("job", JobModel))
    for type_, model in rest:
        positions += [
            ChangePosition(at, type_, row) for row, at in _changed(db, model, since, MOST)
        ]
    positions.sort(key=lambda position: position.seq)
    return Missed(seq, positions)


def found_at(
    db: SqliteDatabase, positions: Sequence[ChangePosition]
) -> list[tuple[ChangePosition, Any]]:
    """The objects at these positions now, in their order, without those that are pruned.

    It has the record of a delivery or an event, a `Job`, and None for a webhook, which the registry
    has. An object that has changed again is in the new state, and the watcher gets that change too.
    """
    rows: dict[ChangeType, list[int]] = {"delivery": [], "event": [], "job": []}
    for position in positions:
        if position.type in rows:
            rows[position.type].append(position.row)
    records = deliveries.by_rows(db, rows["delivery"])
    found: dict[tuple[ChangeType, int], Any] = {
        **{("delivery", each.row): each for each in records},
        **{("event", each.row): each for each in events.by_rows(db, rows["event"])},
        **{("job", row): job for row, job in jobs.by_rows(db, rows["job"])},
    }
    return [
        (position, found.get((position.type, position.row)))
        for position in positions
        if position.type == "webhook" or (position.type, position.row) in found
    ]


def _changed(
    db: SqliteDatabase, model: Any, since: int, most: int, source: Any = None
) -> list[tuple[int, int]]:
    """Rows that changed after change number `since`, with the number of their last change."""
    query = model.select(model.id, model.changed_seq).where(model.changed_seq > since)
    found = query.from_(source or model).order_by(model.changed_seq).limit(most)
    return list(db.execute(found))


def _arrived(db: SqliteDatabase, since: int) -> list[tuple[int, int]]:
    """New events. Events never change, so their rows are in the order of changes, newest last."""
    found: list[tuple[int, int]] = []
    below = 2**62
    newest = EventModel.select(EventModel.id, EventModel.changed_seq).limit(_STEP)
    newest = newest.order_by(EventModel.id.desc())
    while len(found) <= MOST:
        step = list(db.execute(newest.where(EventModel.id < below)))
        fresh = [each for each in step if each[1] > since]
        found += fresh
        if len(fresh) < _STEP:
            break
        below = step[-1][0]
    return found
