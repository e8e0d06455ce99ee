"""The summary of failing webhooks, shown while no delivery is selected."""

from collections.abc import Callable

from corgea_tui.client import calls
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.state.failure_runs import failures_query
from corgea_tui.text.table import Cell
from corgea_tui.views.details.lines import quiet
from corgea_tui.views.details.triage import failing_or_paused, triage
from corgea_tui.widgets.detail_pane import DetailPane
from daemon.protocol import Delivery, Page, Webhook

MOST = 12
"""The most webhooks whose run of failures is read, as more lines do not fit."""
NOW, TROUBLE = "-now", "-trouble"
"""Classes of the screen: the summary is shown, and some webhook fails (`browser.tcss`)."""


def read_failure_runs(screen: MainScreen, changed: Callable[[], None]) -> None:
    """Read the failure runs that are not known yet; call `changed` after each."""
    session = screen.session
    if session.link_state.connected:
        bad = failing_or_paused(session.webhooks.values())
        for webhook in session.failure_runs.unread(bad[:MOST]):
            _read(screen, webhook, changed)


def _read(screen: MainScreen, webhook: Webhook, changed: Callable[[], None]) -> None:
    session = screen.session
    text, limit = failures_query(webhook)

    def take(page: Page[Delivery]) -> None:
        session.failure_runs.take_failures(webhook, page.items)
        changed()

    def fail(_: str) -> None:
        if not session.link_state.connected:
            session.failure_runs.clear()  # read again when the link is back

    screen.call(
        lambda client: client.send(calls.deliveries(text, limit=limit)),
        take,
        group=f"failures-{webhook.id}",
        failed=fail,
    )


class FailureSummary:
    """Shows the failing webhooks in the detail pane while no delivery is selected."""

    def __init__(self, screen: MainScreen, pane: DetailPane) -> None:
        self._screen = screen
        self._session = screen.session
        self._pane = pane

    def hide(self) -> None:
        """Release the pane for other content."""
        self._screen.remove_class(NOW, TROUBLE)

    def show(self) -> None:
        """Show the failing and paused webhooks; read their failure runs if not known."""
        screen, session = self._screen, self._session
        bad = failing_or_paused(session.webhooks.values())
        shown = not screen.has_class("-open")
        screen.set_class(shown, NOW)
        screen.set_class(shown and bool(bad), TROUBLE)
        read_failure_runs(screen, self._changed)
        width = self._pane.size.width or screen.size.width
        lines = triage(session.webhooks.values(), session.failure_runs, session.now(), width)
        if session.daemon is None:
            lines = [quiet(screen.waiting_words)]
        self._pane.show_plain((Cell(" Now", "head"),), lines)

    def _changed(self) -> None:
        if self._screen.has_class(NOW):
            self.show()
