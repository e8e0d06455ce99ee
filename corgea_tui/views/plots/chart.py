"""A plot over time with a value axis, columns and a time axis; and the lines of all plots."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from corgea_tui.text.table import Cell, cell_width, shorten
from corgea_tui.views.plots.scales import Scale
from corgea_tui.views.plots.times import Fit, axis_line, label_line, ticks

Line = tuple[Cell, ...]
LABEL_WIDTH = 7
"""Cells for the labels of the value axis; the same in every plot, so that time axes align."""
MARGIN = LABEL_WIDTH + 1
"""Cells left of the columns."""
FRAME_LINES = 3
"""Lines of a plot beside its rows: title, time axis, times."""
QUIET = "quiet"


@dataclass(frozen=True)
class Ink:
    """The content of one cell of a plot: a glyph one column wide, and the name of its style."""

    glyph: str
    style: str


BLANK = Ink(" ", "")
Column = Sequence[Ink]
"""The inks of a column, from the base up."""


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
    """The width of a line in terminal columns."""
    return sum(cell_width(cell.text) for cell in line)


def cut(line: Line, width: int) -> Line:
    """`line` in at most `width` columns, with `…` where it was cut."""
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


def rows_in(height: int) -> int:
    """The number of rows of a plot of `height` lines; at least one, even if it is cut off."""
    return max(1, height - FRAME_LINES)


@dataclass(frozen=True)
class Chart:
    """A plot that is ready to be drawn. `starts`: the local time at which each column begins."""

    titles: Sequence[Line]
    """In order of preference: the first that fits is shown."""
    fit: Fit
    starts: Sequence[datetime]
    scale: Scale
    columns: Sequence[Column]
    remark: str = ""
    """The text across an empty plot."""

    def lines(self, width: int, height: int) -> list[Line]:
        """Exactly `height` lines of at most `width` columns."""
        rows = rows_in(height)
        found = ticks(self.starts, self.fit.pitch)
        inner = self.fit.width
        body = [self._row(row, rows) for row in range(rows, 0, -1)]
        base = f"{self.scale.labels.get(0, ''):>{LABEL_WIDTH}}└{axis_line(found, inner)}"
        times = " " * MARGIN + label_line(found, inner)
        title = next((line for line in self.titles if width_of(line) <= width), self.titles[-1])
        lines = [title, *body, (Cell(base, QUIET),), (Cell(times, QUIET),)]
        return stacked(lines, width, height)

    def _row(self, row: int, rows: int) -> Line:
        label = self.scale.labels.get(row)
        edge = f"{label or '':>{LABEL_WIDTH}}{'│' if label is None else '┤'}"
        if self.remark and row == (rows + 1) // 2:
            return (Cell(edge, QUIET), Cell(f"  {self.remark}", QUIET))
        return (Cell(edge, QUIET), *line_of(self._inks(row)))

    def _inks(self, row: int) -> list[Ink]:
        inks: list[Ink] = []
        blanks = self.fit.pitch - self.fit.ink
        for column in self.columns:
            ink = column[row - 1] if row <= len(column) else BLANK
            inks += [ink] * self.fit.ink + [BLANK] * blanks
        return inks


def legend(words: Sequence[tuple[str, str, str]], gap: int = 3) -> Line:
    """The legend in a title: `words` are glyph, text and style of each series."""
    cells: list[Cell] = []
    for glyph, text, style in words:
        cells += [Cell(f"{' ' * gap}{glyph} ", style), Cell(text)]
    return tuple(cells)
