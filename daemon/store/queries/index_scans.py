"""Access paths: scans of a table's indexes in the order of its list.

Lists are ordered by time, newest first, and read by page. So every page must come from an index in
the order of the list: its first columns are fixed to single values, and the next one is the time.
For `status:failed webhook:jira` there are several, such as

    deliveries_missed_by_webhook   webhook_id = 7 AND status = 'failed'   then created_at
    deliveries_webhook             webhook_id = 7                         then created_at
    deliveries_created                                                    created_at

Without statistics, SQLite often chooses a bad one. This module counts a few entries of each,
chooses the best, and names it with INDEXED BY, so that SQLite never sorts or scans the history.
Conditions on the columns of the index after the time need no lookup of the row.
"""

from __future__ import annotations  # Peewee's classes take type arguments in its stubs alone

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from peewee import SQL, ModelSelect, SqliteDatabase, Tuple, Value

from daemon.store.dialect.sqlite import count_rows, indexed_by
from daemon.store.queries.conditions import TRUE, Condition, within
from daemon.store.queries.cursors import CursorPosition

PROBE = 2_000
"""The most entries that are counted to find out how selective an index is."""


@dataclass(frozen=True)
class ScanTable:
    """A table and the field of time that orders its list."""

    model: Any
    time: Any


@dataclass(frozen=True)
class IndexScan:
    """An index, and a condition that fixes its first columns and implies the index's own."""

    index: str | None
    """None when SQLite has only one sensible choice."""
    fixed: Condition = field(default_factory=lambda: TRUE)
    dense: bool = False
    """Whether it is known to read many rows, without counting."""


@dataclass(frozen=True)
class KeyRange:
    """A span of time in ms since the epoch: since ≤ t < until."""

    since: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class ScanSearch:
    """A search: a condition, a span, and the possible access paths, each a set of scans."""

    table: ScanTable
    condition: Condition
    span: KeyRange
    paths: tuple[tuple[IndexScan, ...], ...]
    """In the order of preference when all read many rows. Scans of one path are disjoint."""
    costly: Condition | None = None
    """A condition that is tried on a bounded number of rows for each page."""


def best_path(db: SqliteDatabase, search: ScanSearch) -> tuple[IndexScan, ...]:
    """The access path that reads the fewest rows, as far as `PROBE` entries show."""
    if len(search.paths) == 1:
        return search.paths[0]
    best, fewest = search.paths[0], PROBE
    for path in search.paths:
        passed = 0
        for scan in path:
            passed += PROBE if scan.dense else _count(db, search, scan, TRUE, PROBE - passed)
            if passed >= PROBE:
                break
        if passed < fewest:
            best, fewest = path, passed
    return best


def count(
    db: SqliteDatabase, search: ScanSearch, path: Sequence[IndexScan], most: int | None
) -> int:
    """How many rows match (without the costly condition), counted up to `most`."""
    found = 0
    for scan in path:
        left = None if most is None else most - found
        found += _count(db, search, scan, search.condition, left)
        if most is not None and found >= most:
            return most
    return found


def find_positions(
    db: SqliteDatabase,
    search: ScanSearch,
    path: Sequence[IndexScan],
    after: CursorPosition | None,
    most: int,
    *,
    oldest_first: bool = False,
) -> list[CursorPosition]:
    """The next `most` rows after `after` that match (without the costly condition)."""
    found: list[CursorPosition] = []
    for scan in path:
        query = positions_query(search, scan, after, most, oldest_first=oldest_first)
        found += [CursorPosition(*row) for row in db.execute(query)]
    found.sort(reverse=not oldest_first)
    return found[:most]


def positions_query(
    search: ScanSearch,
    scan: IndexScan,
    after: CursorPosition | None,
    most: int,
    *,
    oldest_first: bool = False,
) -> ModelSelect[Any]:
    """The query behind `find_positions` for one scan; tests check its plan."""
    model, time = search.table.model, search.table.time
    query = _scanned(search, scan, search.condition, time, model.id)
    if after is not None:
        here, there = Tuple(time, model.id), Value((after.at, after.row))
        query = query.where(here > there if oldest_first else here < there)
    order = (time, model.id) if oldest_first else (time.desc(), model.id.desc())
    return query.order_by(*order).limit(most)


def _count(
    db: SqliteDatabase, search: ScanSearch, scan: IndexScan, condition: Condition, most: int | None
) -> int:
    return count_rows(db, _scanned(search, scan, condition, SQL("1")).limit(most))


def _scanned(
    search: ScanSearch, scan: IndexScan, condition: Condition, *selected: Any
) -> ModelSelect[Any]:
    """Rows along an index, in the span, that fulfil a condition."""
    model, time = search.table.model, search.table.time
    query: ModelSelect[Any] = (
        model.select(*selected).from_(indexed_by(model, scan.index)).where(scan.fixed)
    )
    span = within(time, search.span.since, search.span.until)
    return query.where(*(each for each in (span, condition) if each is not TRUE))
