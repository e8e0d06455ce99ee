"""Asking for a line of text."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from corgea_tui.screens.dialogs.dialog import Dialog
from corgea_tui.text.safe_text import safe_line
from corgea_tui.views.details.lines import Line


class Prompt(Dialog[str | None]):
    """Gives what was typed, None when it was left; `check` says what is wrong with it."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "cancel", id="prompt.cancel"),
    ]

    def __init__(
        self,
        lines: Sequence[Line],
        placeholder: str,
        check: Callable[[str], str | None],
        *,
        value: str = "",
    ) -> None:
        """`value`: what stands there at first."""
        super().__init__(lines, [("enter", "ok", "submit"), ("esc", "cancel", "leave")])
        self._value = value
        self._placeholder = placeholder
        self._check = check

    def inside(self) -> Iterable[Widget]:
        """The line."""
        yield Input(self._value, placeholder=self._placeholder, compact=True, select_on_focus=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it, unless it is wrong."""
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        """Take what was typed, unless it is wrong."""
        text = self.query_one(Input).value.strip()
        if (problem := self._check(text)) is not None:
            self.notify(safe_line(problem), severity="warning", markup=False)
        else:
            self.dismiss(text)

    def action_leave(self) -> None:
        """Take nothing."""
        self.dismiss(None)
