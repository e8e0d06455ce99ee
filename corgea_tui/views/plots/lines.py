"""Lines of a plot: cells put together, cut and filled to a width."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corgea_tui.text.table import Cell, cell_width, shorten

Line = tuple[Cell, ...]


@dataclass(frozen=True)
class Ink:
    """What fills a cell of a plot: a glyph of one column, and the name of its style."""

    glyph: str
    style: str


BLANK = Ink(" ", "")


def line_of(inks: Iterable[Ink]) -> Line:
    """Inks as a line; neighbours of one style become one cell."""
    cells: list[Cell] = []
    text, style = "", ""
    for ink in inks:
        if ink.style != style and text:
            cells.append(Cell(text, style))
            text = ""
        style = ink.style
        text += ink.glyph
    return (*cells, Cell(text, style)) if text else tuple(cells)


def width_of(line: Line) -> int:
    """Columns that a line takes on a terminal."""
    return sum(cell_width(cell.text) for cell in line)


def cut(line: Line, width: int) -> Line:
    """`line` in at most `width` columns, with `…` where something is missing."""
    kept: list[Cell] = []
    room = width
    for cell in line:
        taken = cell_width(cell.text)
        if taken > room:
            if room > 0:
                kept.append(Cell(shorten(cell.text, room), cell.style))
            break
        kept.append(cell)
        room -= taken
    return tuple(kept)


def stacked(lines: Sequence[Line], width: int, height: int) -> list[Line]:
    """Exactly `height` lines of at most `width` columns, from the top."""
    shown = [cut(line, width) for line in lines[:height]]
    return shown + [()] * (height - len(shown))
