"""A small window over a screen: lines to read, keys to answer with."""

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
    """Shows lines, then whatever `inside` adds, then the keys."""

    CSS_PATH = "dialog.tcss"

    def __init__(self, lines: Sequence[Line], keys: Sequence[tuple[str, str, str]]) -> None:
        """`keys`: each a key as shown, what it does, and its action."""
        super().__init__()
        self._lines = lines
        self._keys = keys
        self.text = LinesView()
        self.text.wrapping = self.text.prose = True  # the text is read whole, without scrolling
        self._foot = OneLine()

    def compose(self) -> ComposeResult:
        """The window."""
        with Vertical(classes="dialog"):
            yield self.text
            yield from self.inside()
            yield self._foot

    def inside(self) -> Iterable[Widget]:
        """What stands between the lines and the keys."""
        return ()

    def on_mount(self) -> None:
        """Write what there is to read."""
        self.text.show(self._lines)
        self.show_keys(self._keys)

    def show_keys(self, keys: Sequence[tuple[str, str, str]]) -> None:
        """Show which keys work now."""
        self._foot.write(
            [
                Word((Cell(f"{key} ", "accent"), Cell(f"{label}   ")), action)
                for key, label, action in keys
            ]
        )

    async def on_one_line_clicked(self, event: OneLine.Clicked) -> None:
        """A key was clicked."""
        event.stop()
        await self.run_action(event.action)
