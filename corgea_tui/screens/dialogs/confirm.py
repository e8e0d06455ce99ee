"""Asking before something that cannot be taken back, or that means many."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from corgea_tui.screens.dialogs.dialog import Dialog
from corgea_tui.views.details.lines import Line


class Confirm(Dialog[bool]):
    """Asks for `y`; with a `phrase`, for that to be typed."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "no", id="confirm.no"),
        Binding("y", "answer(True)", "yes", id="confirm.yes"),
    ]

    def __init__(self, lines: Sequence[Line], deed: str, *, phrase: str = "") -> None:
        """`deed`: what `y` does, in a word or two."""
        yes = ("enter" if phrase else "y", deed, "answer(True)")
        super().__init__(lines, [yes, ("esc", "cancel", "answer(False)")])
        self._phrase = phrase

    def inside(self) -> Iterable[Widget]:
        """The line to type the phrase in."""
        if self._phrase:
            yield Input(placeholder="type the name to confirm", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter answers, when the phrase is right."""
        event.stop()
        self.action_answer(True)

    def action_answer(self, yes: bool) -> None:  # noqa: FBT001  # from a binding's text
        """Close with the answer; yes counts only with the phrase."""
        if yes and self._phrase and self.query_one(Input).value.strip() != self._phrase:
            self.notify("that is not its name", severity="warning", markup=False)
            return
        self.dismiss(yes)
