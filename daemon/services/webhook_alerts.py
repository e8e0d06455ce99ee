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

    def hook_changed(self, hook: WebhookRecord, cause: str) -> None:
        """A webhook was saved, paused (`paused`, `failing`), activated or deleted."""
        if cause in {"paused", "failing"}:
            self._say("paused", hook, reason=hook.paused_reason)
        elif cause == "activated":
            self._succeeded.discard(hook.row)
        elif cause == "deleted":
            self._ailing.discard(hook.row)
            self._succeeded.discard(hook.row)

    def streak_moved(self, hook: WebhookRecord, streak: int) -> None:
        """A webhook's streak of failures is now `streak`."""
        if streak == 0:
            self._recover(hook)
            return
        self._succeeded.discard(hook.row)
        if hook.row not in self._ailing:
            self._ailing.add(hook.row)
            self._say("failing", hook, streak=streak)

    def succeeded(self, hook: WebhookRecord, streak: int) -> None:
        """A delivery to it succeeded, and its streak is `streak`."""
        if hook.row in self._ailing:
            self._succeeded.add(hook.row)
            if streak == 0:
                self._recover(hook)

    def _recover(self, hook: WebhookRecord) -> None:
        if hook.row in self._ailing and hook.row in self._succeeded:
            self._ailing.discard(hook.row)
            self._succeeded.discard(hook.row)
            self._say("recovered", hook)

    def _say(
        self, fact: Literal["paused", "failing", "recovered"], hook: WebhookRecord, **details: Any
    ) -> None:
        webhook = {"id": hook.uid, "name": hook.config.name, "url": hook.url_shown}
        at = from_ms(self._clock.now_ms())
        self._tell({"fact": fact, "at": at, "webhook": webhook, **details})
