"""Jump mode: a letter at everything that can be gone to; pressing it goes there."""

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
"""Where it is, the widget, and the action that a click there asks for; none: the focus."""


class Letter(Widget):
    """One letter over what is there."""

    def __init__(self, letter: str, at: Offset) -> None:
        super().__init__()
        self._letter = letter
        self.absolute_offset = at

    def render_line(self, y: int) -> Strip:  # noqa: ARG002  # there is only one
        """The letter."""
        style = theme_styles(self).styles["accent"] + Style(bold=True, reverse=True)
        return Strip([Segment(self._letter, style)], 1)


class Jump(ModalScreen[Target | None]):
    """Gives the target whose letter was pressed."""

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
        """Any key ends it; a letter that is shown goes there."""
        event.stop()
        self.dismiss(self._targets.get(event.key))


def targets_of(widgets: Sequence[Widget], focusable: Sequence[Widget]) -> list[Target]:
    """What can be gone to: words that can be clicked, then widgets that take the focus."""
    found: list[Target] = []
    for widget in widgets:
        if isinstance(widget, KeysLine):
            continue  # its words are keys already
        if isinstance(widget, OneLine) and widget.is_on_screen and widget.region:
            found += [
                (widget.region.offset + Offset(start, 0), widget, action)
                for start, action in widget.targets
            ]
    found += [(widget.region.offset, widget, "") for widget in focusable if widget.region]
    return found
