"""What changed after a number, for watchers that were away (interfaces.md, `/v1/watch`)."""

import msgspec
from peewee import SqliteDatabase

from daemon.store.database import connection_of, execute, last_seq
from daemon.store.load import deliveries
from daemon.store.queries import events, jobs
from daemon.store.records import DeliveryRecord, EventRecord
from daemon.wire import Job

MOST = 20_000
"""Objects that are read again; whoever missed more reads the lists."""
_STEP = 1_000


class Missed(msgspec.Struct, frozen=True):
    """Everything that changed up to change `seq`, each object once, with its last change.

    `webhooks` are rows of webhooks.
    """

    seq: int
    deliveries: list[tuple[int, DeliveryRecord]]
    events: list[tuple[int, EventRecord]]
    webhooks: list[tuple[int, int]]
    jobs: list[tuple[int, Job]]


class TooMuch(msgspec.Struct, frozen=True):
    """More than is kept for this: a gap. `seq` is the last change there is."""

    seq: int


def missed(db: SqliteDatabase, since: int) -> Missed | TooMuch:
    """What changed after change number `since`."""
    seq = last_seq(db)
    if since > seq:
        return TooMuch(seq)
    changed = execute(
        db,
        "SELECT id, changed_seq FROM deliveries INDEXED BY deliveries_changed"
        " WHERE changed_seq > ? ORDER BY changed_seq LIMIT ?",
        (since, MOST + 1),
    ).fetchall()
    arrived = _arrived(db, since)
    if len(changed) + len(arrived) > MOST:
        return TooMuch(seq)
    webhooks = execute(db, "SELECT changed_seq, id FROM webhooks WHERE changed_seq > ?", (since,))
    return Missed(
        seq,
        _deliveries(db, dict(changed)),
        arrived,
        webhooks.fetchall(),
        jobs.changed(db, since, MOST),
    )


def _deliveries(db: SqliteDatabase, changed: dict[int, int]) -> list[tuple[int, DeliveryRecord]]:
    found = []
    rows = list(changed)
    for start in range(0, len(rows), _STEP):
        part = rows[start : start + _STEP]
        marks = ",".join("?" * len(part))
        records = deliveries(connection_of(db), f"WHERE d.id IN ({marks})", part)
        found += [(changed[record.row], record) for record in records]
    return found


def _arrived(db: SqliteDatabase, since: int) -> list[tuple[int, EventRecord]]:
    """Events never change, so their rows are in the order of their changes: read from the end."""
    found: list[tuple[int, EventRecord]] = []
    below: int | None = None
    while len(found) <= MOST:
        step = events.newest(db, below, _STEP)
        fresh = [each for each in step if each[0] > since]
        found += fresh
        if len(fresh) < _STEP:
            break
        below = step[-1][1].row
    return found
