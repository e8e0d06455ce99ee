"""Pages of a list, and counts of matching rows."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from peewee import SqliteDatabase

from daemon.store.dialect.sqlite import as_list
from daemon.store.queries.cursors import CursorPosition
from daemon.store.queries.index_scans import IndexScan, ScanSearch, best_path, count, find_positions

COUNTED = 10_000
"""The most matches that a list's total counts; above, the total is unknown."""
ROWS_READ = 250_000
"""Rows that a costly search (free text) reads for one page."""
SEARCH_SECONDS = 1.0
"""Seconds after which a costly search ends its page, too."""
_STEP = 500


@dataclass(frozen=True)
class FoundRows:
    """One page: the rows in order, the last position that was looked at, whether there is more."""

    rows: list[int]
    last: CursorPosition | None
    """None when no row follows the start of the page."""
    more: bool

    @property
    def next(self) -> CursorPosition | None:
        """The position after which the next page begins, or None."""
        return self.last if self.more else None


def find_page(
    db: SqliteDatabase,
    search: ScanSearch,
    after: CursorPosition | None,
    limit: int,
    *,
    oldest_first: bool = False,
) -> FoundRows:
    """The next page after `after`.

    A costly search that has read enough rows ends its page early, even empty, with the `next` from
    which it continues.
    """
    path = best_path(db, search)
    if search.costly is not None:
        return _search_page(db, search, path, after, limit, oldest_first=oldest_first)
    found = find_positions(db, search, path, after, limit + 1, oldest_first=oldest_first)
    page = found[:limit]
    last = page[-1] if page else None
    return FoundRows([position.row for position in page], last, more=len(found) > limit)


def find_page_and_total(
    db: SqliteDatabase, search: ScanSearch, after: CursorPosition | None, limit: int
) -> tuple[FoundRows, int | None]:
    """The next page after `after`, and the `total`, by one access path that is chosen once."""
    search = replace(search, paths=(best_path(db, search),))
    return find_page(db, search, after, limit), total(db, search)


def total(db: SqliteDatabase, search: ScanSearch) -> int | None:
    """How many match, exact up to `COUNTED`; None above it, and for a costly search."""
    if search.costly is not None:
        return None
    found = count(db, search, best_path(db, search), COUNTED + 1)
    return None if found > COUNTED else found


def count_all(db: SqliteDatabase, search: ScanSearch) -> int:
    """How many match, without a limit of rows or time, for the counts of jobs."""
    path = best_path(db, search)
    if search.costly is None:
        return count(db, search, path, None)
    found, after = 0, None
    while step := find_positions(db, search, path, after, _STEP):
        found += len(_holding(db, search, step))
        after = step[-1]
    return found


def _search_page(
    db: SqliteDatabase,
    search: ScanSearch,
    path: Sequence[IndexScan],
    after: CursorPosition | None,
    limit: int,
    *,
    oldest_first: bool,
) -> FoundRows:
    rows: list[int] = []
    rows_read, until = 0, time.monotonic() + SEARCH_SECONDS
    while rows_read < ROWS_READ and time.monotonic() < until:
        step = find_positions(db, search, path, after, _STEP, oldest_first=oldest_first)
        holding = _holding(db, search, step)
        for position in step:
            if position.row in holding:
                rows.append(position.row)
                if len(rows) == limit:
                    return FoundRows(rows, position, more=True)
        last = step[-1] if step else after
        if len(step) < _STEP:
            return FoundRows(rows, last, more=False)
        rows_read += len(step)
        after = last
    return FoundRows(rows, after, more=True)


def _holding(db: SqliteDatabase, search: ScanSearch, step: Sequence[CursorPosition]) -> set[int]:
    """The rows of `step` that meet the costly condition."""
    if search.costly is None or not step:
        return {position.row for position in step}
    model = search.table.model
    rows = [position.row for position in step]
    query = model.select(model.id).where(model.id.in_(as_list(rows)), search.costly)
    return {row for (row,) in db.execute(query)}
