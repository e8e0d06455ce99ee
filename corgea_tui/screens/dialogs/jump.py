"""Jump mode: a letter at each target; pressing the letter clicks or focuses the target."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from corgea_tui.widgets.one_line import KeysLine, OneLine
from corgea_tui.widgets.painted import theme_styles

LETTERS = "asdfghjklqwertyuiopzxcvbnm1234567890"
Target = tuple[Offset, Widget, str]
"""Its position, the widget, and the action of a click; empty: the widget gets the focus."""


class Letter(Widget):
    """One letter over its target."""

    def __init__(self, letter: str, at: Offset) -> None:
        super().__init__()
        self._letter = letter
        self.absolute_offset = at

    def render_line(self, y: int) -> Strip:  # noqa: ARG002  # there is only one
        """The letter."""
        style = theme_styles(self).styles["accent"] + Style(bold=True, reverse=True)
        return Strip([Segment(self._letter, style)], 1)


class Jump(ModalScreen[Target | None]):
    """Returns the target of the pressed letter, or None."""

    CSS_PATH = "jump.tcss"
    AUTO_FOCUS: ClassVar[str | None] = ""

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__()
        self._targets = dict(zip(LETTERS, targets, strict=False))

    def compose(self) -> ComposeResult:
        """The letters."""
        for letter, (at, _, _) in self._targets.items():
            yield Letter(letter, at)

    def on_key(self, event: events.Key) -> None:
        """Close with the target of the letter; any other key only closes."""
        event.stop()
        self.dismiss(self._targets.get(event.key))


def targets_of(widgets: Sequence[Widget], focusable: Sequence[Widget]) -> list[Target]:
    """The targets: words that can be clicked, then widgets that can have the focus."""
    found: list[Target] = []
    for widget in widgets:
        if isinstance(widget, KeysLine):
            continue  # its words have keys
        if isinstance(widget, OneLine) and widget.is_on_screen and widget.region:
            found += [
                (widget.region.offset + Offset(start, 0), widget, action)
                for start, action in widget.targets
            ]
    found += [(widget.region.offset, widget, "") for widget in focusable if widget.region]
    return found
