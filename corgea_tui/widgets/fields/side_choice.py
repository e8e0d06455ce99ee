"""A choice between two users' values of one field; one of them is saved."""

from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from corgea_tui.forms.merge import Divergence, Side
from corgea_tui.text.facts import wrapped
from corgea_tui.text.safe_text import safe
from corgea_tui.text.table import Cell, pad
from corgea_tui.widgets.painted import strip_of

MOST_LINES = 6
LONGEST = 600
MARGIN = 2


class SideChoice(Widget, can_focus=True):
    """Two columns, theirs and yours; the chosen side has the dot."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "turn", "the other side", id="side.turn"),
        Binding("left,h", "choose('theirs')", "theirs", show=False, id="side.theirs"),
        Binding("right,l", "choose('yours')", "yours", show=False, id="side.yours"),
    ]

    def __init__(self, divergence: Divergence, label: str, by: str) -> None:
        super().__init__(id=f"side-{divergence.field}")
        self.field = divergence.field
        self.side: Side = divergence.proposed
        self._divergence = divergence
        self._title = label
        self._by = by

    def choose(self, side: Side) -> None:
        """Choose a side."""
        self.side = side
        self.refresh()

    def action_choose(self, side: Side) -> None:
        """Choose a side."""
        self.choose(side)

    def action_turn(self) -> None:
        """Choose the other side."""
        self.choose("yours" if self.side == "theirs" else "theirs")

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked side."""
        self.focus()
        self.choose("theirs" if event.x < self.size.width // 2 else "yours")

    def watch_has_focus(self, _has_focus: bool) -> None:  # noqa: FBT001  # Textual's signature
        """Paint the bar of the focus, or remove it."""
        super().watch_has_focus(_has_focus)
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """One line for the name, and as many as the longer side needs."""
        theirs, yours = self._sides(width)
        return 1 + max(len(theirs), len(yours))

    def render_line(self, y: int) -> Strip:
        """The name, then both sides."""
        width = self.size.width
        if y == 0:
            bar = "▌" if self.has_focus else " "
            head = [
                Cell(bar, "accent"),
                Cell(f"{self._title}  ", "strong"),
                Cell(self._by, "quiet"),
            ]
            return strip_of(self, head, width)
        half = width // 2
        sides: list[tuple[Side, list[str]]] = list(
            zip(("theirs", "yours"), self._sides(width), strict=True)
        )
        strips = [self._part(side, lines, y - 1, half) for side, lines in sides]
        return Strip.join(strips).adjust_cell_length(width, self.rich_style)

    def _part(self, side: Side, lines: list[str], y: int, width: int) -> Strip:
        chosen = side == self.side
        text = lines[y] if y < len(lines) else ""
        head = f"{'●' if chosen else '○'} {side:<6} " if y == 0 else " " * 9
        base = self.rich_style + Style(bold=chosen)
        cells = [
            Cell(" " * MARGIN),
            Cell(head, "accent" if chosen else "quiet"),
            Cell(pad(text, max(1, width - MARGIN - 10)), "" if chosen else "quiet"),
        ]
        return strip_of(self, cells, width, base)

    def _sides(self, width: int) -> tuple[list[str], list[str]]:
        room = max(8, width // 2 - MARGIN - 10)
        return _lines(self._divergence.theirs, room), _lines(self._divergence.yours, room)


def _lines(text: str, width: int) -> list[str]:
    lines = [part for line in safe(text, LONGEST).split("\n") for part in wrapped(line, width)]
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "…"]
