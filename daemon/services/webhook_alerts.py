"""What about webhooks is worth waking somebody for: paused, failing, recovered (rules.md §5)."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

from daemon.domain.events.timestamps import from_ms
from daemon.store.records import WebhookRecord
from daemon.util.clock import Clock

Tell = Callable[[dict[str, Any]], None]


class WebhookAlerts:
    """Makes facts of changes, each once: a failing webhook is news again after it recovered.

    Told in the order of the commits. A webhook recovers with a success while its streak is 0: a
    test that succeeds in the midst of failures is no recovery, nor is activating it.
    """

    def __init__(self, tell: Tell, clock: Clock) -> None:
        self._tell = tell
        self._clock = clock
        self._ailing: set[int] = set()
        self._succeeded: set[int] = set()

    def load(self, failing: Iterable[int]) -> None:
        """The rows of webhooks that were failing already when the daemon started."""
        self._ailing.update(failing)

    def webhook_changed(self, webhook: WebhookRecord, cause: str) -> None:
        """A webhook was saved, paused (`paused`, `failing`), activated or deleted."""
        if cause in {"paused", "failing"}:
            self._say("paused", webhook, reason=webhook.paused_reason)
        elif cause == "activated":
            self._succeeded.discard(webhook.row)
        elif cause == "deleted":
            self._ailing.discard(webhook.row)
            self._succeeded.discard(webhook.row)

    def failures_changed(self, webhook: WebhookRecord, consecutive_failures: int) -> None:
        """A webhook's streak of failures is now `streak`."""
        if consecutive_failures == 0:
            self._recover(webhook)
            return
        self._succeeded.discard(webhook.row)
        if webhook.row not in self._ailing:
            self._ailing.add(webhook.row)
            self._say("failing", webhook, consecutive_failures=consecutive_failures)

    def succeeded(self, webhook: WebhookRecord, consecutive_failures: int) -> None:
        """A delivery to it succeeded, and its streak is `streak`."""
        if webhook.row in self._ailing:
            self._succeeded.add(webhook.row)
            if consecutive_failures == 0:
                self._recover(webhook)

    def _recover(self, webhook: WebhookRecord) -> None:
        if webhook.row in self._ailing and webhook.row in self._succeeded:
            self._ailing.discard(webhook.row)
            self._succeeded.discard(webhook.row)
            self._say("recovered", webhook)

    def _say(
        self,
        fact: Literal["paused", "failing", "recovered"],
        webhook: WebhookRecord,
        **details: Any,
    ) -> None:
        said = {"id": webhook.uid, "name": webhook.config.name, "url": webhook.url_shown}
        at = from_ms(self._clock.now_ms())
        self._tell({"fact": fact, "at": at, "webhook": said, **details})
