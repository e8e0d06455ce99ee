"""A dialog over a screen: lines to read, and keys to answer."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from corgea_tui.text.table import Cell
from corgea_tui.views.details.lines import Line
from corgea_tui.widgets.lines_view import LinesView
from corgea_tui.widgets.one_line import OneLine, Word

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """Shows lines, then the widgets of `inside`, then the keys."""

    CSS_PATH = "dialog.tcss"

    def __init__(self, lines: Sequence[Line], keys: Sequence[tuple[str, str, str]]) -> None:
        """`keys`: each a key, its label, and its action."""
        super().__init__()
        self._lines = lines
        self._keys = keys
        self.text = LinesView()
        self.text.wrapping = self.text.prose = True  # the whole text is visible without scrolling
        self._foot = OneLine()

    def compose(self) -> ComposeResult:
        """The dialog."""
        with Vertical(classes="dialog"):
            yield self.text
            yield from self.inside()
            yield self._foot

    def inside(self) -> Iterable[Widget]:
        """The widgets between the lines and the keys."""
        return ()

    def on_mount(self) -> None:
        """Show the lines and the keys."""
        self.text.show(self._lines)
        self.show_keys(self._keys)

    def show_keys(self, keys: Sequence[tuple[str, str, str]]) -> None:
        """Show the keys that work now."""
        self._foot.write(
            [
                Word((Cell(f"{key} ", "accent"), Cell(f"{label}   ")), action)
                for key, label, action in keys
            ]
        )

    async def on_one_line_clicked(self, event: OneLine.Clicked) -> None:
        """Run the action of the clicked key."""
        event.stop()
        await self.run_action(event.action)
