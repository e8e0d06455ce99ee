"""The frame of a plot over time: title, value axis, columns, time axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from corgea_tui.text.table import Cell
from corgea_tui.views.plots.fit import Fit
from corgea_tui.views.plots.lines import BLANK, Ink, Line, line_of, stacked, width_of
from corgea_tui.views.plots.scales import Scale
from corgea_tui.views.plots.times import axis_line, label_line, ticks

LABELS = 7
"""Cells for the labels of the value axis; the same in every plot, so that time axes align."""
MARGIN = LABELS + 1
"""Cells left of the columns."""
AROUND = 3
"""Lines beside the rows: title, time axis, times."""
QUIET = "quiet"

Column = Sequence[Ink]
"""What stands in a column, from the base up."""


def rows_in(height: int) -> int:
    """How many rows a plot of so many lines has; at least one, though it may not be seen."""
    return max(1, height - AROUND)


@dataclass(frozen=True)
class Chart:
    """A plot that is ready to be drawn. `starts`: local times, when each column begins."""

    titles: Sequence[Line]
    """In order of preference: the first that finds room is shown."""
    fit: Fit
    starts: Sequence[datetime]
    scale: Scale
    columns: Sequence[Column]
    remark: str = ""
    """What is said across the plot when there is nothing in it."""

    def lines(self, width: int, height: int) -> list[Line]:
        """Exactly `height` lines of at most `width` columns."""
        rows = rows_in(height)
        found = ticks(self.starts, self.fit.pitch)
        inner = self.fit.width
        body = [self._row(row, rows) for row in range(rows, 0, -1)]
        base = f"{self.scale.labels.get(0, ''):>{LABELS}}└{axis_line(found, inner)}"
        times = " " * MARGIN + label_line(found, inner)
        title = next((line for line in self.titles if width_of(line) <= width), self.titles[-1])
        lines = [title, *body, (Cell(base, QUIET),), (Cell(times, QUIET),)]
        return stacked(lines, width, height)

    def _row(self, row: int, rows: int) -> Line:
        label = self.scale.labels.get(row)
        edge = f"{label or '':>{LABELS}}{'│' if label is None else '┤'}"
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
    """Glyph, words and style of each series, as they stand in a title."""
    cells: list[Cell] = []
    for glyph, text, style in words:
        cells += [Cell(f"{' ' * gap}{glyph} ", style), Cell(text)]
    return tuple(cells)
