"""Tables that fit the terminal: flexible columns shrink, unimportant ones go, nothing wraps."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from corgea_tui.text.output import Paint

GAP = "  "
SHORTEST = 4
"""Columns below which shortened text says nothing any more."""


class TableColumn(msgspec.Struct, frozen=True):
    """How a column behaves when room gets short.

    `floor`: it may be shortened to that many columns (None: never), and further only when there is
    no other way. `rank`: columns with the highest rank go first when shortening is not enough; 0
    stays whatever happens.
    """

    title: str
    align: Literal["left", "right"] = "left"
    floor: int | None = None
    rank: int = 0


class Cell(msgspec.Struct, frozen=True):
    """A text that is safe for a terminal, and its style."""

    text: str
    style: str = ""


def table(
    columns: Sequence[TableColumn], rows: Sequence[Sequence[Cell]], width: int | None, paint: Paint
) -> list[str]:
    """The lines of a table, head first. `width` None: as wide as its contents.

    A column that has a rank and is empty in every row is left out.
    """
    widths = [
        max([cell_width(column.title), *(cell_width(row[index].text) for row in rows)])
        for index, column in enumerate(columns)
    ]
    shown = [
        index
        for index, column in enumerate(columns)
        if column.rank == 0 or any(row[index].text for row in rows)
    ]
    if width is not None:
        shown = _fit(columns, widths, shown, width)
    head = [Cell(column.title, "quiet") for column in columns]
    return [_line(columns, row, widths, shown, paint) for row in [head, *rows]]


def cell_width(text: str) -> int:
    """Columns that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` columns, with `…` where something is missing."""
    if cell_width(text) <= width:
        return text
    kept, used = "", 0
    for character in text:
        used += _character_width(character)
        if used > width - 1:
            break
        kept += character
    return f"{kept.rstrip()}…"


def pad(text: str, width: int, align: Literal["left", "right"] = "left") -> str:
    """`text` shortened or filled to exactly `width` columns."""
    text = shorten(text, width)
    fill = " " * (width - cell_width(text))
    return fill + text if align == "right" else text + fill


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _fit(
    columns: Sequence[TableColumn], widths: list[int], shown: list[int], width: int
) -> list[int]:
    """Shrink `widths` in place; those of the columns `shown` that still find room."""
    shown = list(shown)
    while True:
        excess = sum(widths[index] for index in shown) + len(GAP) * (len(shown) - 1) - width
        if excess <= 0:
            return shown
        floors = {index: floor for index in shown if (floor := columns[index].floor) is not None}
        last = max(shown, key=lambda index: columns[index].rank)
        if columns[last].rank == 0 and _slack(widths, floors) < excess:
            floors = dict.fromkeys(floors, SHORTEST)
            excess = min(excess, _slack(widths, floors))
        if _slack(widths, floors) >= excess:
            _shrink(widths, floors, excess)
            return shown
        shown.remove(last)


def _slack(widths: list[int], floors: Mapping[int, int]) -> int:
    """How much the columns can be shortened together."""
    return sum(max(0, widths[index] - floor) for index, floor in floors.items())


def _shrink(widths: list[int], floors: Mapping[int, int], excess: int) -> None:
    """Take `excess` columns from the flexible ones, always from the one that is widest."""
    for _ in range(excess):
        flexible = (index for index, floor in floors.items() if widths[index] > floor)
        widths[max(flexible, key=lambda index: widths[index])] -= 1


def _line(
    columns: Sequence[TableColumn],
    row: Sequence[Cell],
    widths: list[int],
    shown: list[int],
    paint: Paint,
) -> str:
    cells = []
    for index in shown:
        column, cell = columns[index], row[index]
        last = index == shown[-1] and column.align == "left"
        text = shorten(cell.text, widths[index])
        if not last:
            text = pad(text, widths[index], column.align)
        cells.append(paint(text, cell.style))
    return GAP.join(cells).rstrip()
