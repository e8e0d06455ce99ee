"""Since when and why webhooks fail: what their figures do not say, kept up as deliveries end.

Failures from before the app started are read once for each webhook; see `FailureRuns.to_ask`.
"""

from collections.abc import Iterable, Sequence

import msgspec

from corgea_tui.client.calls import PAGE
from daemon.protocol import Delivery, Webhook


class FailureRun(msgspec.Struct, frozen=True):
    """A run of failures. `first`: when the first was created, or an early one if not `whole`."""

    first: str
    why: str
    whole: bool = True


class FailureRuns:
    """The failure runs of the webhooks that fail, or were paused because they did."""

    def __init__(self) -> None:
        self._runs: dict[str, FailureRun | None] = {}

    def of(self, webhook: Webhook) -> FailureRun | None:
        """Since when and why it fails, as far as that is known."""
        return self._runs.get(webhook.id)

    def to_ask(self, webhooks: Iterable[Webhook]) -> list[Webhook]:
        """The failing ones whose run has to be read; each is returned once."""
        asked = [w for w in webhooks if _consecutive_failures(w) and w.id not in self._runs]
        self._runs.update(dict.fromkeys((webhook.id for webhook in asked), None))
        return asked

    def take_failures(self, webhook: Webhook, failures: Sequence[Delivery]) -> None:
        """Take in its latest failures, newest first, as asked for with `failures_asked`."""
        if failures and webhook.id in self._runs:
            consecutive_failures = _consecutive_failures(webhook)
            first = failures[: max(1, consecutive_failures)][-1]
            self._runs[webhook.id] = FailureRun(
                first.created_at, _why(failures[0]), len(failures) >= consecutive_failures
            )

    def take_changes(self, deliveries: Iterable[Delivery], webhooks: Iterable[Webhook]) -> None:
        """Take in what has changed."""
        for row in deliveries:
            known = self._runs.get(row.webhook_id)
            if row.status == "failed" and known is not None:
                self._runs[row.webhook_id] = FailureRun(known.first, _why(row), known.whole)
        for webhook in webhooks:
            if not _consecutive_failures(webhook):
                self._runs.pop(webhook.id, None)

    def clear(self) -> None:
        """Forget all, to be read again: changes were missed."""
        self._runs.clear()


def failures_asked(webhook: Webhook) -> tuple[str, int]:
    """The filter and how many deliveries to ask for so that the whole run is among them."""
    return f"webhook:{webhook.id} status:failed -kind:test", min(
        _consecutive_failures(webhook), PAGE
    )


def _consecutive_failures(webhook: Webhook) -> int:
    return webhook.statistics.consecutive_failures


def _why(delivery: Delivery) -> str:
    return delivery.error.message if delivery.error else ""
