"""Jobs as they are read."""

import sqlite3
from collections.abc import Sequence

from peewee import SqliteDatabase

from daemon.domain.events.timestamps import from_ms
from daemon.domain.filters.keys import FilterKey
from daemon.domain.filters.parser import Filter
from daemon.protocol import Job
from daemon.store.database import execute
from daemon.store.queries.cursors import CursorPosition
from daemon.store.queries.sql import Sql, every, marks
from daemon.store.queries.text import said, within

_SELECT = (
    "SELECT id, uid, kind, state, matched, started, succeeded, failed, created_at, finished_at,"
    " by, filter, error, changed_seq FROM jobs "
)


def page(
    db: SqliteDatabase, wanted: Filter, after: CursorPosition | None, limit: int
) -> tuple[list[Job], CursorPosition | None]:
    """Jobs, newest first. There are few: one for each time somebody asked."""
    condition = _condition(wanted)
    if after is not None:
        condition = every([condition, Sql("(created_at, id) < (?, ?)", tuple(after))])
    sql = f"{_SELECT} WHERE {condition.text} ORDER BY created_at DESC, id DESC LIMIT ?"
    rows = execute(db, sql, (*condition.params, limit + 1)).fetchall()
    shown = rows[:limit]
    following = CursorPosition(shown[-1][8], shown[-1][0]) if len(rows) > limit else None
    return [_job(row) for row in shown], following


def total(db: SqliteDatabase, wanted: Filter) -> int:
    """How many jobs match."""
    condition = _condition(wanted)
    sql = f"SELECT count(*) FROM jobs WHERE {condition.text}"
    found: int = execute(db, sql, condition.params).fetchone()[0]
    return found


def _condition(wanted: Filter) -> Sql:
    """Times, and text that is found in the id, the filter, or who asked."""
    pieces = [within("created_at", wanted.since, wanted.until)]
    pieces += [
        said(("uid", "kind", "state", "filter", "by", "error"), group)
        for group in wanted.groups
        if group.key is FilterKey.TEXT
    ]
    return every(pieces)


def read(connection: sqlite3.Connection, row: int) -> Job | None:
    """The job of this row, in the transaction that `connection` is in."""
    found = connection.execute(f"{_SELECT} WHERE id = ?", (row,)).fetchone()
    return None if found is None else _job(found)


def by_uid(db: SqliteDatabase, uid: str) -> Job | None:
    """The job with this id."""
    found = execute(db, f"{_SELECT} WHERE uid = ?", (uid,)).fetchone()
    return None if found is None else _job(found)


def changed(db: SqliteDatabase, since: int, most: int) -> list[tuple[int, Job]]:
    """Jobs that changed after change number `since`, with the number of their last change."""
    rows = execute(
        db, f"{_SELECT} WHERE changed_seq > ? ORDER BY changed_seq LIMIT ?", (since, most)
    )
    return [(row[13], _job(row)) for row in rows]


def by_rows(db: SqliteDatabase, rows: Sequence[int]) -> list[tuple[int, Job]]:
    """The jobs of these rows, each with its row."""
    if not rows:
        return []
    found = execute(db, f"{_SELECT} WHERE id IN ({marks(rows)})", rows)
    return [(row[0], _job(row)) for row in found]


def _job(row: tuple) -> Job:  # type: ignore[type-arg]  # a row of _SELECT
    return Job(
        id=row[1],
        kind=row[2],
        state=row[3],
        matched=row[4],
        started=row[5],
        succeeded=row[6],
        failed=row[7],
        created_at=from_ms(row[8]),
        finished_at=None if row[9] is None else from_ms(row[9]),
        by=row[10],
        filter=row[11],
        error=row[12],
    )


def row_of(db: SqliteDatabase, uid: str) -> int | None:
    """The row of a job."""
    found = execute(db, "SELECT id FROM jobs WHERE uid = ?", (uid,)).fetchone()
    return None if found is None else int(found[0])
