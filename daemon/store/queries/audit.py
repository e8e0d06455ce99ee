"""Reads the audit trail. Entries are numbered without gaps, so a number is a position."""

from typing import Any

import msgspec
from peewee import SqliteDatabase

from daemon.domain.events.timestamps import from_ms
from daemon.domain.filters.keys import FilterKey
from daemon.domain.filters.parser import Filter
from daemon.protocol import AuditEntry
from daemon.store.models import AuditModel
from daemon.store.queries.conditions import Condition, contains, every, negated, one_of, within
from daemon.store.queries.pages import COUNTED

_A = AuditModel
_TEXTS = (_A.login, _A.action, _A.target, _A.before, _A.after)


def entries(
    db: SqliteDatabase, filter_: Filter, before: int | None, limit: int
) -> tuple[list[AuditEntry], int | None]:
    """Entries with numbers below `before`, newest first, and the `before` of the next page."""
    query = _A.select().where(_condition(filter_)).order_by(_A.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(_A.id < before)
    rows = list(query.namedtuples().execute(db))
    page = rows[:limit]
    return [_entry(row) for row in page], page[-1].id if len(rows) > limit else None


def total(db: SqliteDatabase, filter_: Filter, most: int = COUNTED) -> int | None:
    """How many match, exact up to `most`, else None."""
    found: int = _A.select().where(_condition(filter_)).limit(most + 1).count(db)
    return None if found > most else found


def _condition(filter_: Filter) -> Condition:
    """The condition on times, on a webhook's id or name as the target, and on text."""
    conditions = [within(_A.at, filter_.since, filter_.until)]
    for group in filter_.groups:
        if group.key is FilterKey.TEXT:
            conditions.append(contains(_TEXTS, group))
        elif group.key is FilterKey.WEBHOOK:
            target = one_of(_A.target, group.values)
            conditions.append(negated(target) if group.negated else target)
        else:
            raise ValueError(f"audit entries have no {group.key}")
    return every(conditions)


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        id=str(row.id),
        at=from_ms(row.at),
        login=row.login,
        uid=row.uid,
        action=row.action,
        target=row.target,
        before=None if row.before is None else msgspec.json.decode(row.before),
        after=None if row.after is None else msgspec.json.decode(row.after),
        hash=row.hash,
    )
