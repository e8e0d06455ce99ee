"""Reads events: pages, and one event with its payload and its decisions."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from peewee import SQL, SqliteDatabase, fn

from daemon.store.dialect.sqlite import execute, text_of
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
    """A query for what `_record` takes, and `more` behind it."""
    return EventModel.select(
        EventModel.id,
        EventModel.event_id,
        EventModel.event_type,
        EventModel.project_id,
        EventModel.project_name,
        EventModel.received_at,
        EventModel.matched,
        EventModel.webhooks,
        fn.SUBSTR(EventModel.payload, SQL("1"), SQL(str(_HEAD_MAX))),
        *more,
    )


def by_rows(db: SqliteDatabase, rows: Sequence[int]) -> list[EventRecord]:
    """The events of these rows, in this order; rows that are gone are left out."""
    records = {row[0]: _record(row) for row in execute(db, _of_rows(len(rows)), rows)}
    return [records[row] for row in rows if row in records]


@lru_cache(maxsize=64)
def _of_rows(n: int) -> str:
    """The query for `n` rows. Lists ask for the same few numbers of rows all the time."""
    return text_of(_select().where(EventModel.id.in_([0] * n)))


def newest(db: SqliteDatabase, below: int | None, limit: int) -> list[tuple[int, EventRecord]]:
    """Events with the number of their last change, newest row first, of rows before `below`."""
    query = _select(EventModel.changed_seq).order_by(EventModel.id.desc()).limit(limit)
    if below is not None:
        query = query.where(EventModel.id < below)
    return [(row[-1], _record(row)) for row in db.execute(query)]


def whole(db: SqliteDatabase, event_id: str) -> StoredEvent | None:
    """The event with this id, its payload and its decisions."""
    query = _select(EventModel.payload, EventModel.decisions)
    row = db.execute(query.where(EventModel.event_id == event_id)).fetchone()
    return None if row is None else StoredEvent(_record(row), *row[-2:])


def _record(row: Sequence[Any]) -> EventRecord:
    number, event_id, event_type, project_id, project_name, at, matched, webhooks, head = row[:9]
    timestamp = _TIMESTAMP.search(head)
    return EventRecord(
        row=number,
        event_id=event_id,
        event_type=event_type,
        timestamp="" if timestamp is None else timestamp[1].decode(),
        project_id=project_id,
        project_name=project_name,
        received_at=at,
        matched=matched,
        webhooks=webhooks,
    )


def received_behind(db: SqliteDatabase, since: int, skipped: int) -> int | None:
    """When the event after `skipped` others since a time was received, or None."""
    query = EventModel.select(EventModel.received_at).where(EventModel.received_at >= since)
    found: int | None = query.order_by(EventModel.received_at).offset(skipped).limit(1).scalar(db)
    return found
