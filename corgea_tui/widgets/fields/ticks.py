"""Things to tick, as many a line as find room."""

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
    """Something to tick. `implied_by` tick it along; `first`: it begins a line."""

    value: str
    label: str
    implied_by: tuple[str, ...] = ()
    first: bool = False


@dataclass(frozen=True)
class _Spot:
    """Where an item stands."""

    index: int
    x: int
    y: int
    width: int


class Ticks(Widget, can_focus=True):
    """Items side by side. Arrows move, space ticks, a click does both.

    Not Textual's SelectionList: that gives every item a line, and the thirty types of events would
    fill a small terminal; and it has no third state for a type that its group implies.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "tick", "tick", show=False, id="form.tick"),
        Binding("right", "move(1)", "right", show=False, id="form.tick_right"),
        Binding("left", "move(-1)", "left", show=False, id="form.tick_left"),
        Binding("down", "climb(1)", "down", show=False, id="form.tick_down"),
        Binding("up", "climb(-1)", "up", show=False, id="form.tick_up"),
    ]

    class Ticked(Message):
        """Others are ticked now: their values, in the order of the items."""

        def __init__(self, ticks: "Ticks", values: tuple[str, ...]) -> None:
            super().__init__()
            self.ticks = ticks
            self.values = values

        @property
        def control(self) -> "Ticks":
            """The items."""
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
        self._at = 0

    @property
    def ticked(self) -> tuple[str, ...]:
        """The values of what is ticked, in the order of the items."""
        return tuple(item.value for item in self._items if item.value in self._ticked)

    def offer(self, items: Sequence[Item]) -> None:
        """Show other items."""
        if list(items) != self._items:
            self._items = list(items)
            self._at = min(self._at, max(0, len(items) - 1))
            self.refresh(layout=True)

    def load(self, ticked: Collection[str]) -> None:
        """Tick these; nothing is posted."""
        if set(ticked) != self._ticked:
            self._ticked = set(ticked)
            self.refresh()

    # --- keys and mouse

    def action_move(self, step: int) -> None:
        """Go to the next item."""
        if 0 <= self._at + step < len(self._items):
            self._go(self._at + step)

    def action_climb(self, step: int) -> None:
        """Go to the item above or below."""
        spots = self._spots(self.size.width)
        here = spots[self._at]
        beside = [spot for spot in spots if spot.y == here.y + step]
        if beside:
            self._go(min(beside, key=lambda spot: abs(spot.x - here.x)).index)

    def action_tick(self) -> None:
        """Tick the item, or take the tick away."""
        if self._items:
            self._ticked ^= {self._items[self._at].value}
            self.refresh()
            self.post_message(self.Ticked(self, self.ticked))

    def on_click(self, event: events.Click) -> None:
        """Tick what was clicked."""
        for spot in self._spots(self.size.width):
            if spot.y == event.y and spot.x <= event.x < spot.x + spot.width:
                self._go(spot.index)
                self.action_tick()

    def watch_has_focus(self, _has_focus: bool) -> None:  # noqa: FBT001  # Textual's signature
        """The item under the cursor looks different with the focus."""
        super().watch_has_focus(_has_focus)
        self.refresh()

    def _go(self, index: int) -> None:
        self._at = index
        self.refresh()
        row = self._spots(self.size.width)[index].y
        self.screen.scroll_to_region(Region(0, row, 1, 1).translate(self.region.offset))

    # --- painting

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        """All in a line."""
        spots = self._spots(container.width)
        return max((spot.x + spot.width for spot in spots), default=1)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as the items need in that width."""
        spots = self._spots(width)
        return spots[-1].y + 1 if spots else 1

    def render_line(self, y: int) -> Strip:
        """A line of items."""
        width = self.size.width
        spots = [spot for spot in self._spots(width) if spot.y == y]
        strips = [Strip.blank(spots[0].x, self.rich_style)] if spots else []
        for spot, following in pairwise([*spots, None]):
            if spot is not None:
                end = width if following is None else following.x
                strips.append(self._item(spot).adjust_cell_length(end - spot.x, self.rich_style))
        return Strip.join(strips).adjust_cell_length(width, self.rich_style)

    def _item(self, spot: _Spot) -> Strip:
        item = self._items[spot.index]
        here = self.has_focus and spot.index == self._at
        ticked = item.value in self._ticked
        implied = any(each in self._ticked for each in item.implied_by)
        box = "[x]" if ticked else "[•]" if implied else "[ ]"
        strong, quiet = ("", "") if here else ("accent", "quiet")
        label = pad(_label(item), spot.width - BOX)
        cells = [
            Cell(box, strong if ticked or implied else quiet),
            Cell(f" {label}", "" if ticked or implied else quiet),
        ]
        base = self.rich_style + Style(bold=ticked, reverse=here)
        return strip_of(self, cells, spot.width, base)

    def _spots(self, width: int) -> list[_Spot]:
        """Lines filled from the left; what does not fit goes on below, indented in its group."""
        spots: list[_Spot] = []
        x = y = indent = 0
        for index, item in enumerate(self._items):
            wide = min(BOX + cell_width(_label(item)), max(width, BOX + 1))
            if item.first:
                x, y = 0, y + (1 if spots else 0)
                indent = wide + GAP
            elif x + wide > width:
                x, y = (indent if indent + wide <= width else 0), y + 1
            spots.append(_Spot(index, x, y, wide))
            x += wide + GAP
        return spots


def _label(item: Item) -> str:
    return safe_line(item.label, LONGEST)
