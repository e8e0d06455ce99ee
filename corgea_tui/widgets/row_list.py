"""A list of any length that paints only its visible rows.

A `Rows` holds the rows; the list holds the key of the selected row and the scroll position.

Textual's DataTable is too slow: with 10,000 rows in it, adding 200 takes 2.6 s (app.md, Facts about
Textual 8.2.8).
"""

from collections.abc import Sequence
from typing import ClassVar, Protocol

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from corgea_tui.text.table import Cell, RowColumn, gap, pad, share_out
from corgea_tui.widgets.painted import strip_of, theme_styles

HEAD = 1
"""Lines above the rows, for the titles."""
GUTTER = 2
"""Cells before the first column: the bar of the selection, the mark."""
STRIPS = 200
"""Painted lines that are kept, so that a line that only moves is not painted again."""

LineState = tuple[Sequence[Cell], bool, int, int]
"""The state that a line is painted from: cells, marked, selection, width.

Selection: 0 not selected, 1 selected, 2 selected in a list that has the focus. A negative width is
of words over all columns.
"""


class Rows(Protocol):
    """The rows of a list, counted from the top."""

    def __len__(self) -> int: ...

    def key(self, index: int) -> str | None:
        """The identity of the row, which stays when the row moves; None while it is fetched."""
        ...

    def index_of(self, key: str) -> int | None:
        """The index of the row; None when it is gone."""
        ...

    def columns(self, width: int) -> Sequence[RowColumn]:
        """The columns that fit into `width` cells."""
        ...

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """The row's cells, safe for a terminal, one for each of `columns(width)`."""
        ...

    def marked(self, key: str) -> bool:
        """Whether the row is marked for a bulk action."""
        ...


class RowList(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows `Rows`. Posts `Moved` when another row is selected, `Opened` on enter, double click."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "next", show=False, id="list.down"),
        Binding("up,k", "step(-1)", "previous", show=False, id="list.up"),
        Binding("pagedown,ctrl+d", "page(1)", "page down", show=False, id="list.page_down"),
        Binding("pageup,ctrl+u", "page(-1)", "page up", show=False, id="list.page_up"),
        Binding("home,g", "top", "newest", show=False, id="list.top"),
        Binding("end,G", "bottom", "oldest", show=False, id="list.bottom"),
        Binding("enter", "open", "open", id="list.open"),
    ]

    class Moved(Message):
        """Another row is selected, or no row."""

        def __init__(self, rows: "RowList", key: str | None) -> None:
            super().__init__()
            self.rows = rows
            self.key = key

        @property
        def control(self) -> "RowList":
            """The list."""
            return self.rows

    class Opened(Moved):
        """The details of the selected row are to be shown."""

    class Scrolled(Message):
        """Other rows are visible."""

    def __init__(self, rows: Rows, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.rows = rows
        self.selected: str | None = None
        self.waiting_words = ""
        """The words of an empty list."""
        self._index = 0
        self._states: dict[int, LineState] = {}
        self._strips: dict[LineState, Strip] = {}

    # --- for the owner

    def update(self) -> None:
        """Show the current rows; only lines that changed are painted."""
        self._measure()
        if self.selected is not None and self.rows.index_of(self.selected) is None:
            self._select_index(min(self._index, len(self.rows) - 1))
        self._refresh_changed()

    def select(self, key: str | None, *, see: bool = True) -> None:
        """Select a row, or none; with `see`, scroll to it."""
        if key is not None and (index := self.rows.index_of(key)) is not None:
            self._index = index
            if see:
                self._scroll_to_row(index)
        if key != self.selected:
            self.selected = key
            self.post_message(self.Moved(self, key))
        self._refresh_changed()

    @property
    def index(self) -> int | None:
        """The index of the selected row; None when there is none."""
        return None if self.selected is None else self.rows.index_of(self.selected)

    @property
    def visible_rows(self) -> tuple[int, int]:
        """The indices of the first and the last visible row."""
        first = self.scroll_offset.y
        return first, first + max(0, self.size.height - HEAD - 1)

    # --- keys and mouse

    def action_step(self, step: int) -> None:
        """Select the next row in direction `step`."""
        index = self.index
        self._select_index(0 if index is None else index + step)

    def action_page(self, step: int) -> None:
        """Move the selection by one page."""
        self._select_index((self.index or 0) + step * max(1, self.size.height - HEAD - 1))

    def action_top(self) -> None:
        """Select the first row."""
        self._select_index(0)

    def action_bottom(self) -> None:
        """Select the last row."""
        self._select_index(len(self.rows) - 1)

    def action_open(self) -> None:
        """Request the details of the selected row; when none is selected, of the first."""
        if self.selected is None:
            self._select_index(0)
        if self.selected is not None:
            self.post_message(self.Opened(self, self.selected))

    def on_click(self, event: events.Click) -> None:
        """Select the row under the mouse; a double click opens it."""
        index = event.y - HEAD + self.scroll_offset.y
        if event.y < HEAD or not 0 <= index < len(self.rows):
            return
        self._select_index(index)
        if event.chain > 1:
            self.action_open()

    def _select_index(self, index: int) -> None:
        index = max(0, min(index, len(self.rows) - 1))
        self.select(self.rows.key(index) if len(self.rows) else None)

    def _scroll_to_row(self, index: int) -> None:
        first, last = self.visible_rows
        if index < first:
            self.scroll_to(y=index, animate=False)
        elif index > last:
            self.scroll_to(y=index - (last - first), animate=False)

    # --- painting

    def on_resize(self) -> None:
        """Lay out the columns for the new width and keep the selected row visible."""
        self._measure()
        if (index := self.index) is not None:
            self._scroll_to_row(index)

    def notify_style_update(self) -> None:
        """Paint all lines again, as the colours changed."""
        self._strips.clear()
        super().notify_style_update()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Post that other rows are visible."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.Scrolled())

    def watch_has_focus(self, _has_focus: bool) -> None:  # noqa: FBT001  # Textual's signature
        """Paint the selected row again: it has another style without the focus."""
        super().watch_has_focus(_has_focus)
        if (index := self.index) is not None:
            self.refresh_row(index)

    def refresh_row(self, index: int) -> None:
        """Paint one row again."""
        self.refresh(Region(0, index - self.scroll_offset.y + HEAD, self.size.width, 1))

    def _refresh_changed(self) -> None:
        """Paint only the lines that changed, so that few bytes go over SSH."""
        for y in range(HEAD, self.size.height):
            if self._line_state(y) != self._states.get(y):
                self.refresh(Region(0, y, self.size.width, 1))

    def _measure(self) -> None:
        size = Size(self.size.width, len(self.rows) + HEAD)
        if size != self.virtual_size:
            self.virtual_size = size

    def render_line(self, y: int) -> Strip:
        """The titles, then the rows from the scroll position on."""
        width = self.size.width
        if y < HEAD:
            return self._head(self.rows.columns(width - GUTTER - 1), width)
        state = self._states[y] = self._line_state(y)
        if (strip := self._strips.get(state)) is None:
            if len(self._strips) >= STRIPS:
                self._strips.clear()
            strip = self._strips[state] = self._paint(state)
        return strip

    def _line_state(self, y: int) -> LineState:
        """The state to paint line `y` from."""
        width = self.size.width
        index = y - HEAD + self.scroll_offset.y
        if index >= len(self.rows):
            words = self.waiting_words if index == 0 else ""
            return ((Cell(f"  {words}", "quiet"),), False, 0, -width)
        key = self.rows.key(index)
        if key is None:
            return ((Cell("  …", "quiet"),), False, 0, -width)
        selection = (2 if self.has_focus else 1) if key == self.selected else 0
        cells = tuple(self.rows.cells(index, width - GUTTER - 1))
        return (cells, self.rows.marked(key), selection, width)

    def _paint(self, state: LineState) -> Strip:
        cells, marked, selection, width = state
        if width < 0:  # words over all columns
            return strip_of(self, cells, -width)
        gutter = ("▌" if selection else " ") + ("◆" if marked else " ")
        columns = self.rows.columns(width - GUTTER - 1)
        return self._line(cells, columns, width, self._row_style(selection), gutter)

    def _row_style(self, selection: int) -> Style:
        if not selection:
            return self.rich_style
        theme = theme_styles(self)
        return self.rich_style + (theme.chosen if selection > 1 else theme.chosen_blurred)

    def _head(self, columns: Sequence[RowColumn], width: int) -> Strip:
        titles = [Cell(column.title, "head") for column in columns]
        return self._line(titles, columns, width, self.rich_style, "  ")

    def _line(
        self,
        cells: Sequence[Cell],
        columns: Sequence[RowColumn],
        width: int,
        base: Style,
        gutter: str,
    ) -> Strip:
        room = width - GUTTER - 1
        between = Cell(" " * gap(room))
        parts = [Cell(gutter, "accent")]
        for cell, column, wide in zip(cells, columns, share_out(columns, room), strict=True):
            parts += [Cell(pad(cell.text, wide, right=column.right), cell.style), between]
        return strip_of(self, parts, width, base)


class SortedList(RowList):
    """A `RowList` that posts the clicked title."""

    class TitleClicked(Message):
        """The title of a column was clicked."""

        def __init__(self, title: str) -> None:
            super().__init__()
            self.title = title

    def resorted(self) -> None:
        """Show the rows and the titles for another order."""
        self.update()
        self.refresh(Region(0, 0, self.size.width, HEAD))

    def on_click(self, event: events.Click) -> None:
        """Find the title under the mouse; the base class handles the rows."""
        if event.y >= HEAD:
            return
        room = self.size.width - GUTTER - 1
        columns = self.rows.columns(room)
        end = GUTTER
        for column, width in zip(columns, share_out(columns, room), strict=True):
            end += width + gap(room)
            if event.x < end:
                self.post_message(self.TitleClicked(column.title))
                return
