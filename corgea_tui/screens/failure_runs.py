"""What is failing now, since when and why: asked for, and shown while nothing is selected."""

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
"""Webhooks whose failure run is read: more lines find no room."""
NOW, TROUBLE = "-now", "-trouble"
"""Classes of the screen: the summary is shown, and something is failing (`browser.tcss`)."""


def ask_failure_runs(screen: MainScreen, changed: Callable[[], None]) -> None:
    """Read the failure runs that are not known yet; calls `changed` whenever more is known."""
    session = screen.session
    if session.link_state.connected:
        bad = failing_or_paused(session.webhooks.values())
        for webhook in session.failure_runs.unread(bad[:MOST]):
            _ask(screen, webhook, changed)


def _ask(screen: MainScreen, webhook: Webhook, changed: Callable[[], None]) -> None:
    session = screen.session
    text, limit = failures_query(webhook)

    def take(page: Page[Delivery]) -> None:
        session.failure_runs.take_failures(webhook, page.items)
        changed()

    def fail(_: str) -> None:
        if not session.link_state.connected:
            session.failure_runs.clear()  # to be asked again when the link is back

    screen.call(
        lambda client: client.send(calls.deliveries(text, limit=limit)),
        take,
        group=f"failures-{webhook.id}",
        failed=fail,
    )


class FailureSummary:
    """Shows what is failing in the detail pane while nothing is selected, in few lines."""

    def __init__(self, screen: MainScreen, pane: DetailPane) -> None:
        self._screen = screen
        self._session = screen.session
        self._pane = pane

    def hide(self) -> None:
        """Leave the pane to something else."""
        self._screen.remove_class(NOW, TROUBLE)

    def show(self) -> None:
        """Show the webhooks that fail or are paused; read what is not known of them."""
        screen, session = self._screen, self._session
        bad = failing_or_paused(session.webhooks.values())
        shown = not screen.has_class("-open")
        screen.set_class(shown, NOW)
        screen.set_class(shown and bool(bad), TROUBLE)
        ask_failure_runs(screen, self._changed)
        width = self._pane.size.width or screen.size.width
        lines = triage(session.webhooks.values(), session.failure_runs, session.now(), width)
        if session.daemon is None:
            lines = [quiet(screen.waiting_words)]
        self._pane.show_plain((Cell(" Now", "head"),), lines)

    def _changed(self) -> None:
        if self._screen.has_class(NOW):
            self.show()
