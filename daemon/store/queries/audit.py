"""The audit as it is read. Entries are numbered without gaps, so a number is a place."""

from typing import Any, NamedTuple

import msgspec
from peewee import SqliteDatabase

from daemon.domain.timestamps import from_ms
from daemon.store.database import execute
from daemon.store.queries.sql import TRUE, Sql, any_of, every, like
from daemon.wire import AuditEntry


class AuditFilter(NamedTuple):
    """What of the audit is wanted. Times in ms since the epoch, since ≤ t < until."""

    target: str | None = None
    words: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None


def entries(
    db: SqliteDatabase, wanted: AuditFilter, before: int | None, limit: int
) -> tuple[list[AuditEntry], int | None]:
    """Entries, newest first, of numbers below `before`; and the number to go on from."""
    condition = _condition(wanted)
    below = every([condition, TRUE if before is None else Sql("id < ?", (before,))])
    rows = execute(
        db,
        "SELECT id, at, login, uid, action, target, before, after, hash FROM audit"
        f" WHERE {below.text} ORDER BY id DESC LIMIT ?",
        (*below.params, limit + 1),
    ).fetchall()
    shown = rows[:limit]
    return [_entry(row) for row in shown], shown[-1][0] if len(rows) > limit else None


def total(db: SqliteDatabase, wanted: AuditFilter, most: int) -> int | None:
    """How many there are, exact up to `most`, else None."""
    condition = _condition(wanted)
    found: int = execute(
        db,
        f"SELECT count(*) FROM (SELECT 1 FROM audit WHERE {condition.text} LIMIT ?)",
        (*condition.params, most + 1),
    ).fetchone()[0]
    return None if found > most else found


def _condition(wanted: AuditFilter) -> Sql:
    pieces = []
    if wanted.target is not None:
        pieces.append(Sql("target = ?", (wanted.target,)))
    if wanted.since is not None:
        pieces.append(Sql("at >= ?", (wanted.since,)))
    if wanted.until is not None:
        pieces.append(Sql("at < ?", (wanted.until,)))
    for word in wanted.words:
        columns = ("login", "action", "target", "before", "after")
        pieces.append(
            any_of(Sql(f"{column} LIKE ? ESCAPE '\\'", (like(word),)) for column in columns)
        )
    return every(pieces)


def _entry(row: tuple[Any, ...]) -> AuditEntry:
    return AuditEntry(
        id=str(row[0]),
        at=from_ms(row[1]),
        login=row[2],
        uid=row[3],
        action=row[4],
        target=row[5],
        before=None if row[6] is None else msgspec.json.decode(row[6]),
        after=None if row[7] is None else msgspec.json.decode(row[7]),
        hash=row[8],
    )
