"""What can be done to a delivery or a webhook from more than one screen."""

from corgea_tui.client import calls
from corgea_tui.client.calls import Tested
from corgea_tui.screens.dialogs.confirm import Confirm
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import count, duration
from corgea_tui.views.details.delivery_text import outcome
from daemon.protocol import Delivery, Webhook


def retry(place: MainScreen, delivery: Delivery) -> None:
    """Send a delivery once more; what stands against it is told in the daemon's words."""
    place.call(
        lambda client: client.send(calls.retry(delivery.id)),
        lambda number: place.tell(f"attempt {number} to {delivery.webhook_name} is on its way"),
        group="retry",
    )


def toggle(place: MainScreen, webhook: Webhook) -> None:
    """Pause an active webhook, activate a paused one; what waits is not thrown away on one key."""
    pending = webhook.statistics.pending
    if webhook.state == "paused":
        place.call(
            lambda client: client.send(calls.activate(webhook.id)),
            lambda saved: place.tell(
                f"{saved.name} is active; R in Webhooks replays what it missed"
            ),
            group="webhook",
        )
    elif pending:
        waiting = count(pending, "delivery", "deliveries")
        lines = [
            (Cell("Pause ", "here"), Cell(safe_line(webhook.name), "strong"), Cell("?", "here")),
            (),
            (Cell(f"What waits for it ({waiting}) is discarded."),),
            (Cell("A replay can send it again once the webhook is active."),),
        ]
        place.app.push_screen(Confirm(lines, "pause"), lambda yes: _pause(place, webhook, yes))
    else:
        _pause(place, webhook, True)


def _pause(place: MainScreen, webhook: Webhook, agreed: bool | None) -> None:  # noqa: FBT001
    if agreed:
        place.call(
            lambda client: client.send(calls.pause(webhook.id)),
            lambda saved: place.tell(f"{saved.name} is paused: nothing is sent to it"),
            group="webhook",
        )


def test(place: MainScreen, webhook: Webhook) -> None:
    """Send a test event to a webhook and say how it went."""
    place.tell(f"testing {webhook.name} …")

    def told(tested: Tested) -> None:
        attempt = tested.attempt
        words = f"{webhook.name}: {outcome(attempt).text} in {duration(attempt.duration_ms)}"
        place.tell(words, "error" if attempt.error else "information")

    place.call(lambda client: client.send(calls.send_test(webhook.id)), told, group="test")
