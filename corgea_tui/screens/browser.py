"""A screen that is a list with the selected row in full below or beside it."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.state.session import Session
from corgea_tui.text.safe_text import safe_line
from corgea_tui.views.details.lines import Line, plain, quiet
from corgea_tui.widgets.detail_pane import DetailPane
from corgea_tui.widgets.row_list import RowList

READING = ("back", "tab.next")
"""The first hints while the detail fills the screen,"""
READING_MORE = ("pager", "wrap")
"""and the last ones."""
OF_THE_LIST = frozenset(
    {"filter", "follow", "sort", "delivery.retry_many", "webhook.add", "event.emit"}
)
"""No hints then: what these keys change is not in sight."""


class Browser(MainScreen):
    """Opening, leaving and reading in full, the same on every such screen.

    Subclasses give `show_detail`, and where they have a filter, `leave_filter`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False, id="back"),
        Binding("w", "wrap", "wrap", show=False, id="wrap"),
        Binding("v", "pager", "view in $PAGER", show=False, id="pager"),
        Binding("right_square_bracket", "tab(1)", "next tab", show=False, id="tab.next"),
        Binding("left_square_bracket", "tab(-1)", "previous tab", show=False, id="tab.previous"),
    ]

    def __init__(self, session: Session, rows: RowList, tabs: tuple[str, ...]) -> None:
        super().__init__(session)
        self.list = rows
        self.list.add_class("browsed")
        self.pane = DetailPane(tabs, id="detail")
        self._unread = ""

    def bindings_to_show(self) -> list[Binding]:
        """Those of the list, or of reading."""
        shown = super().bindings_to_show()
        if not self.has_class("-open"):
            return shown
        known = {active.binding.id: active.binding for active in self.active_bindings.values()}
        about = [each for each in shown if each.id not in OF_THE_LIST]
        # A key that the settings took away is not there.
        first, last = (
            [known[name] for name in names if name in known] for names in (READING, READING_MORE)
        )
        return [*first, *about, *last]

    def show_detail(self) -> None:
        """Show the selected row as far as it is known."""
        raise NotImplementedError

    def read_detail(self) -> None:
        """Read what the list does not hold; called when there is room to show it."""

    def detail_requested(self) -> None:
        """A request for the detail is under way."""
        self._unread = ""

    def detail_failed(self, words: str) -> None:
        """The request failed: an old detail stays, else the pane says why it is empty."""
        self._unread = words
        self.show_detail()

    @property
    def waiting_lines(self) -> list[Line]:
        """The lines of the pane before anything was read."""
        if self.session.link_state.connected:
            return [quiet(safe_line(self._unread) or "reading …")]
        return [quiet("no link to the daemon: read again when the link is back")]

    def leave_filter(self) -> None:
        """Show everything again."""

    def full_text(self) -> str:
        """The chosen part without any cut, safe for a terminal."""
        return plain(self.pane.text.given)

    @property
    def detail_in_sight(self) -> bool:
        """Whether there is room for the detail now."""
        return self.pane.display or self.has_class("-open")

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Give the detail the whole screen."""
        event.stop()
        self.add_class("-open")
        self.pane.text.focus()
        self.read_detail()

    def on_detail_pane_appeared(self, event: DetailPane.Appeared) -> None:
        """The terminal has grown: read what had no room before."""
        event.stop()
        self.read_detail()

    def on_detail_pane_tab_chosen(self, event: DetailPane.TabChosen) -> None:
        """Show another part."""
        event.stop()
        self.show_detail()

    def action_back(self) -> None:
        """Out of the detail, then out of the selection, then out of the filter."""
        if self.has_class("-open"):
            self.remove_class("-open")
            self.list.focus()
        elif self.list.selected is not None:
            self.list.select(None)
        else:
            self.leave_filter()

    def action_tab(self, step: int) -> None:
        """Turn to another part."""
        self.pane.turn(step)

    def action_wrap(self) -> None:
        """Wrap long lines, or let them run off."""
        self.pane.text.toggle_wrap()

    def action_pager(self) -> None:
        """Read the chosen part in the reader's own pager."""
        from corgea_tui.screens.actions.programs import page_through

        page_through(self, self.full_text())
