"""The dialog of a conflict: two users saved the same webhook, and one chooses field by field."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from corgea_tui.forms.merge import LABELS, Divergence, Side
from corgea_tui.screens.dialogs.dialog import Dialog
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.widgets.fields.side_choice import SideChoice

Sides = dict[str, Side]

BY = {"them": "changed by them", "you": "changed by you", "both": "changed by both"}
KEYS = (
    ("^o", "save this", "save"),
    ("t", "all theirs", "all('theirs')"),
    ("y", "all yours", "all('yours')"),
    ("esc", "go on editing", "leave"),
)


class ConflictDialog(Dialog[Sides | None]):
    """Shows the differing fields; returns the chosen side of each, or None: go on editing."""

    AUTO_FOCUS = "SideChoice"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "go on editing", id="conflict.leave"),
        Binding("ctrl+o", "save", "save this", id="conflict.save"),
        Binding("t", "all('theirs')", "all theirs", id="conflict.theirs"),
        Binding("y", "all('yours')", "all yours", id="conflict.yours"),
        Binding("down,j", "app.focus_next", "next", show=False, id="conflict.next"),
        Binding("up,k", "app.focus_previous", "previous", show=False, id="conflict.previous"),
    ]

    def __init__(self, name: str, version: int, divergences: Sequence[Divergence]) -> None:
        """`version`: the stored version."""
        heading = safe_line(f"{name} was saved by another user meanwhile (version {version})")
        advice = "space, ← and → choose whose value is saved; nothing is saved yet"
        super().__init__([(Cell(heading, "strong"),), (Cell(advice, "quiet"),)], KEYS)
        self.text.can_focus = False
        self._choices = [SideChoice(each, LABELS[each.field], BY[each.by]) for each in divergences]

    def inside(self) -> Iterable[Widget]:
        """The differing fields."""
        yield VerticalScroll(*self._choices, id="conflict-fields", can_focus=False)

    def action_save(self) -> None:
        """Save the chosen sides."""
        self.dismiss({each.field: each.side for each in self._choices})

    def action_all(self, side: Side) -> None:
        """Choose one side for all fields."""
        for each in self._choices:
            each.choose(side)

    def action_leave(self) -> None:
        """Save nothing."""
        self.dismiss(None)
