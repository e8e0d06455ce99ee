"""Cursors: the position in a list after which the next page begins.

A list is ordered by time and then by row, newest first. A cursor names the last row of a page, not
a number of rows, so the next page does not change while new rows arrive.
"""

import re
from typing import NamedTuple

_CURSOR = re.compile(r"([0-9a-f]{1,12})-([0-9a-f]{1,15})", re.ASCII)


class CursorPosition(NamedTuple):
    """The position of a row in its list."""

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
        raise InvalidCursor(
            "is not a cursor of this list; use the `next` of the last page unchanged"
        )
    return CursorPosition(int(match[1], 16), int(match[2], 16))
