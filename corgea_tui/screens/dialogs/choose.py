"""Choosing one of a few."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from corgea_tui.screens.dialogs.dialog import Dialog
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
    """Gives the name that was chosen, None when none was."""

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
