"""A list of any length that paints only the rows in sight.

The rows belong to a `Rows`; the list knows which one is selected, by key, and where it scrolled.

Not Textual's DataTable: with 10,000 rows in it, 200 more cost 2.6 s (app.md, Facts about Textual
8.2.8).
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
from corgea_tui.widgets.painted import looks_of, strip_of

HEAD = 1
"""Lines above the rows, for the titles."""
GUTTER = 2
"""Cells before the first column: the bar of the selection, the mark."""


class Rows(Protocol):
    """What a list shows. Rows are counted from the top."""

    def __len__(self) -> int: ...

    def key(self, index: int) -> str | None:
        """What identifies the row, however it moves; None while it is being fetched."""
        ...

    def index_of(self, key: str) -> int | None:
        """Where the row stands; None when it is gone."""
        ...

    def columns(self, width: int) -> Sequence[RowColumn]:
        """The columns that find room in `width` cells."""
        ...

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """The row's cells, safe for a terminal, one for each of `columns(width)`."""
        ...

    def marked(self, key: str) -> bool:
        """Whether the row is marked for a bulk action."""
        ...


LineState = tuple[Sequence[Cell], bool, int, int]
"""Everything that a line looks like: its cells, whether it is marked, how selected, how wide."""
STRIPS = 200
"""Lines that are kept as painted, for when they only move."""


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
        """Another row is selected, or none."""

        def __init__(self, rows: "RowList", key: str | None) -> None:
            super().__init__()
            self.rows = rows
            self.key = key

        @property
        def control(self) -> "RowList":
            """The list."""
            return self.rows

    class Opened(Moved):
        """The selected row is to be shown in full."""

    class Scrolled(Message):
        """Other rows are in sight."""

    def __init__(self, rows: Rows, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.rows = rows
        self.selected: str | None = None
        self.waiting_words = ""
        """What is said where there are no rows."""
        self._index = 0
        self._states: dict[int, LineState] = {}
        self._strips: dict[LineState, Strip] = {}

    # --- what the owner does

    def update(self) -> None:
        """Show the rows as they are now; only lines that look different are painted."""
        self._measure()
        if self.selected is not None and self.rows.index_of(self.selected) is None:
            self._select_index(min(self._index, len(self.rows) - 1))
        self._refresh_changed()

    def select(self, key: str | None, *, see: bool = True) -> None:
        """Select a row, or none, and bring it into sight."""
        if key is not None and (index := self.rows.index_of(key)) is not None:
            self._index = index
            if see:
                self._bring_into_sight(index)
        if key != self.selected:
            self.selected = key
            self.post_message(self.Moved(self, key))
        self._refresh_changed()

    @property
    def index(self) -> int | None:
        """Where the selected row stands."""
        return None if self.selected is None else self.rows.index_of(self.selected)

    @property
    def in_sight(self) -> tuple[int, int]:
        """The first and the last row that can be seen."""
        first = self.scroll_offset.y
        return first, first + max(0, self.size.height - HEAD - 1)

    # --- keys and mouse

    def action_step(self, step: int) -> None:
        """Select the next row in direction `step`."""
        index = self.index
        self._select_index(0 if index is None else index + step)

    def action_page(self, step: int) -> None:
        """Move by what fits the screen."""
        self._select_index((self.index or 0) + step * max(1, self.size.height - HEAD - 1))

    def action_top(self) -> None:
        """Select the first row."""
        self._select_index(0)

    def action_bottom(self) -> None:
        """Select the last row."""
        self._select_index(len(self.rows) - 1)

    def action_open(self) -> None:
        """Ask for the selected row in full, the first one when none is selected."""
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

    def _bring_into_sight(self, index: int) -> None:
        first, last = self.in_sight
        if index < first:
            self.scroll_to(y=index, animate=False)
        elif index > last:
            self.scroll_to(y=index - (last - first), animate=False)

    # --- painting

    def on_resize(self) -> None:
        """Make room for other columns; keep the selection in sight."""
        self._measure()
        if (index := self.index) is not None:
            self._bring_into_sight(index)

    def notify_style_update(self) -> None:
        """Colours changed: paint anew."""
        self._strips.clear()
        super().notify_style_update()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Post that other rows are in sight."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.Scrolled())

    def watch_has_focus(self, _has_focus: bool) -> None:  # noqa: FBT001  # Textual's signature
        """The selection looks different without the focus."""
        super().watch_has_focus(_has_focus)
        if (index := self.index) is not None:
            self.refresh_row(index)

    def refresh_row(self, index: int) -> None:
        """Paint one row again."""
        self.refresh(Region(0, index - self.scroll_offset.y + HEAD, self.size.width, 1))

    def _refresh_changed(self) -> None:
        """Paint the lines that are not as they were painted last: every byte is felt over SSH."""
        for y in range(HEAD, self.size.height):
            if self._line_state(y) != self._states.get(y):
                self.refresh(Region(0, y, self.size.width, 1))

    def _measure(self) -> None:
        size = Size(self.size.width, len(self.rows) + HEAD)
        if size != self.virtual_size:
            self.virtual_size = size

    def render_line(self, y: int) -> Strip:
        """The titles, then the rows from where the list is scrolled to."""
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
        """What line `y` is to look like."""
        width = self.size.width
        index = y - HEAD + self.scroll_offset.y
        if index >= len(self.rows):
            words = self.waiting_words if index == 0 else ""
            return ((Cell(f"  {words}", "quiet"),), False, 0, -width)
        key = self.rows.key(index)
        if key is None:
            return ((Cell("  …", "quiet"),), False, 0, -width)
        look = (2 if self.has_focus else 1) if key == self.selected else 0
        cells = tuple(self.rows.cells(index, width - GUTTER - 1))
        return (cells, self.rows.marked(key), look, width)

    def _paint(self, state: LineState) -> Strip:
        cells, marked, look, width = state
        if width < 0:  # words that go over all columns
            return strip_of(self, cells, -width)
        gutter = ("▌" if look else " ") + ("◆" if marked else " ")
        columns = self.rows.columns(width - GUTTER - 1)
        return self._line(cells, columns, width, self._ground(look), gutter)

    def _ground(self, look: int) -> Style:
        if not look:
            return self.rich_style
        looks = looks_of(self)
        return self.rich_style + (looks.chosen if look > 1 else looks.chosen_blurred)

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
    """A `RowList` that posts which title was clicked."""

    class TitleClicked(Message):
        """The title of a column was clicked."""

        def __init__(self, title: str) -> None:
            super().__init__()
            self.title = title

    def resorted(self) -> None:
        """Show the rows in another order, and the title that says so."""
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
