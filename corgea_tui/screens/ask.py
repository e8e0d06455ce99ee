"""Asking for a line of text."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from corgea_tui.screens.dialog import Dialog
from corgea_tui.widgets.painted import Line


class Ask(Dialog[str | None]):
    """Gives what was typed, None when it was left."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "cancel", id="ask.cancel"),
    ]

    def __init__(self, lines: Sequence[Line], deed: str, *, value: str = "") -> None:
        """`deed`: what enter does, in a word or two; `value`: what stands there at first."""
        super().__init__(lines, [("enter", deed, "answer"), ("esc", "cancel", "leave")])
        self._value = value

    def inside(self) -> Iterable[Widget]:
        """The line to type in."""
        yield Input(self._value, compact=True, select_on_focus=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter answers."""
        event.stop()
        self.action_answer()

    def action_answer(self) -> None:
        """Give what was typed; nothing typed is no answer."""
        self.dismiss(self.query_one(Input).value.strip() or None)

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)
