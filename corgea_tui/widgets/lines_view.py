"""Read-only text: lines of cells, scrolled in both directions; or a log, whose end is followed."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from corgea_tui.text.table import Cell, cell_width
from corgea_tui.views.details.lines import Line, line_width
from corgea_tui.widgets.painted import strip_of


class LinesView(ScrollView, can_focus=True):
    """Shows lines. Long lines are cut at the right edge, or wrapped when `wrapping` is set.

    Textual's RichLog and Log only append. Here the lines are replaced as a whole, and only the
    visible lines that differ are painted.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", "down", show=False, id="text.down"),
        Binding("up,k", "scroll_up", "up", show=False, id="text.up"),
        Binding("pagedown,ctrl+d", "page_down", "page down", show=False, id="text.page_down"),
        Binding("pageup,ctrl+u", "page_up", "page up", show=False, id="text.page_up"),
        Binding("home,g", "scroll_home", "top", show=False, id="text.top"),
        Binding("end,G", "scroll_end", "end", show=False, id="text.end"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.given: Sequence[Line] = ()
        """The lines before wrapping."""
        self._lines: Sequence[Line] = ()
        self.wrapping = False
        self.prose = False
        """Whether the lines are prose, which is wrapped between words."""

    def show(self, lines: Sequence[Line], *, keep: bool = False) -> None:
        """Show these lines from the top, or with `keep` at the current scroll position."""
        if lines == self.given:
            return
        self.given = lines
        self._arrange()
        if not keep:
            self.scroll_to(0, 0, animate=False)

    def toggle_wrap(self) -> None:
        """Wrap long lines, or cut them again."""
        self.wrapping = not self.wrapping
        self._arrange()

    def on_resize(self) -> None:
        """Wrap the lines to the new width."""
        self._arrange()

    def _arrange(self) -> None:
        before, width = self._lines, self.size.width
        if self.wrapping and width:
            wrap = wrapped_prose if self.prose else wrapped
            self._lines = [part for line in self.given for part in wrap(line, width - 1)]
            longest = width
        else:
            self._lines = self.given
            longest = max((line_width(line) for line in self._lines), default=0)
        size = Size(longest, len(self._lines))
        if size == self.virtual_size:
            self._refresh_changed(before)
        else:
            self.virtual_size = size
            self.refresh(layout=self.styles.auto_dimensions)

    def _refresh_changed(self, before: Sequence[Line]) -> None:
        """Paint the visible lines that differ from `before`."""
        top, width = self.scroll_offset.y, self.size.width
        for y, (old, new) in enumerate(zip(before[top:], self._lines[top:], strict=True)):
            if y >= self.size.height:
                return
            if old != new:
                self.refresh(Region(0, y, width, 1))

    def render_line(self, y: int) -> Strip:
        """The line `y` below the scroll position."""
        x, top = self.scroll_offset
        width = self.size.width
        if y + top >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        line = self._lines[y + top]
        strip = strip_of(self, line, max(width + x, line_width(line)))
        return strip.crop(x, x + width)


def wrapped(line: Line, width: int) -> list[Line]:
    """A line of data in pieces of at most `width` columns, broken between any characters."""
    width = max(width, 2)
    pieces: list[Line] = []
    piece: list[Cell] = []
    used = 0
    for cell in line:
        text = ""
        for character in cell.text:
            size = cell_width(character)
            if used + size > width:
                pieces.append((*piece, Cell(text, cell.style)))
                piece, text, used = [], "", 0
            text += character
            used += size
        if text:
            piece.append(Cell(text, cell.style))
    return [*pieces, tuple(piece)]


def wrapped_prose(line: Line, width: int) -> list[Line]:
    """A line in pieces of at most `width` columns, broken between words where that is possible."""
    pieces: list[Line] = []
    rest = list(line)
    while line_width(tuple(rest)) > width:
        first, *_ = wrapped(tuple(_split(rest, width)[0]), width)
        text = "".join(cell.text for cell in first)
        space = text.rstrip(" ").rfind(" ") + 1
        taken = space if text[:space].strip() else len(text)
        piece, rest = _split(rest, taken)
        pieces.append(tuple(piece))
    return [*pieces, tuple(rest)]


def _split(cells: Sequence[Cell], at: int) -> tuple[list[Cell], list[Cell]]:
    """The first `at` characters and the rest."""
    before: list[Cell] = []
    after: list[Cell] = []
    for cell in cells:
        mine = min(at, len(cell.text))
        at -= mine
        if mine:
            before.append(Cell(cell.text[:mine], cell.style))
        if mine < len(cell.text):
            after.append(Cell(cell.text[mine:], cell.style))
    return before, after


class TailView(LinesView):
    """A `LinesView` that can follow its end. Posts `FollowingChanged` when that starts or stops."""

    class FollowingChanged(Message):
        """The user scrolled away from the end, or back to it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._tailing = False
        self.following = False
        """Whether the end is visible and is followed."""

    def tail(self, *, on: bool) -> None:
        """Follow the end from now on, or stop following it."""
        self._tailing = self.following = on
        self._to_end()

    def _to_end(self) -> None:
        if self.following:
            # At once, before the scrollbar exists: else the top would be visible for a moment.
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)

    def _arrange(self) -> None:
        super()._arrange()
        self._to_end()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Post `FollowingChanged` when the user scrolls away from the end or back to it."""
        super().watch_scroll_y(old_value, new_value)
        following = self._tailing and new_value >= self.max_scroll_y
        if following != self.following:
            self.following = following
            self.post_message(self.FollowingChanged())
