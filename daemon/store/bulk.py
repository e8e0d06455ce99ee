"""Statements over many rows at once.

One statement for a whole batch costs the interpreter lock one release instead of one a row: with
a busy loop beside it, that is what a writer's thread waits for. Row counts are powers of two, so
that few texts stay prepared.
"""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

_MOST_ROWS = 128

Row = tuple[Any, ...]


class Insert:
    """INSERT of many rows into one table; `tail` follows the values (e.g. ON CONFLICT …)."""

    def __init__(self, table: str, columns: Sequence[str], tail: str = "") -> None:
        names = ", ".join(columns)
        self._head = f"INSERT INTO {table} ({names}) VALUES "  # noqa: S608  # our own names
        self._tail = f" {tail}" if tail else ""
        self._width = len(columns)

    def run(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        """Insert `rows`."""
        for part in _parts(rows):
            sql = self._head + _values(len(part), self._width) + self._tail
            connection.execute(sql, tuple(chain.from_iterable(part)))


class Update:
    """UPDATE of many rows, each with its own values, which `v.column1` and so on name."""

    def __init__(self, table: str, assignments: str, where: str, width: int) -> None:
        self._head = f"UPDATE {table} SET {assignments} FROM (VALUES "  # noqa: S608  # our own
        self._tail = f") AS v WHERE {where}"
        self._width = width

    def run(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
        """Update `rows`; returns how many were found."""
        found = 0
        for part in _parts(rows):
            sql = self._head + _values(len(part), self._width) + self._tail
            found += connection.execute(sql, tuple(chain.from_iterable(part))).rowcount
        return found


def _parts(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """Cut into as few parts as powers of two allow."""
    parts, start, left = [], 0, len(rows)
    while left:
        size = min(_MOST_ROWS, 1 << (left.bit_length() - 1))
        parts.append(rows[start : start + size])
        start += size
        left -= size
    return parts


@lru_cache(maxsize=256)
def _values(rows: int, width: int) -> str:
    return ",".join(["(" + ",".join("?" * width) + ")"] * rows)
