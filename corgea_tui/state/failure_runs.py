"""Since when and why webhooks fail. A webhook's statistics do not hold this.

Failures from before the app started are read once for each webhook; see `FailureRuns.unread`.
"""

from collections.abc import Iterable, Sequence

import msgspec

from corgea_tui.client.calls import PAGE
from daemon.protocol import Delivery, Webhook


class FailureRun(msgspec.Struct, frozen=True):
    """Consecutive failures of a webhook. `whole`: whether `first` is of the first of them."""

    first: str
    """When the first known failure was created."""
    why: str
    whole: bool = True


class FailureRuns:
    """The failure runs of the webhooks that fail, or were paused because they did."""

    def __init__(self) -> None:
        self._runs: dict[str, FailureRun | None] = {}

    def of(self, webhook: Webhook) -> FailureRun | None:
        """The webhook's run of failures; None when it has none or it is not read yet."""
        return self._runs.get(webhook.id)

    def unread(self, webhooks: Iterable[Webhook]) -> list[Webhook]:
        """The failing webhooks whose run has to be read; each is returned once."""
        unread = [w for w in webhooks if _consecutive_failures(w) and w.id not in self._runs]
        self._runs.update(dict.fromkeys((webhook.id for webhook in unread), None))
        return unread

    def take_failures(self, webhook: Webhook, failures: Sequence[Delivery]) -> None:
        """Take in a webhook's latest failures, newest first, as `failures_query` selects them."""
        if failures and webhook.id in self._runs:
            consecutive_failures = _consecutive_failures(webhook)
            first = failures[: max(1, consecutive_failures)][-1]
            self._runs[webhook.id] = FailureRun(
                first.created_at, _why(failures[0]), len(failures) >= consecutive_failures
            )

    def take_changes(self, deliveries: Iterable[Delivery], webhooks: Iterable[Webhook]) -> None:
        """Take in changed deliveries and webhooks."""
        for row in deliveries:
            known = self._runs.get(row.webhook_id)
            if row.status == "failed" and known is not None:
                self._runs[row.webhook_id] = FailureRun(known.first, _why(row), known.whole)
        for webhook in webhooks:
            if not _consecutive_failures(webhook):
                self._runs.pop(webhook.id, None)

    def clear(self) -> None:
        """Forget all runs, so that they are read again: changes were missed."""
        self._runs.clear()


def failures_query(webhook: Webhook) -> tuple[str, int]:
    """The filter and the limit of the request that returns the whole run."""
    return f"webhook:{webhook.id} status:failed -kind:test", min(
        _consecutive_failures(webhook), PAGE
    )


def _consecutive_failures(webhook: Webhook) -> int:
    return webhook.statistics.consecutive_failures


def _why(delivery: Delivery) -> str:
    return delivery.error.message if delivery.error else ""
