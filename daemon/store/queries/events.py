"""Events as they are read: pages, and one with its payload and its decisions."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from peewee import SqliteDatabase

from daemon.store.database import execute
from daemon.store.queries.sql import marks
from daemon.store.records import EventRecord

_HEAD_MAX = 512
"""Bytes of a payload within which its timestamp stands: the ids before it have limited lengths."""
_TIMESTAMP = re.compile(rb'"timestamp":"([^"]*)"')

_SELECT = (
    "SELECT e.id, e.event_id, e.event_type, e.project_id, e.project_name, e.received_at,"
    f" e.matched, e.webhooks, substr(e.payload, 1, {_HEAD_MAX}) FROM events e "
)


class EventFile(msgspec.Struct, frozen=True):
    """An event with its payload and the record of what was decided about it."""

    record: EventRecord
    payload: bytes
    decisions: bytes


def by_rows(db: SqliteDatabase, rows: Sequence[int]) -> list[EventRecord]:
    """The events of these rows, in this order; rows that are gone are left out."""
    if not rows:
        return []
    found = {row[0]: row for row in execute(db, f"{_SELECT} WHERE e.id IN ({marks(rows)})", rows)}
    return [_record(found[row]) for row in rows if row in found]


def newest(db: SqliteDatabase, below: int | None, limit: int) -> list[tuple[int, EventRecord]]:
    """Events with the number of their last change, newest row first, of rows before `below`."""
    sql = _SELECT.replace("substr", "e.changed_seq, substr", 1)
    bound, params = ("", ()) if below is None else ("WHERE e.id < ?", (below,))
    rows = execute(db, f"{sql} {bound} ORDER BY e.id DESC LIMIT ?", (*params, limit))
    return [(row[8], _record((*row[:8], row[9]))) for row in rows]


def whole(db: SqliteDatabase, event_id: str) -> EventFile | None:
    """All that is known of the event with this id."""
    row = execute(db, f"{_SELECT} WHERE e.event_id = ?", (event_id,)).fetchone()
    if row is None:
        return None
    payload, decisions = execute(
        db, "SELECT payload, decisions FROM events WHERE id = ?", (row[0],)
    ).fetchone()
    return EventFile(_record(row), payload, decisions)


def _record(row: Sequence[Any]) -> EventRecord:
    timestamp = _TIMESTAMP.search(row[8])
    return EventRecord(
        row=row[0],
        event_id=row[1],
        event_type=row[2],
        timestamp="" if timestamp is None else timestamp[1].decode(),
        project_id=row[3],
        project_name=row[4],
        received_at=row[5],
        matched=row[6],
        webhooks=row[7],
    )
