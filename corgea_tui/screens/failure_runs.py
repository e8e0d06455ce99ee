"""What is failing now, since when and why: asked for, and shown while nothing is selected."""

from collections.abc import Callable

from corgea_tui.client import calls
from corgea_tui.client.calls import Listed
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.state.failure_runs import failures_asked
from corgea_tui.text.table import Cell
from corgea_tui.views.details.lines import quiet
from corgea_tui.views.details.triage import in_trouble, triage
from corgea_tui.widgets.detail_pane import DetailPane
from daemon.protocol import Delivery, Webhook

TOLD_OF = 12
"""Webhooks in trouble whose story is asked for: more lines find no room."""


def ask_stories(place: MainScreen, told: Callable[[], None]) -> None:
    """Ask for what is not known yet of the webhooks in trouble; `told` whenever more is known."""
    session = place.session
    if session.link_state.connected:
        bad = in_trouble(session.webhooks.values())
        for webhook in session.troubles.unknown(bad[:TOLD_OF]):
            _ask(place, webhook, told)


def _ask(place: MainScreen, webhook: Webhook, told: Callable[[], None]) -> None:
    session = place.session
    text, limit = failures_asked(webhook)

    def take(page: Listed[Delivery]) -> None:
        session.troubles.tell(webhook, page.items)
        told()

    def fail(_: str) -> None:
        if not session.link_state.connected:
            session.troubles.forget()  # to be asked again when the link is back

    place.call(
        lambda client: client.send(calls.deliveries(text, limit=limit)),
        take,
        group=f"story-{webhook.id}",
        failed=fail,
    )


NOW, TROUBLE = "-now", "-trouble"
"""Classes of the screen: it is shown, and something is failing (`browser.tcss`)."""


class Now:
    """Shows in a pane what is failing, in no more room than it takes."""

    def __init__(self, place: MainScreen, pane: DetailPane) -> None:
        self._place = place
        self._session = place.session
        self._pane = pane

    def hide(self) -> None:
        """Leave the pane to something else."""
        self._place.remove_class(NOW, TROUBLE)

    def show(self) -> None:
        """Show how things stand; ask for what is not known of them."""
        place, session = self._place, self._session
        bad = in_trouble(session.webhooks.values())
        shown = not place.has_class("-open")
        place.set_class(shown, NOW)
        place.set_class(shown and bool(bad), TROUBLE)
        ask_stories(place, self._told)
        width = self._pane.size.width or place.size.width
        lines = triage(session.webhooks.values(), session.troubles, session.now(), width)
        if session.daemon is None:
            lines = [quiet(place.waiting_words)]
        self._pane.show_plain((Cell(" Now", "head"),), lines)

    def _told(self) -> None:
        if self._place.has_class(NOW):
            self.show()
