"""The audit as it is read. Entries are numbered without gaps, so a number is a place."""

from typing import Any

import msgspec
from peewee import SqliteDatabase

from daemon.domain.events.timestamps import from_ms
from daemon.domain.filters.keys import FilterKey
from daemon.domain.filters.parser import Filter
from daemon.protocol import AuditEntry
from daemon.store.database import execute
from daemon.store.queries.pages import COUNTED
from daemon.store.queries.sql import TRUE, Sql, every, negated, one_of
from daemon.store.queries.text import said, within


def entries(
    db: SqliteDatabase, wanted: Filter, before: int | None, limit: int
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


def total(db: SqliteDatabase, wanted: Filter, most: int = COUNTED) -> int | None:
    """How many match, exact up to `most`, else None."""
    condition = _condition(wanted)
    found: int = execute(
        db,
        f"SELECT count(*) FROM (SELECT 1 FROM audit WHERE {condition.text} LIMIT ?)",
        (*condition.params, most + 1),
    ).fetchone()[0]
    return None if found > most else found


def _condition(wanted: Filter) -> Sql:
    """Times, a webhook's id or name as the target, and text that is found anywhere."""
    pieces = [within("at", wanted.since, wanted.until)]
    for group in wanted.groups:
        if group.key is FilterKey.TEXT:
            pieces.append(said(("login", "action", "target", "before", "after"), group))
        elif group.key is FilterKey.WEBHOOK:
            piece = one_of("target", group.values)
            pieces.append(negated(piece) if group.negated else piece)
        else:
            raise ValueError(f"audit entries have no {group.key}")
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
