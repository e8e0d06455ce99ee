"""A line of words, some of which can be clicked. The tab bar and the footer are such lines."""

from collections.abc import Sequence

import msgspec
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from corgea_tui.text.table import Cell, cell_width, pad
from corgea_tui.widgets.painted import strip_of

SHORTEST = 12


class Word(msgspec.Struct, frozen=True):
    """Cells that belong together. `action`: the action that a click on them requests."""

    cells: tuple[Cell, ...]
    action: str = ""
    shrinks: bool = False
    """Whether the word may be cut, to at least `SHORTEST` columns, before it is left out."""

    @property
    def width(self) -> int:
        """The width of the word in columns."""
        return sum(cell_width(cell.text) for cell in self.cells)


class OneLine(Widget):
    """Words from the left, and others from the right as far as they fit.

    One widget paints the whole line, where Textual mounts a widget for each word (Header, Tabs,
    Footer). The line is painted only when its words change.

    Where the line is too narrow, words on the right are left out first, from the last one on, and
    then words on the left. The first `kept` words on the right are left out last.
    """

    class Clicked(Message):
        """A word with an action was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._left: tuple[Word, ...] = ()
        self._right: tuple[Word, ...] = ()
        self._kept = 0
        self._targets: list[tuple[int, int, str]] = []

    def write(self, left: Sequence[Word], right: Sequence[Word] = (), *, kept: int = 0) -> None:
        """Show these words; nothing is painted when they are the same."""
        words = (tuple(left), tuple(right), kept)
        if words != (self._left, self._right, self._kept):
            self._left, self._right, self._kept = words
            self.refresh()

    @property
    def targets(self) -> list[tuple[int, str]]:
        """The column and the action of each word that can be clicked."""
        return [(start, action) for start, _, action in self._targets]

    def on_click(self, event: events.Click) -> None:
        """Post the action of the clicked word."""
        for start, end, action in self._targets:
            if start <= event.x < end:
                self.post_message(self.Clicked(action))

    def render_line(self, y: int) -> Strip:  # noqa: ARG002  # there is only one
        """The line."""
        width = self.size.width
        kept = sum(word.width for word in self._right[: self._kept])
        left, used = _fitting(self._left, width - kept)
        if not left and self._left:  # the first word is cut, not left out
            left, used = [self._left[0]], width
        right, taken = _fitting(self._right, width - used - (0 if self._kept else 1))
        space = Word((Cell(" " * (width - used - taken)),))
        self._targets = []
        at = 0
        for word in (*left, space, *right):
            if word.action:
                self._targets.append((at, at + word.width, word.action))
            at += word.width
        cells = (cell for word in (*left, space, *right) for cell in word.cells)
        return strip_of(self, cells, width)


def _cut(word: Word, room: int) -> Word:
    """A word of one cell in `room` columns."""
    (cell,) = word.cells
    return Word((Cell(pad(cell.text, room), cell.style),), word.action)


def _fitting(words: Sequence[Word], room: int) -> tuple[list[Word], int]:
    kept, used = [], 0
    for word in words:
        if used + word.width > room:
            if word.shrinks and room - used >= SHORTEST:
                kept.append(_cut(word, room - used))
                used = room
            break
        kept.append(word)
        used += word.width
    return kept, used


SCREENS = ("deliveries", "webhooks", "events", "statistics", "daemon")


class TabBar(OneLine):
    """Shows the screens with their keys and marks the current one; a click opens another.

    Textual's Tabs would take two lines of 24, and the focus.
    """

    def __init__(self, here: str) -> None:
        super().__init__()
        self._here = here

    def on_mount(self) -> None:
        """Write the names once."""
        self.write(
            [
                Word(
                    (
                        Cell(f" {number} ", "accent"),
                        Cell(f"{name.capitalize()} ", "here" if name == self._here else "quiet"),
                    ),
                    f"go('{name}')",
                )
                for number, name in enumerate(SCREENS, start=1)
            ]
        )


class KeyHint(msgspec.Struct, frozen=True):
    """A key, the name of its action, and whether the action is blocked now."""

    key: str
    label: str
    action: str
    blocked: bool = False
    last: bool = False
    """Whether the hint is at the right end."""


class KeysLine(OneLine):
    """Shows key hints; a click does the same as the key.

    Textual's Footer mounts a widget for each key whenever a binding changes, and cuts the line at
    its end. Here the least important keys are left out first, and blocked keys are dimmed.
    """

    def show(self, hints: Sequence[KeyHint]) -> None:
        """Show these hints, as many as fit."""
        words = [(_word(hint), hint.last) for hint in hints]
        right = [word for word, last in words if last]
        self.write([word for word, last in words if not last], right, kept=len(right))


def _word(hint: KeyHint) -> Word:
    key, label = ("quiet", "quiet") if hint.blocked else ("accent", "")
    return Word((Cell(f" {hint.key} ", key), Cell(f"{hint.label} ", label)), hint.action)
