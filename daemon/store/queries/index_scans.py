"""Ways through a table in the order of its list.

Lists are ordered by time, newest first, and read by page, so every page must come from an index
whose order is the list's: one that fixes its first columns to single values and goes on with the
time. SQLite without statistics guesses badly which index that is; here it is chosen by counting a
few entries of each, and named with INDEXED BY, so that no filter makes SQLite sort or scan the
history. Conditions on columns that the index carries behind the time cost no look-up of the row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from peewee import SqliteDatabase

from daemon.store.database import execute
from daemon.store.queries.cursors import CursorPosition
from daemon.store.queries.sql import TRUE, Sql

PROBE = 2_000
"""Entries that are counted to find out how selective an index is."""


@dataclass(frozen=True)
class ScanTable:
    """A table that is listed: its name, the alias that conditions use, and its time column."""

    name: str
    alias: str
    time: str


@dataclass(frozen=True)
class IndexScan:
    """An index, and a condition that fixes its first columns and implies the index's own."""

    index: str | None
    """None: SQLite has only one sensible choice."""
    fixed: Sql = TRUE
    dense: bool = False
    """Known to lead past many rows, without counting."""

    @property
    def hint(self) -> str:
        """What stands behind the table's name."""
        return "" if self.index is None else f" INDEXED BY {self.index}"


@dataclass(frozen=True)
class KeyRange:
    """A span of time in ms since the epoch: since ≤ t < until."""

    since: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class ScanSearch:
    """What is looked for: a condition, a span, and the ways there are (each a set of walks)."""

    table: ScanTable
    condition: Sql
    span: KeyRange
    ways: tuple[tuple[IndexScan, ...], ...]
    """In the order of preference when all lead past many rows. Walks of one way are disjoint."""
    costly: Sql | None = None
    """A condition that is tried on a bounded number of rows for each page."""


def best_way(db: SqliteDatabase, search: ScanSearch) -> tuple[IndexScan, ...]:
    """The way that leads past the fewest rows, as far as a short look tells."""
    if len(search.ways) == 1:
        return search.ways[0]
    best, fewest = search.ways[0], PROBE
    for way in search.ways:
        passed = 0
        for walk in way:
            passed += PROBE if walk.dense else _count(db, search, walk, TRUE, PROBE - passed)
            if passed >= PROBE:
                break
        if passed < fewest:
            best, fewest = way, passed
    return best


def count(
    db: SqliteDatabase, search: ScanSearch, way: Sequence[IndexScan], most: int | None
) -> int:
    """How many rows match (without the costly condition), counted up to `most`."""
    found = 0
    for walk in way:
        left = -1 if most is None else most - found
        found += _count(db, search, walk, search.condition, left)
        if most is not None and found >= most:
            return most
    return found


def places(
    db: SqliteDatabase,
    search: ScanSearch,
    way: Sequence[IndexScan],
    after: CursorPosition | None,
    most: int,
    *,
    oldest_first: bool = False,
) -> list[CursorPosition]:
    """The next `most` rows behind `after` that match (without the costly condition)."""
    found: list[CursorPosition] = []
    for walk in way:
        statement = place_statement(search, walk, after, most, oldest_first=oldest_first)
        found += [CursorPosition(*row) for row in execute(db, statement.text, statement.params)]
    found.sort(reverse=not oldest_first)
    return found[:most]


def place_statement(
    search: ScanSearch,
    walk: IndexScan,
    after: CursorPosition | None,
    most: int,
    *,
    oldest_first: bool = False,
) -> Sql:
    """The statement behind `places` for one walk; its plan is what the tests look at."""
    table = search.table
    a, time = table.alias, f"{table.alias}.{table.time}"
    order, beyond = ("ASC", ">") if oldest_first else ("DESC", "<")
    bounds = _bounds(search, walk)
    text = (
        f"SELECT {time}, {a}.id FROM {table.name} AS {a}{walk.hint}"
        f" WHERE {bounds.text} AND ({search.condition.text})"
    )
    params = (*bounds.params, *search.condition.params)
    if after is not None:
        text += f" AND ({time}, {a}.id) {beyond} (?, ?)"
        params += (after.at, after.row)
    return Sql(f"{text} ORDER BY {time} {order}, {a}.id {order} LIMIT ?", (*params, most))


def _count(
    db: SqliteDatabase, search: ScanSearch, walk: IndexScan, condition: Sql, most: int
) -> int:
    table, bounds = search.table, _bounds(search, walk)
    text = (
        f"SELECT count(*) FROM (SELECT 1 FROM {table.name} AS {table.alias}"
        f"{walk.hint} WHERE {bounds.text} AND ({condition.text}) LIMIT ?)"
    )
    found: int = execute(db, text, (*bounds.params, *condition.params, most)).fetchone()[0]
    return found


def _bounds(search: ScanSearch, walk: IndexScan) -> Sql:
    time = f"{search.table.alias}.{search.table.time}"
    text, params = f"({walk.fixed.text})", walk.fixed.params
    if search.span.since is not None:
        text, params = f"{text} AND {time} >= ?", (*params, search.span.since)
    if search.span.until is not None:
        text, params = f"{text} AND {time} < ?", (*params, search.span.until)
    return Sql(text, params)
