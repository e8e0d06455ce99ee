"""Asking since when and why webhooks fail, for every place that tells it."""

from collections.abc import Callable

from corgea_tui.client import calls
from corgea_tui.client.calls import Listed
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.state.failure_runs import failures_asked
from corgea_tui.views.details.triage import in_trouble
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
