"""The webhooks in memory: each as it was last committed, with its lifetime counts.

Only the commit handlers change it, on the loop's thread.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from daemon.domain.deliveries.request import PreparedWebhook
from daemon.domain.deliveries.statistics import percentiles, success_rate
from daemon.domain.events.timestamps import from_ms
from daemon.protocol import Statistics, Webhook
from daemon.settings import DeliverySettings
from daemon.store.facts import Counted, FailuresChanged, WebhookChanged
from daemon.store.records import WebhookRecord


class CachedView(msgspec.Struct, frozen=True):
    """A presented webhook without its statistics, and the settings it was made under."""

    settings: DeliverySettings
    webhook: Webhook


class RegistryEntry(msgspec.Struct):
    """A webhook with its counts. A save replaces the record; counts change in it."""

    webhook: WebhookRecord
    _prepared: PreparedWebhook | None = None
    consecutive_failures: int = 0
    last_triggered_at: int | None = None
    counts: defaultdict[str, int] = msgspec.field(default_factory=lambda: defaultdict(int))
    bins: defaultdict[int, int] = msgspec.field(default_factory=lambda: defaultdict(int))
    views: dict[bool, CachedView] = msgspec.field(default_factory=dict)
    """Presented webhooks, by whether they have full URLs; valid until the next save."""

    @property
    def uid(self) -> str:
        """The webhook's id as clients see it."""
        return self.webhook.uid

    @property
    def failing(self) -> bool:
        """Whether its newest deliveries failed for good."""
        return self.consecutive_failures > 0 and self.webhook.blocked_reason is None

    @property
    def prepared(self) -> PreparedWebhook:
        """The builder of its requests."""
        if self._prepared is None:
            self._prepared = PreparedWebhook(self.webhook.config, self.webhook.previous_secret)
        return self._prepared

    def replace(self, webhook: WebhookRecord) -> None:
        """Set a new state, and drop the caches of the old one."""
        self.webhook, self._prepared = webhook, None
        self.views.clear()

    def statistics(self) -> Statistics:
        """The lifetime numbers."""
        return statistics_of(
            self.counts, self.bins, self.consecutive_failures, self.last_triggered_at
        )


class Registry:
    """Every webhook, deleted ones too; found by row, id or name."""

    def __init__(self) -> None:
        self._rows: dict[int, RegistryEntry] = {}
        self._uids: dict[str, RegistryEntry] = {}
        self._names: dict[str, RegistryEntry] = {}

    def load(
        self,
        webhooks: Iterable[tuple[WebhookRecord, int, int | None]],
        counts: Iterable[tuple[int, str, int]],
    ) -> None:
        """Load the stored webhooks and counts at the start.

        `webhooks` has each webhook with its consecutive failures and the time of its last trigger;
        `counts` has the totals as (row, metric, count).
        """
        for webhook, consecutive_failures, last in webhooks:
            self._keep(webhook)
            entry = self._rows[webhook.row]
            entry.consecutive_failures, entry.last_triggered_at = consecutive_failures, last
        for row, metric, n in counts:
            self._count(self._rows[row], metric, n)

    def all(self) -> list[RegistryEntry]:
        """The webhooks that are not deleted, oldest first."""
        return [entry for entry in self._rows.values() if entry.webhook.deleted_at is None]

    def everything(self) -> list[RegistryEntry]:
        """All webhooks, deleted ones included."""
        return list(self._rows.values())

    def by_row(self, row: int) -> RegistryEntry:
        """A webhook by its row, deleted ones too."""
        return self._rows[row]

    def webhook_of(self, row: int) -> WebhookRecord:
        """A webhook's last committed state."""
        return self._rows[row].webhook

    def prepared_of(self, row: int) -> PreparedWebhook:
        """The builder of requests for a webhook's last committed state."""
        return self._rows[row].prepared

    def find(self, uid_or_name: str) -> RegistryEntry | None:
        """A webhook that is not deleted, by id or by name."""
        entry = self._uids.get(uid_or_name) or self._names.get(uid_or_name)
        return None if entry is None or entry.webhook.deleted_at is not None else entry

    def rows_named(self, uid_or_name: str) -> list[int]:
        """All webhooks of this id or name, deleted ones too, for filters over the history.

        May be called from a reader's thread.
        """
        return [
            row
            for row, entry in list(self._rows.items())
            if uid_or_name in (entry.webhook.uid, entry.webhook.config.name)
        ]

    def webhook_changed(self, fact: WebhookChanged) -> None:
        """A webhook was saved, paused, activated or deleted."""
        self._keep(fact.webhook)

    def failures_changed(self, fact: FailuresChanged) -> None:
        """A webhook's consecutive failures changed."""
        self._rows[fact.webhook].consecutive_failures = fact.consecutive_failures

    def counted(self, fact: Counted) -> None:
        """Lifetime counts changed."""
        for (row, metric), n in fact.deltas.items():
            self._count(self._rows[row], metric, n)
        for row, at in fact.last.items():
            entry = self._rows[row]
            entry.last_triggered_at = max(entry.last_triggered_at or 0, at)

    def _count(self, entry: RegistryEntry, metric: str, n: int) -> None:
        if metric.startswith("ms:"):
            entry.bins[int(metric[3:])] += n
        else:
            entry.counts[metric] += n

    def _keep(self, webhook: WebhookRecord) -> None:
        entry = self._rows.get(webhook.row)
        if entry is None:
            entry = self._rows[webhook.row] = self._uids[webhook.uid] = RegistryEntry(webhook)
        else:
            self._names.pop(entry.webhook.config.name, None)
            entry.replace(webhook)
        if webhook.deleted_at is None:
            self._names[webhook.config.name] = entry


def statistics_of(
    counts: dict[str, int], bins: dict[int, int], consecutive_failures: int, last: int | None
) -> Statistics:
    """Lifetime counts as statistics (rules.md §5)."""
    successful, failed = counts.get("succeeded", 0), counts.get("failed", 0)
    p50, p95, p99 = percentiles(bins)
    return Statistics(
        total=successful + failed,
        successful=successful,
        failed=failed,
        success_rate=success_rate(successful, failed),
        consecutive_failures=consecutive_failures,
        last_triggered=None if last is None else from_ms(last),
        attempts=counts.get("attempts", 0),
        pending=counts.get("pending", 0),
        discarded=counts.get("discarded", 0),
        pruned=counts.get("pruned", 0),
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
    )


NOTHING_SENT = statistics_of({}, {}, 0, None)
"""The statistics of a webhook to which nothing was sent."""
