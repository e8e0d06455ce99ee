"""Two people saved the same webhook: both sides beside each other, to choose from."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from corgea_tui.forms.fields.press import Press
from corgea_tui.forms.fields.side_choice import SideChoice
from corgea_tui.forms.merge import LABELS, Divergence, Side
from corgea_tui.safe_text import safe_line

Sides = dict[str, Side]

BY = {
    "them": "changed by them",
    "you": "changed by you",
    "both": "changed by both",
}


class Conflict(ModalScreen[Sides | None]):
    """Shows what differs; the result is whose value stands for each field, None: go on editing."""

    CSS_PATH = "../fields.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "go on editing", id="conflict.leave"),
        Binding("ctrl+o", "save", "save this", id="conflict.save"),
        Binding("t", "all('theirs')", "all theirs", id="conflict.theirs"),
        Binding("y", "all('yours')", "all yours", id="conflict.yours"),
        Binding("down,j", "app.focus_next", "next", show=False, id="conflict.next"),
        Binding("up,k", "app.focus_previous", "previous", show=False, id="conflict.previous"),
    ]

    def __init__(self, name: str, version: int, divergences: Sequence[Divergence]) -> None:
        """`version`: the one that is stored now."""
        super().__init__()
        self._heading = safe_line(f"{name} was saved by somebody else (version {version})", 200)
        self._choices = [SideChoice(each, LABELS[each.field], BY[each.by]) for each in divergences]

    def compose(self) -> ComposeResult:
        """Both sides, and what to do with them."""
        with Vertical(classes="dialog", id="conflict"):
            yield Static(Content(self._heading), classes="dialog-title")
            yield Static(
                Content("space or ← → choose whose value stands; nothing is saved yet"),
                classes="dialog-words",
            )
            with VerticalScroll(id="conflict-fields", can_focus=False):
                yield from self._choices
            with Horizontal(classes="dialog-answers"):
                yield Press(" ctrl+o  save this ", id="conflict-save")
                yield Press(" t  all theirs ", id="conflict-theirs")
                yield Press(" y  all yours ", id="conflict-yours")
                yield Press(" esc  go on editing ", id="conflict-leave")

    def on_mount(self) -> None:
        """Begin with the first field."""
        if self._choices:
            self._choices[0].focus()

    def action_save(self) -> None:
        """Save what was chosen."""
        self.dismiss({each.field: each.side for each in self._choices})

    def action_all(self, side: Side) -> None:
        """Choose one side for everything."""
        for each in self._choices:
            each.choose(side)

    def on_press_pressed(self, event: Press.Pressed) -> None:
        """Something was pressed."""
        event.stop()
        match event.press.id:
            case "conflict-save":
                self.action_save()
            case "conflict-theirs":
                self.action_all("theirs")
            case "conflict-yours":
                self.action_all("yours")
            case _:
                self.dismiss(None)
