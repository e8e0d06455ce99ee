"""Reads events: pages, and one event with its payload and its decisions."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from peewee import SqliteDatabase, fn

from daemon.store.models import EventModel
from daemon.store.records import EventRecord

_HEAD_MAX = 512
"""The first bytes of a payload, which include its timestamp: the ids before it are short."""
_TIMESTAMP = re.compile(rb'"timestamp":"([^"]*)"')


class StoredEvent(msgspec.Struct, frozen=True):
    """An event with its payload and the record of the decisions about it."""

    record: EventRecord
    payload: bytes
    decisions: bytes


def _select(*more: Any) -> Any:
    return EventModel.select(
        EventModel.id,
        EventModel.event_id,
        EventModel.event_type,
        EventModel.project_id,
        EventModel.project_name,
        EventModel.received_at,
        EventModel.matched,
        EventModel.webhooks,
        EventModel.changed_seq,
        fn.SUBSTR(EventModel.payload, 1, _HEAD_MAX).alias("head"),
        *more,
    ).namedtuples()


def by_rows(db: SqliteDatabase, rows: Sequence[int]) -> list[EventRecord]:
    """The events of these rows, in this order; rows that are gone are left out."""
    if not rows:
        return []
    found = {row.id: row for row in _select().where(EventModel.id.in_(rows)).execute(db)}
    return [_record(found[row]) for row in rows if row in found]


def newest(db: SqliteDatabase, below: int | None, limit: int) -> list[tuple[int, EventRecord]]:
    """Events with the number of their last change, newest row first, of rows before `below`."""
    query = _select().order_by(EventModel.id.desc()).limit(limit)
    if below is not None:
        query = query.where(EventModel.id < below)
    return [(row.changed_seq, _record(row)) for row in query.execute(db)]


def whole(db: SqliteDatabase, event_id: str) -> StoredEvent | None:
    """The event with this id, its payload and its decisions."""
    query = _select(EventModel.payload, EventModel.decisions)
    row = query.where(EventModel.event_id == event_id).first(db)
    return None if row is None else StoredEvent(_record(row), row.payload, row.decisions)


def _record(row: Any) -> EventRecord:
    timestamp = _TIMESTAMP.search(row.head)
    return EventRecord(
        row=row.id,
        event_id=row.event_id,
        event_type=row.event_type,
        timestamp="" if timestamp is None else timestamp[1].decode(),
        project_id=row.project_id,
        project_name=row.project_name,
        received_at=row.received_at,
        matched=row.matched,
        webhooks=row.webhooks,
    )


def received_behind(db: SqliteDatabase, since: int, skipped: int) -> int | None:
    """When the event after `skipped` others since a time was received, or None."""
    query = EventModel.select(EventModel.received_at).where(EventModel.received_at >= since)
    found: int | None = query.order_by(EventModel.received_at).offset(skipped).limit(1).scalar(db)
    return found
