"""A screen with a list, and the details of the selected row below or beside it."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.state.session import Session
from corgea_tui.text.safe_text import safe_line
from corgea_tui.views.details.lines import Line, plain, quiet
from corgea_tui.widgets.detail_pane import DetailPane
from corgea_tui.widgets.row_list import RowList

READING = ("back", "tab.next")
"""The first hints while the details fill the screen."""
READING_MORE = ("pager", "wrap")
"""The last hints while the details fill the screen."""
LIST_KEYS = frozenset(
    {"filter", "follow", "sort", "delivery.retry_many", "webhook.add", "event.emit"}
)
"""Keys without hints then, as their effects are not visible."""


class Browser(MainScreen):
    """The common actions of the screens with a list: open, close and read the details.

    Subclasses define `show_detail`, and with a filter `leave_filter`.
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
        """The bindings of the list, or of the details while these fill the screen."""
        shown = super().bindings_to_show()
        if not self.has_class("-open"):
            return shown
        known = {active.binding.id: active.binding for active in self.active_bindings.values()}
        about = [each for each in shown if each.id not in LIST_KEYS]
        # A key that the settings removed is not in `known`.
        first, last = (
            [known[name] for name in names if name in known] for names in (READING, READING_MORE)
        )
        return [*first, *about, *last]

    def show_detail(self) -> None:
        """Show the details of the selected row, as far as they are read."""
        raise NotImplementedError

    def read_detail(self) -> None:
        """Read the details of the selected row; called when they become visible."""

    def detail_requested(self) -> None:
        """Clear the last error, as a request for the details is under way."""
        self._unread = ""

    def detail_failed(self, words: str) -> None:
        """Show the error of a failed request; details that were read before stay."""
        self._unread = words
        self.show_detail()

    @property
    def waiting_lines(self) -> list[Line]:
        """The lines of the pane before the details are read."""
        if self.session.link_state.connected:
            return [quiet(safe_line(self._unread) or "reading …")]
        return [quiet("no link to the daemon; the details are read when it is back")]

    def leave_filter(self) -> None:
        """Show all rows again."""

    def full_text(self) -> str:
        """The chosen part in full length, safe for a terminal."""
        return plain(self.pane.text.given)

    @property
    def detail_visible(self) -> bool:
        """Whether the details are visible."""
        return self.pane.display or self.has_class("-open")

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        """Let the details fill the screen."""
        event.stop()
        self.add_class("-open")
        self.pane.text.focus()
        self.read_detail()

    def on_detail_pane_appeared(self, event: DetailPane.Appeared) -> None:
        """Read the details, which became visible."""
        event.stop()
        self.read_detail()

    def on_detail_pane_tab_chosen(self, event: DetailPane.TabChosen) -> None:
        """Show the chosen part."""
        event.stop()
        self.show_detail()

    def action_back(self) -> None:
        """Close the details, else clear the selection, else clear the filter."""
        if self.has_class("-open"):
            self.remove_class("-open")
            self.list.focus()
        elif self.list.selected is not None:
            self.list.select(None)
        else:
            self.leave_filter()

    def action_tab(self, step: int) -> None:
        """Show the next or the previous part."""
        self.pane.turn(step)

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them again."""
        self.pane.text.toggle_wrap()

    def action_pager(self) -> None:
        """Show the chosen part in `$PAGER`."""
        from corgea_tui.screens.actions.programs import page_through

        page_through(self, self.full_text())
