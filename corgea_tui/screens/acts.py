"""What can be done to a delivery or a webhook from more than one screen."""

from corgea_tui.connection.client import Tested
from corgea_tui.printing.words import duration
from corgea_tui.screens.place import Place
from corgea_tui.texts.detail_text import outcome
from daemon.wire import Delivery, Webhook


def retry(place: Place, delivery: Delivery) -> None:
    """Send a delivery once more; what stands against it is told in the daemon's words."""
    place.call(
        lambda client: client.retry(delivery.id),
        lambda number: place.tell(f"attempt {number} to {delivery.webhook_name} is on its way"),
        group="retry",
    )


def toggle(place: Place, webhook: Webhook) -> None:
    """Pause an active webhook, activate a paused one."""
    if webhook.state == "active":
        place.call(
            lambda client: client.pause(webhook.id),
            lambda saved: place.tell(f"{saved.name} is paused: nothing is sent to it"),
            group="webhook",
        )
    else:
        place.call(
            lambda client: client.activate(webhook.id),
            lambda saved: place.tell(f"{saved.name} is active; what it missed: see replay"),
            group="webhook",
        )


def test(place: Place, webhook: Webhook) -> None:
    """Send a test event to a webhook and say how it went."""
    place.tell(f"testing {webhook.name} …")

    def told(tested: Tested) -> None:
        attempt = tested.attempt
        words = f"{webhook.name}: {outcome(attempt).text} in {duration(attempt.duration_ms)}"
        place.tell(words, "error" if attempt.error else "information")

    place.call(lambda client: client.test(webhook.id), told, group="test")
