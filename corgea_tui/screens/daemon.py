"""The Daemon screen: health, log, settings in effect, connections, audit."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from corgea_tui.client.updates import Update, UpdateBatch
from corgea_tui.screens.daemon_parts import PARTS, DaemonParts
from corgea_tui.screens.main_screen import MainScreen, needs
from corgea_tui.state.session import Session
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.views.details.daemon_health import health_lines, unknown_lines
from corgea_tui.views.details.lines import Line, plain
from corgea_tui.widgets.filter_input import FindLine
from corgea_tui.widgets.lines_view import LinesView, TailView
from corgea_tui.widgets.one_line import OneLine, Word

TYPING = 0.3
"""Seconds without a key after which the daemon searches the audit."""
SCROLLBAR = 1
WORDS = 60
"""Characters of an error that the line of tabs shows."""


class DaemonScreen(MainScreen):
    """Screen 5."""

    SCREEN_NAME = "daemon"
    CSS_PATH = "daemon.tcss"
    AUTO_FOCUS = "#text"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False, id="back"),
        Binding("slash", "filter", "filter", key_display="/", id="filter"),
        Binding("f", "follow", "follow the log", id="follow"),
        Binding(
            "right_square_bracket", "step_part(1)", "next part", key_display="]", id="tab.next"
        ),
        Binding(
            "left_square_bracket", "step_part(-1)", "previous part", show=False, id="tab.previous"
        ),
        Binding("w", "wrap", "wrap", id="wrap"),
        Binding("v", "pager", "view in $PAGER", show=False, id="pager"),
        Binding("y", "copy", "copy", id="daemon.copy"),
        Binding("B", "back_up", "back up the store", show=False, id="daemon.backup"),
        Binding("S", "stop", "stop the daemon", show=False, id="daemon.stop"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._parts = DaemonParts(self, self._show_part)
        self._health = LinesView(id="health")
        self._strip = OneLine(id="parts")
        self._find = FindLine(id="find")
        self._text = TailView(id="text")
        self._shown: tuple[str, int] = ("", 0)
        """The shown part, and its number of lines."""
        self._typing: Timer | None = None

    def body(self) -> Iterable[Widget]:
        """The health, the tabs, the search, the chosen part."""
        yield self._health
        yield self._strip
        yield self._find
        yield self._text

    # --- updates

    def show_changes(self, update: Update | None) -> None:
        """Show the daemon's health; read the chosen part again once there is a link."""
        if isinstance(update, UpdateBatch):
            if update.daemon is None:
                return
        elif update is None or self.session.link_state.connected:
            self._parts.start()
        self._show_health()
        self._show_part()

    def on_screen_suspend(self) -> None:
        """Read nothing while another screen is shown."""
        self._parts.stop()

    def on_resize(self) -> None:
        """Wrap the health to the new width."""
        self._show_health()

    # --- showing

    def _health_lines(self) -> list[Line]:
        session, width = self.session, self.size.width - SCROLLBAR
        if session.daemon is None:
            return unknown_lines(session.link_state, width)
        return health_lines(session.daemon, session.link_state, session.now(), width)

    def _show_health(self) -> None:
        self._health.show(self._health_lines(), keep=True)

    def _show_part(self) -> None:
        lines, of = self._parts.lines()
        part, before = self._shown
        same, is_log = part == self._parts.part, self._parts.part == "log"
        if same and is_log and not self._text.following:
            self._show_strip(len(lines), of, new=max(0, of - before))
            return
        self._shown = (self._parts.part, of)
        if not same:
            self._text.tail(on=is_log)
        self._text.show(lines, keep=same or is_log)
        self._show_strip(len(lines), of)

    def _show_strip(self, shown: int, of: int, new: int = 0) -> None:
        tabs = [
            Word(
                (Cell(f"  {name.capitalize()}", "here" if name == self._parts.part else "quiet"),),
                f"part('{name}')",
            )
            for name in PARTS
        ]
        self._strip.write(tabs, [Word(tuple(self._tab_words(shown, of, new)))])

    def _tab_words(self, shown: int, of: int, new: int) -> Iterable[Cell]:
        """The age and the completeness of the lines."""
        if problem := self._parts.problem:
            yield Cell(f"  ✖ {safe_line(problem, WORDS)}", "bad")
        if when := self._parts.read_at:
            yield Cell(f"  read at {when}", "warn")
        words = []
        if self._parts.words:
            words.append(f"/{safe_line(self._parts.words, WORDS)}")
            if self._parts.part == "log":
                words.append(f"{shown:,} of {of:,} lines")
        if self._parts.part == "log":
            words.append("following" if self._text.following else f"{new:,} new · f follows")
        yield Cell("  " + " · ".join(words) + " ", "quiet")

    # --- reading

    def on_tail_view_following_changed(self, event: TailView.FollowingChanged) -> None:
        """Show whether the log is followed: scrolling up stops it, its end or `f` resumes it."""
        event.stop()
        self._show_part()

    def action_follow(self) -> None:
        """Show the end of the log and follow it."""
        self.action_part("log")
        self._text.tail(on=True)
        self._show_part()

    def action_part(self, name: str) -> None:
        """Show another part."""
        if name != self._parts.part:
            self._parts.select(name)
            self._show_part()

    def action_step_part(self, step: int) -> None:
        """Show the next part."""
        self.action_part(PARTS[(PARTS.index(self._parts.part) + step) % len(PARTS)])

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them again."""
        self._text.toggle_wrap()

    def action_pager(self) -> None:
        """Show the whole part in `$PAGER`."""
        from corgea_tui.screens.actions.programs import page_through

        page_through(self, plain(self._lines))

    def action_back(self) -> None:
        """Clear the search, else follow the log."""
        if self._parts.words:
            self._find.value = ""
            self.remove_class("-finding")
        else:
            self.action_follow()

    # --- search

    def action_filter(self) -> None:
        """Open the search for words."""
        self.add_class("-finding")
        self._find.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter the held lines at once; let the daemon search once the user stops typing."""
        event.stop()
        self._parts.words = event.value.strip()
        self._shown = ("", 0)
        self._show_part()
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING, self._parts.search)

    def on_find_line_left(self, event: FindLine.Left) -> None:
        """Focus the lines."""
        event.stop()
        self.set_class(bool(self._find.value), "-finding")
        self._text.focus()

    # --- actions

    def action_copy(self) -> None:
        """Copy the health, the shown part, or the addresses of the daemon."""
        from corgea_tui.screens.actions.copying import copy_one_of

        parts = {"health": plain(self._health_lines()), self._parts.part: plain(self._lines)}
        if (info := self.session.daemon) is not None:
            parts |= {"home": info.home, "store": info.store.url}
        copy_one_of(self, parts)

    @property
    def _lines(self) -> Sequence[Line]:
        return self._parts.lines()[0]

    @needs("admin")
    def action_back_up(self) -> None:
        """Back up the store to a file."""
        if (info := self.session.daemon) is not None:
            from corgea_tui.screens.actions import daemon_actions

            daemon_actions.back_up(self, info)

    @needs("admin")
    def action_stop(self) -> None:
        """Stop the daemon after a confirmation."""
        if (info := self.session.daemon) is not None:
            from corgea_tui.screens.actions import daemon_actions

            daemon_actions.stop(self, info)
