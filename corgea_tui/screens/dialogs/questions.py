"""Dialogs that ask: choose one, confirm, type a line, leave a form."""

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
    """Names and what is behind them, as rows."""

    def __init__(self, choices: Sequence[tuple[str, str]]) -> None:
        self._choices = choices

    def __len__(self) -> int:
        return len(self._choices)

    def key(self, index: int) -> str | None:
        """The name."""
        return self._choices[index][0]

    def index_of(self, key: str) -> int | None:
        """Where a name stands."""
        names = [name for name, _ in self._choices]
        return names.index(key) if key in names else None

    def marked(self, _key: str) -> bool:
        """Nothing is marked."""
        return False

    def columns(self, _width: int) -> Sequence[RowColumn]:
        """Name and what is behind it."""
        return COLUMNS

    def cells(self, index: int, _width: int) -> Sequence[Cell]:
        """The row's words."""
        name, shown = self._choices[index]
        return (Cell(name, "strong"), Cell(shown, "quiet"))


class Choose(Dialog[str | None]):
    """Gives the name that was chosen, None when none was.

    The choices are a `RowList`, not Textual's OptionList: two columns, and the keys of every list.
    """

    AUTO_FOCUS = "RowList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "cancel", id="choose.cancel"),
    ]

    def __init__(self, lines: Sequence[Line], choices: Sequence[tuple[str, str]]) -> None:
        """`choices`: each a name and what is shown beside it, safe for a terminal."""
        super().__init__(lines, [("enter", "choose", "choose"), ("esc", "cancel", "leave")])
        self._list = RowList(Choices(choices))

    def inside(self) -> Iterable[Widget]:
        """The choices."""
        yield self._list

    def on_mount(self) -> None:
        """The first one is selected."""
        super().on_mount()
        self._list.update()
        self._list.action_top()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """One was chosen."""
        event.stop()
        self.dismiss(event.key)

    def action_choose(self) -> None:
        """Take the selected one."""
        self.dismiss(self._list.selected)

    def action_leave(self) -> None:
        """Take none."""
        self.dismiss(None)


class Confirm(Dialog[bool]):
    """Asks for `y`; with a `phrase`, for that to be typed."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "no", id="confirm.no"),
        Binding("y", "answer(True)", "yes", id="confirm.yes"),
    ]

    def __init__(self, lines: Sequence[Line], does: str, *, phrase: str = "") -> None:
        """`does`: what `y` does, in a word or two."""
        yes = ("enter" if phrase else "y", does, "answer(True)")
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


Answer = Literal["save", "leave"]


class LeaveForm(Dialog[Answer | None]):
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
