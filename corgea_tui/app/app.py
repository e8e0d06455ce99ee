"""The terminal app: it makes the parts and connects the link to the screens.

This module imports only the modules of the first paint; the others are imported where they are
used. The link starts after the first paint.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment, Segments
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.filter import LineFilter, NoColor
from textual.screen import Screen

from corgea_tui.app.hangup import exit_on_hangup
from corgea_tui.app.key_queue import KeyQueue
from corgea_tui.app.output_filter import OutputFilter
from corgea_tui.app.settings import TuiSettings, read_settings, unknown_ids
from corgea_tui.app.themes import DEFAULT, SIXTEEN, THEMES, VARIABLES
from corgea_tui.client.link import DaemonLink, Link, Post
from corgea_tui.client.updates import Update
from corgea_tui.state.session import Session
from corgea_tui.text.safe_text import SafeText, safe
from daemon.protocol.paths import Paths
from daemon.util.gc_tuning import freeze

if TYPE_CHECKING:
    from corgea_tui.client.connectors import Connector

LOCAL_PACE, REMOTE_PACE = 0.1, 0.25
"""The least seconds between two repaints; over SSH they are rarer (app.md, Behaviour)."""

LATE_SCREENS = {
    "webhooks": ("corgea_tui.screens.webhooks", "WebhooksScreen"),
    "events": ("corgea_tui.screens.events", "EventsScreen"),
    "statistics": ("corgea_tui.screens.statistics", "StatisticsScreen"),
    "daemon": ("corgea_tui.screens.daemon", "DaemonScreen"),
}
"""The other screens: the modules and classes that are imported when a screen is first opened."""

DEFAULTS = TuiSettings()
SETTLED = 3.0
"""Seconds after which the app has made the objects that live as long as it does."""
PROBLEM_SECONDS = 12.0
"""Seconds for which a problem with the app's settings is shown."""

Broken = Callable[[BaseException], None]
MakeLink = Callable[[Post, Broken], DaemonLink]
"""Makes the link; the link posts updates, and reports a bug through the second function."""


def _palette() -> type[Provider]:
    from corgea_tui.app.palette import Actions

    return Actions


class CorgeaApp(KeyQueue, inherit_bindings=False):
    """The app. It makes the screens; each screen handles its own actions."""

    TITLE = "corgea"
    CSS_PATH = [  # noqa: RUF012  # Textual's type
        "app.tcss",
        "../screens/browser.tcss",
    ]
    DEFAULT_MODE = "deliveries"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "help_quit", show=False, system=True),
    ]
    COMMAND_PALETTE_DISPLAY = "^p"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_palette}

    def __init__(
        self,
        session: Session,
        make_link: MakeLink,
        settings: TuiSettings = DEFAULTS,
        problems: Callable[["CorgeaApp"], Iterable[str]] | None = None,
    ) -> None:
        """`problems`: finds errors of the settings, in a thread, after the first paint."""
        super().__init__()
        self._problems = problems
        self.animation_level = "none"  # animations send many bytes over SSH
        self._session = session
        self._alerts = settings.alerts
        self._output_filter = OutputFilter()
        self._colourless = [NoColor()] if self.no_color else []
        self._link = make_link(self._take, self._broken)
        session.use(self._link)
        for theme in THEMES:
            self.register_theme(theme)
        # Setting `theme` would read all style sheets a second time.
        self.set_reactive(App.theme, SIXTEEN.name if self.no_color else DEFAULT)
        self.stylesheet.set_variables(self.get_css_variables())
        if settings.theme in self.available_themes:
            self.theme = settings.theme
        self.set_keymap(settings.keys)

    def get_default_screen(self) -> Screen[None]:
        """The first screen; as a mode, Textual would read all style sheets a second time."""
        from corgea_tui.screens.deliveries import DeliveriesScreen

        return DeliveriesScreen(self._session)

    def _make(self, module: str, name: str) -> Screen[None]:
        """A screen, imported by this call."""
        screen: Screen[None] = getattr(import_module(module), name)(self._session)
        return screen

    def on_mount(self) -> None:
        """Start the link; the other screens are made when they are first opened."""
        self.add_mode(self.DEFAULT_MODE, self.get_default_screen)
        for name, where in LATE_SCREENS.items():
            self.add_mode(name, partial(self._make, *where))
        self._link.start()
        self.set_timer(SETTLED, tune_gc)
        if self._problems is not None:
            self.call_after_refresh(self.run_worker, self._show_problems, thread=True)

    def _show_problems(self) -> None:
        for words in self._problems(self) if self._problems is not None else ():
            self.notify(safe(words), severity="warning", markup=False, timeout=PROBLEM_SECONDS)

    async def on_unmount(self) -> None:
        """Close the link."""
        await self._link.close()

    def _take(self, update: Update) -> None:
        """Apply an update of the link to the session, then post it to the screens on the stack."""
        from corgea_tui.screens.main_screen import SessionChanged

        self._session.apply(update)
        for screen in self.screen_stack:
            screen.post_message(SessionChanged(update))
        for words in self._session.take_alerts():
            self._show_alert(words)

    def _broken(self, error: BaseException) -> None:
        """Crash the app: the link fails only by a bug."""

        def fail() -> None:
            raise error

        self.call_later(fail)

    def _show_alert(self, words: SafeText) -> None:
        """Show an alert as the settings define."""
        if self._alerts.toast:
            self.notify(words, severity="warning", markup=False)
        if self._alerts.bell:
            self.bell()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, `NoColor` (Textual's own leaves greys), and `OutputFilter` last."""
        filters = [*super().get_line_filters(), *self._colourless, self._output_filter]
        return [line_filter for line_filter in filters if line_filter.enabled]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The app's own colour names, for Textual's themes, which do not define them."""
        return VARIABLES

    def _fatal_error(self) -> None:
        """Exit with a short message: Textual would print local variables, which hold user data."""
        from corgea_tui.app.crash import words, write_report

        path = write_report(self._exception) if self._exception else None
        self._exit_renderables.append(Segments([Segment(words(path))]))
        self._close_messages_no_wait()


def tune_gc() -> None:
    """Exclude the existing objects from garbage collections, and make collections rarer.

    With all that a toolkit makes at its start, a full collection takes as long as four frames, and
    a busy feed had one every few seconds: a key that came meanwhile had to wait for it.
    """
    freeze(young=10_000)


def run_app(paths: Paths, connector: "Connector", *, readonly: bool, mouse: bool = True) -> int:
    """Run the app on the daemon of `connector` until the user quits; return the exit code."""
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]  # no-color.org ignores an empty value; Textual does not
    app = make_app(paths, connector, readonly=readonly)
    with exit_on_hangup(app):
        app.run(mouse=mouse)
    return app.return_code or 0


def make_app(paths: Paths, connector: "Connector", *, readonly: bool = False) -> CorgeaApp:
    """The app with the user's own settings, ready to run."""
    settings, problem = read_settings(paths.tui_settings)
    session = Session(readonly=readonly, host=connector.name, filters=settings.filters)

    def problems(app: CorgeaApp) -> Iterable[str]:
        if problem is not None:
            return [problem]
        return [f"{paths.tui_settings}: {words}" for words in _unknown_names(settings, app)]

    check = None if problem is None and settings == DEFAULTS else problems
    return CorgeaApp(session, _link_maker(connector, _pace(settings)), settings, check)


def _unknown_names(settings: TuiSettings, app: CorgeaApp) -> Iterator[str]:
    """A message for each unknown name in the settings."""
    if settings.theme and settings.theme not in app.available_themes:
        own_ones = ", ".join(theme.name for theme in THEMES)
        yield f"no theme {settings.theme}; there are {own_ones}"
    if settings.keys and (unknown := unknown_ids(settings.keys)) is not None:
        yield unknown


def _pace(settings: TuiSettings) -> float:
    """Seconds between two changes of the screen."""
    if settings.updates_per_second is not None:
        return 1 / settings.updates_per_second
    return REMOTE_PACE if "SSH_CONNECTION" in os.environ else LOCAL_PACE


def _link_maker(connector: "Connector", pace: float) -> MakeLink:
    from corgea_tui.client.connectors import first_load

    def make(post: Post, broken: Broken) -> DaemonLink:
        return Link(
            connector.opener,
            post,
            host=connector.name,
            interval=pace,
            failed=broken,
            first_load=lambda: first_load(connector.socket),
        )

    return make
