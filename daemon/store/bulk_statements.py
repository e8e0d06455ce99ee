"""Statements over many rows at once.

A statement lets go of the interpreter's lock several times, and beside a busy loop the writer's
thread waits for each time it takes the lock again: a batch takes few statements, not few rows.
So rows are filled up to the next power of two with some that are nobody's, which lets few texts
stay prepared; a text is made once, for it is looked up by its hash each time.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

_MOST_ROWS = 256

Row = tuple[Any, ...]
"""Its first value is the number of a row, or of what it belongs to: above 0."""


# Before it binds None or bytes, the sqlite3 module looks for a way to adapt them, and makes and
# drops an exception when there is none: a quarter of the time of a statement. Here is one. None is
# what a look into an empty dict gives back, too, and no function of Python's is called for that.
_NOTHING: dict[None, None] = {}
sqlite3.register_adapter(type(None), _NOTHING.get)
sqlite3.register_adapter(bytes, bytes)


class Insert:
    """INSERT of many rows into one table; `tail` follows the values (e.g. ON CONFLICT …)."""

    def __init__(self, table: str, columns: Sequence[str], tail: str = "") -> None:
        names = ", ".join(columns)
        self._bulk = _Bulk(
            f"INSERT INTO {table} ({names}) SELECT * FROM (VALUES ",  # noqa: S608  # our own names
            len(columns),
            f") WHERE column1 > 0 {tail}",
        )

    def run(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        """Insert `rows`."""
        self._bulk.run(connection, rows)


class Update:
    """UPDATE of many rows, each with its own values, which `v.column1` and so on name."""

    def __init__(self, table: str, assignments: str, where: str, width: int) -> None:
        self._bulk = _Bulk(
            f"UPDATE {table} SET {assignments} FROM (VALUES ",  # noqa: S608  # our own
            width,
            f") AS v WHERE {where}",
        )

    def run(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
        """Update `rows`; returns how many were found."""
        return self._bulk.run(connection, rows)


class Select:
    """Those of many rows of a table for which `where` holds; it names their values as `Update`."""

    def __init__(self, table: str, where: str, width: int) -> None:
        self._bulk = _Bulk(
            f"SELECT group_concat({table}.id) FROM {table}, (VALUES ",  # noqa: S608  # our own
            width,
            f") AS v WHERE {where}",
        )

    def run(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> set[int]:
        """The ids of those of `rows`: all in one text, as each row of a result is a step."""
        found: set[int] = set()
        for cursor in self._bulk.cursors(connection, rows):
            ids: str | None = cursor.fetchone()[0]
            found.update(map(int, ids.split(",") if ids else ()))
        return found


class _Bulk:
    """A statement over values, in as many rows as it is given."""

    def __init__(self, head: str, width: int, tail: str) -> None:
        self._head = head
        self._row = "(" + ",".join("?" * width) + ")"
        self._tail = tail
        self._nobody = (0,) * width
        self._texts: dict[int, str] = {}

    def run(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
        """Execute it; returns how many rows were changed."""
        return sum(cursor.rowcount for cursor in self.cursors(connection, rows))

    def cursors(
        self, connection: sqlite3.Connection, rows: Sequence[Row]
    ) -> Iterator[sqlite3.Cursor]:
        """Execute it, for as many rows at once as it takes."""
        for start in range(0, len(rows), _MOST_ROWS):
            part = rows[start : start + _MOST_ROWS]
            missing = padding(len(part))
            values = chain(chain.from_iterable(part), self._nobody * missing)
            yield connection.execute(self._text(len(part) + missing), tuple(values))

    def _text(self, rows: int) -> str:
        text = self._texts.get(rows)
        if text is None:
            text = self._head + ",".join([self._row] * rows) + self._tail
            self._texts[rows] = text
        return text


def padding(n: int) -> int:
    """How many are missing to the next power of two."""
    return (1 << max(0, n - 1).bit_length()) - n
