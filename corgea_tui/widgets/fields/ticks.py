"""Checkboxes, as many on a line as fit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, cell_width, pad
from corgea_tui.widgets.painted import strip_of

BOX = len("[x] ")
GAP = 3
LONGEST = 40


@dataclass(frozen=True)
class Item:
    """A checkbox. Each value of `implied_by` ticks it too; `first`: it begins a line."""

    value: str
    label: str
    implied_by: tuple[str, ...] = ()
    first: bool = False


@dataclass(frozen=True)
class _Position:
    """The position of an item."""

    index: int
    x: int
    y: int
    width: int


class Ticks(Widget, can_focus=True):
    """Checkboxes side by side. Arrows move, space ticks, a click does both.

    Textual's SelectionList gives every item a line, and the thirty types of events would fill a
    small terminal. It also has no third state for a type that its group implies.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "tick", "tick", show=False, id="form.tick"),
        Binding("right", "move(1)", "right", show=False, id="form.tick_right"),
        Binding("left", "move(-1)", "left", show=False, id="form.tick_left"),
        Binding("down", "climb(1)", "down", show=False, id="form.tick_down"),
        Binding("up", "climb(-1)", "up", show=False, id="form.tick_up"),
    ]

    class Ticked(Message):
        """The user ticked or cleared an item. `values`: the ticked values, in item order."""

        def __init__(self, ticks: "Ticks", values: tuple[str, ...]) -> None:
            super().__init__()
            self.ticks = ticks
            self.values = values

        @property
        def control(self) -> "Ticks":
            """The checkboxes."""
            return self.ticks

    def __init__(
        self,
        items: Sequence[Item],
        *,
        classes: str | None = None,
    ) -> None:
        super().__init__(classes=classes)
        self._items = list(items)
        self._ticked: set[str] = set()
        self._cursor = 0

    @property
    def ticked(self) -> tuple[str, ...]:
        """The ticked values, in the order of the items."""
        return tuple(item.value for item in self._items if item.value in self._ticked)

    def offer(self, items: Sequence[Item]) -> None:
        """Show other items."""
        if list(items) != self._items:
            self._items = list(items)
            self._cursor = min(self._cursor, max(0, len(items) - 1))
            self.refresh(layout=True)

    def load(self, ticked: Collection[str]) -> None:
        """Tick these values only; nothing is posted."""
        if set(ticked) != self._ticked:
            self._ticked = set(ticked)
            self.refresh()

    # --- keys and mouse

    def action_move(self, step: int) -> None:
        """Go to the next item."""
        if 0 <= self._cursor + step < len(self._items):
            self._go(self._cursor + step)

    def action_climb(self, step: int) -> None:
        """Go to the item above or below."""
        positions = self._positions(self.size.width)
        here = positions[self._cursor]
        beside = [position for position in positions if position.y == here.y + step]
        if beside:
            self._go(min(beside, key=lambda position: abs(position.x - here.x)).index)

    def action_tick(self) -> None:
        """Tick the item, or clear it."""
        if self._items:
            self._ticked ^= {self._items[self._cursor].value}
            self.refresh()
            self.post_message(self.Ticked(self, self.ticked))

    def on_click(self, event: events.Click) -> None:
        """Tick the clicked item, or clear it."""
        for position in self._positions(self.size.width):
            if position.y == event.y and position.x <= event.x < position.x + position.width:
                self._go(position.index)
                self.action_tick()

    def watch_has_focus(self, _has_focus: bool) -> None:  # noqa: FBT001  # Textual's signature
        """Paint the items again: the one under the cursor is reversed with the focus."""
        super().watch_has_focus(_has_focus)
        self.refresh()

    def _go(self, index: int) -> None:
        self._cursor = index
        self.refresh()
        row = self._positions(self.size.width)[index].y
        self.screen.scroll_to_region(Region(0, row, 1, 1).translate(self.region.offset))

    # --- painting

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        """The width of the longest line."""
        positions = self._positions(container.width)
        return max((position.x + position.width for position in positions), default=1)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """The number of lines that the items need in this width."""
        positions = self._positions(width)
        return positions[-1].y + 1 if positions else 1

    def render_line(self, y: int) -> Strip:
        """A line of items."""
        width = self.size.width
        positions = [position for position in self._positions(width) if position.y == y]
        strips = [Strip.blank(positions[0].x, self.rich_style)] if positions else []
        for position, following in pairwise([*positions, None]):
            if position is not None:
                end = width if following is None else following.x
                strips.append(
                    self._item(position).adjust_cell_length(end - position.x, self.rich_style)
                )
        return Strip.join(strips).adjust_cell_length(width, self.rich_style)

    def _item(self, position: _Position) -> Strip:
        item = self._items[position.index]
        here = self.has_focus and position.index == self._cursor
        ticked = item.value in self._ticked
        implied = any(each in self._ticked for each in item.implied_by)
        box = "[x]" if ticked else "[•]" if implied else "[ ]"
        strong, quiet = ("", "") if here else ("accent", "quiet")
        label = pad(_label(item), position.width - BOX)
        cells = [
            Cell(box, strong if ticked or implied else quiet),
            Cell(f" {label}", "" if ticked or implied else quiet),
        ]
        base = self.rich_style + Style(bold=ticked, reverse=here)
        return strip_of(self, cells, position.width, base)

    def _positions(self, width: int) -> list[_Position]:
        """The positions: lines filled from the left, continued below, indented in the group."""
        positions: list[_Position] = []
        x = y = indent = 0
        for index, item in enumerate(self._items):
            wide = min(BOX + cell_width(_label(item)), max(width, BOX + 1))
            if item.first:
                x, y = 0, y + (1 if positions else 0)
                indent = wide + GAP
            elif x + wide > width:
                x, y = (indent if indent + wide <= width else 0), y + 1
            positions.append(_Position(index, x, y, wide))
            x += wide + GAP
        return positions


def _label(item: Item) -> str:
    return safe_line(item.label, LONGEST)
