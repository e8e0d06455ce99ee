"""Cells, columns and tables: the layout of text in columns, for the commands and the app.

A command's table is as wide as its contents. On a narrow terminal, flexible columns shrink and
unimportant ones are left out. A list of the app fills its width (`share_out`). No text wraps.
"""

import re
from collections.abc import Mapping, Sequence

import msgspec

from corgea_tui.text.output import Paint

GAP = "  "
SHORTEST = 4
"""The least number of cells of a shortened text."""
SPACIOUS = 81
"""Cells of a list from which on two blank cells separate its columns; in less, one."""
_SINGLE = re.compile(
    "[ -~\xa1-\xac\xae-\u02af\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2298"
    "\u2400-\u2426\u2500-\u259f\u25cf\u2714\u2716]*"
)
"""Characters of one cell each: Latin letters and the app's glyphs. They do not need Rich."""


class TableColumn(msgspec.Struct, frozen=True):
    """A column of a table, with the rules for a narrow terminal.

    `floor`: the column may be shortened to this number of cells (None: never), and further only as
    a last resort. `rank`: where shortening is not enough, columns are left out from the highest
    rank on; rank 0 always stays. `right`: its texts are aligned to the right.
    """

    title: str
    right: bool = False
    floor: int | None = None
    rank: int = 0


class RowColumn(msgspec.Struct, frozen=True):
    """A column of a list, at least `width` cells; `share`: its part of the remaining width."""

    title: str
    width: int
    share: int = 0
    right: bool = False


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
    kept = [
        index
        for index, column in enumerate(columns)
        if column.rank == 0 or any(row[index].text for row in rows)
    ]
    if width is not None:
        kept = _fit(columns, widths, kept, width)
    head = [Cell(column.title, "quiet") for column in columns]
    return [_line(columns, row, widths, kept, paint) for row in [head, *rows]]


def gap(room: int) -> int:
    """Blank cells between two columns of a list in the app, which is `room` cells wide."""
    return 2 if room >= SPACIOUS else 1


def share_out(columns: Sequence[RowColumn], room: int) -> list[int]:
    """The widths of the columns, which together fill `room`; the last ones are cut if needed."""
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


def cell_width(text: str) -> int:
    """Cells that `text` takes on a terminal, by the tables of Rich, which Textual draws with."""
    if text.isascii() or _SINGLE.fullmatch(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` cells, with `…` where it was cut."""
    if cell_width(text) <= width:
        return text
    if width <= 1:
        return ""
    if text.isascii() or _SINGLE.fullmatch(text):
        return f"{text[: width - 1].rstrip()}…"
    from rich.cells import set_cell_size

    return f"{set_cell_size(text, width - 1).rstrip()}…"


def pad(text: str, width: int, *, right: bool = False) -> str:
    """`text` shortened or filled to exactly `width` cells; `right`: aligned to the right."""
    text = shorten(text, width)
    blank = " " * (width - cell_width(text))
    return blank + text if right else text + blank


def _fit(
    columns: Sequence[TableColumn], widths: list[int], kept: list[int], width: int
) -> list[int]:
    """Shrink `widths` in place; the columns of `kept` that still fit."""
    kept = list(kept)
    while True:
        excess = sum(widths[index] for index in kept) + len(GAP) * (len(kept) - 1) - width
        if excess <= 0:
            return kept
        floors = {index: floor for index in kept if (floor := columns[index].floor) is not None}
        last = max(kept, key=lambda index: columns[index].rank)
        if columns[last].rank == 0 and _slack(widths, floors) < excess:
            floors = dict.fromkeys(floors, SHORTEST)
            excess = min(excess, _slack(widths, floors))
        if _slack(widths, floors) >= excess:
            _shrink(widths, floors, excess)
            return kept
        kept.remove(last)


def _slack(widths: list[int], floors: Mapping[int, int]) -> int:
    """The number of cells by which the columns can be shortened."""
    return sum(max(0, widths[index] - floor) for index, floor in floors.items())


def _shrink(widths: list[int], floors: Mapping[int, int], excess: int) -> None:
    """Shorten the flexible columns by `excess` cells, one at a time, the widest first."""
    for _ in range(excess):
        flexible = (index for index, floor in floors.items() if widths[index] > floor)
        widths[max(flexible, key=lambda index: widths[index])] -= 1


def _line(
    columns: Sequence[TableColumn],
    row: Sequence[Cell],
    widths: list[int],
    kept: list[int],
    paint: Paint,
) -> str:
    cells = []
    for index in kept:
        column, cell = columns[index], row[index]
        last = index == kept[-1] and not column.right
        text = shorten(cell.text, widths[index])
        if not last:
            text = pad(text, widths[index], right=column.right)
        cells.append(paint(text, cell.style))
    return GAP.join(cells).rstrip()
