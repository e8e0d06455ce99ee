"""Cursors: the position in a list after which the next page begins.

A list is ordered by time and then by row, newest first. A cursor names the last row shown, not a
number of rows, so a page stays what it is while rows arrive in front of it.
"""

import re
from typing import NamedTuple

_CURSOR = re.compile(r"([0-9a-f]{1,12})-([0-9a-f]{1,15})", re.ASCII)


class CursorPosition(NamedTuple):
    """Where a row stands in its list."""

    at: int
    """Milliseconds since the epoch."""
    row: int


class InvalidCursor(ValueError):
    """A text that is not a cursor of any list."""


def write_cursor(position: CursorPosition) -> str:
    """A cursor as text that needs no quoting in a URL."""
    return f"{position.at:x}-{position.row:x}"


def read_cursor(text: str) -> CursorPosition:
    """The position that a cursor names; `InvalidCursor` for anything else."""
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise InvalidCursor("is not a cursor of this list; take `next` of the page before as it is")
    return CursorPosition(int(match[1], 16), int(match[2], 16))
