"""Statements over many rows at once.

One statement for a whole batch costs the interpreter lock one release instead of one a row: with
a busy loop beside it, that is what a writer's thread waits for. Row counts are powers of two, so
that few texts stay prepared; a text is made once, for it is looked up by its hash each time.
"""

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any

_MOST_ROWS = 128

Row = tuple[Any, ...]


def _itself(value: None) -> None:
    return value


# Before it binds None or bytes, the sqlite3 module looks for a way to adapt them, and makes and
# drops an exception when there is none: a quarter of the time of a statement. Here is one.
sqlite3.register_adapter(type(None), _itself)
sqlite3.register_adapter(bytes, bytes)


class Insert:
    """INSERT of many rows into one table; `tail` follows the values (e.g. ON CONFLICT …)."""

    def __init__(self, table: str, columns: Sequence[str], tail: str = "") -> None:
        names = ", ".join(columns)
        head = f"INSERT INTO {table} ({names}) VALUES "  # noqa: S608  # our own names
        self._text = _Text(head, len(columns), f" {tail}")

    def run(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        """Insert `rows`."""
        for part in _parts(rows):
            connection.execute(self._text[len(part)], tuple(chain.from_iterable(part)))


class Update:
    """UPDATE of many rows, each with its own values, which `v.column1` and so on name."""

    def __init__(self, table: str, assignments: str, where: str, width: int) -> None:
        head = f"UPDATE {table} SET {assignments} FROM (VALUES "  # noqa: S608  # our own
        self._text = _Text(head, width, f") AS v WHERE {where}")

    def run(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
        """Update `rows`; returns how many were found."""
        found = 0
        for part in _parts(rows):
            text = self._text[len(part)]
            found += connection.execute(text, tuple(chain.from_iterable(part))).rowcount
        return found


class _Text(dict[int, str]):
    """A statement's text by its number of rows."""

    def __init__(self, head: str, width: int, tail: str) -> None:
        super().__init__()
        self._head = head
        self._row = "(" + ",".join("?" * width) + ")"
        self._tail = tail

    def __missing__(self, rows: int) -> str:
        text = self._head + ",".join([self._row] * rows) + self._tail
        self[rows] = text
        return text


def _parts(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """Cut into as few parts as powers of two allow."""
    parts, start, left = [], 0, len(rows)
    while left:
        size = min(_MOST_ROWS, 1 << (left.bit_length() - 1))
        parts.append(rows[start : start + size])
        start += size
        left -= size
    return parts
