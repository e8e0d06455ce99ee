"""Columns of a list: who gets how much room, and text cut to exactly that."""

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len, set_cell_size

SPARE = 81
"""Room from which on columns stand two cells apart; in less they stand one apart."""


def gap(room: int) -> int:
    """Blank cells between two columns."""
    return 2 if room >= SPARE else 1


class RowColumn(msgspec.Struct, frozen=True):
    """A column of at least `width` cells; `share`: its part of what is left over."""

    title: str
    width: int
    share: int = 0
    right: bool = False


def share_out(columns: Sequence[RowColumn], room: int) -> list[int]:
    """The width of each column so that all of them fill `room`; too little room cuts the last."""
    widths = [column.width for column in columns]
    rest = room - sum(widths) - gap(room) * (len(columns) - 1)
    shares = sum(column.share for column in columns)
    for index, column in enumerate(columns):
        if shares and rest > 0 and column.share:
            extra = rest * column.share // shares
            widths[index] += extra
            rest, shares = rest - extra, shares - column.share
    for index in reversed(range(len(widths))):
        if rest >= 0:
            break
        cut = min(widths[index], -rest)
        widths[index], rest = widths[index] - cut, rest + cut
    return widths


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly `width` cells; `…` where something is missing."""
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        if width <= 1:
            return " " * width
        text = set_cell_size(text, width - 1).rstrip() + "…"
        length = cell_len(text)
    blank = " " * (width - length)
    return blank + text if right else text + blank
