"""Asking before what was entered is lost."""

from typing import ClassVar, Literal

from textual.binding import Binding, BindingType

from corgea_tui.screens.dialogs.dialog import Dialog
from corgea_tui.text.table import Cell

Answer = Literal["save", "leave"]


class Leaving(Dialog[Answer | None]):
    """Save, leave, or stay (None)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "answer('save')", "save", id="leaving.save"),
        Binding("l", "answer('leave')", "leave", id="leaving.leave"),
        Binding("escape", "answer(None)", "stay", id="leaving.stay"),
    ]

    def __init__(self, save: str) -> None:
        """`save`: what saving is called here."""
        lines = [(Cell("Leave?", "here"),), (Cell("What was entered would be lost."),)]
        keys = [
            ("s", save, "answer('save')"),
            ("l", "leave", "answer('leave')"),
            ("esc", "stay", "answer(None)"),
        ]
        super().__init__(lines, keys)

    def action_answer(self, answer: Answer | None) -> None:
        """Close with the answer."""
        self.dismiss(answer)
