"""A widget that draws a plot to its own size and paints only the changed lines."""

from collections.abc import Sequence
from typing import Protocol

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from corgea_tui.views.details.lines import Line
from corgea_tui.widgets.painted import strip_of


class Plot(Protocol):
    """A plot that can be laid out in any number of columns and lines."""

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """Exactly `height` lines of at most `width` columns, safe for a terminal."""
        ...


class PlotView(Widget):
    """Shows a plot. Textual's Sparkline has no axes and no second series."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._plot: Plot | None = None
        self._lines: Sequence[Line] = ()

    def show(self, plot: Plot) -> None:
        """Show another plot, or the same plot with other values."""
        if plot != self._plot:
            self._plot = plot
            self._draw()

    def on_resize(self) -> None:
        """Lay the plot out for the new size."""
        self._draw()

    def _draw(self) -> None:
        if self._plot is None or not self.size:
            return
        before, self._lines = self._lines, self._plot.lines(*self.size)
        if len(before) != len(self._lines):
            self.refresh()
            return
        pairs = zip(before, self._lines, strict=True)
        changed = [Region(0, y, self.size.width, 1) for y, (a, b) in enumerate(pairs) if a != b]
        if changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        """A line of the plot."""
        line = self._lines[y] if y < len(self._lines) else ()
        return strip_of(self, line, self.size.width)
