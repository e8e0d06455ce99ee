"""Dialogs with a question: choose one, confirm, type a line, leave a form."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from corgea_tui.screens.dialogs.dialog import Dialog
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, RowColumn
from corgea_tui.views.details.lines import Line
from corgea_tui.widgets.row_list import RowList

COLUMNS = (RowColumn("", 26), RowColumn("", 20, share=1))


class Choices:
    """Names with a note each, as rows."""

    def __init__(self, choices: Sequence[tuple[str, str]]) -> None:
        self._choices = choices

    def __len__(self) -> int:
        return len(self._choices)

    def key(self, index: int) -> str | None:
        """The name."""
        return self._choices[index][0]

    def index_of(self, key: str) -> int | None:
        """The index of a name."""
        names = [name for name, _ in self._choices]
        return names.index(key) if key in names else None

    def marked(self, _key: str) -> bool:
        """False: choices are not marked."""
        return False

    def columns(self, _width: int) -> Sequence[RowColumn]:
        """Name and note."""
        return COLUMNS

    def cells(self, index: int, _width: int) -> Sequence[Cell]:
        """The row's words."""
        name, shown = self._choices[index]
        return (Cell(name, "strong"), Cell(shown, "quiet"))


class Choose(Dialog[str | None]):
    """Returns the chosen name, or None.

    The choices are a `RowList` with two columns and the keys of every list, which Textual's
    OptionList does not have.
    """

    AUTO_FOCUS = "RowList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "cancel", id="choose.cancel"),
    ]

    def __init__(self, lines: Sequence[Line], choices: Sequence[tuple[str, str]]) -> None:
        """`choices`: each a name and a note, safe for a terminal."""
        super().__init__(lines, [("enter", "choose", "choose"), ("esc", "cancel", "leave")])
        self._list = RowList(Choices(choices))

    def inside(self) -> Iterable[Widget]:
        """The choices."""
        yield self._list

    def on_mount(self) -> None:
        """Select the first choice."""
        super().on_mount()
        self._list.update()
        self._list.action_top()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Return the choice."""
        event.stop()
        self.dismiss(event.key)

    def action_choose(self) -> None:
        """Return the selected choice."""
        self.dismiss(self._list.selected)

    def action_leave(self) -> None:
        """Return None."""
        self.dismiss(None)


class Confirm(Dialog[bool]):
    """Confirms with `y`; with a `phrase`, the user types the phrase."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "no", id="confirm.no"),
        Binding("y", "answer(True)", "yes", id="confirm.yes"),
    ]

    def __init__(self, lines: Sequence[Line], does: str, *, phrase: str = "") -> None:
        """`does`: the label of `y`."""
        yes = ("enter" if phrase else "y", does, "answer(True)")
        super().__init__(lines, [yes, ("esc", "cancel", "answer(False)")])
        self._phrase = phrase

    def inside(self) -> Iterable[Widget]:
        """The input for the phrase."""
        if self._phrase:
            yield Input(placeholder="type the name to confirm", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer yes, if the phrase is right."""
        event.stop()
        self.action_answer(True)

    def action_answer(self, yes: bool) -> None:  # noqa: FBT001  # from a binding's text
        """Close with the answer; yes needs the right phrase."""
        if yes and self._phrase and self.query_one(Input).value.strip() != self._phrase:
            self.notify("that is not the name: type it exactly", severity="warning", markup=False)
            return
        self.dismiss(yes)


class Prompt(Dialog[str | None]):
    """Returns the typed text, or None; `check` returns the error of a text, or None."""

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
        """`value`: the initial text."""
        super().__init__(lines, [("enter", "ok", "submit"), ("esc", "cancel", "leave")])
        self._value = value
        self._placeholder = placeholder
        self._check = check

    def inside(self) -> Iterable[Widget]:
        """The input."""
        yield Input(self._value, placeholder=self._placeholder, compact=True, select_on_focus=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the text, unless it is invalid."""
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        """Return the text, unless it is invalid."""
        text = self.query_one(Input).value.strip()
        if (problem := self._check(text)) is not None:
            self.notify(safe_line(problem), severity="warning", markup=False)
        else:
            self.dismiss(text)

    def action_leave(self) -> None:
        """Return None."""
        self.dismiss(None)


Answer = Literal["save", "leave"]


class LeaveForm(Dialog[Answer | None]):
    """Save, leave, or stay (None)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "answer('save')", "save", id="leaving.save"),
        Binding("l", "answer('leave')", "leave", id="leaving.leave"),
        Binding("escape", "answer(None)", "stay", id="leaving.stay"),
    ]

    def __init__(self, save: str) -> None:
        """`save`: the label of `s`."""
        lines = [(Cell("Leave?", "here"),), (Cell("Your changes are not saved."),)]
        keys = [
            ("s", save, "answer('save')"),
            ("l", "leave", "answer('leave')"),
            ("esc", "stay", "answer(None)"),
        ]
        super().__init__(lines, keys)

    def action_answer(self, answer: Answer | None) -> None:
        """Close with the answer."""
        self.dismiss(answer)
