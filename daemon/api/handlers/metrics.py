"""`GET /metrics`: Prometheus metrics, read from memory and the store at each scrape.

Names follow Prometheus' conventions; labels are a webhook's name and id. The counts are those of
the statistics, so the two always agree.
"""

from collections.abc import Iterator

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from daemon import __version__
from daemon.api.call import Call
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.api.parts import Parts
from daemon.protocol import StoreInfo
from daemon.services.registry import RegistryEntry
from daemon.store.queries.health import store_info

_WEBHOOK = ("webhook", "webhook_id")
_OUTCOMES = ("succeeded", "failed", "discarded")
_CLASSES = ("2xx", "3xx", "4xx", "5xx", "none")
_QUANTILES = {"0.5": "p50_ms", "0.95": "p95_ms", "0.99": "p99_ms"}


async def metrics(call: Call) -> web.Response:
    """All metrics in Prometheus' text format."""
    parts = call.parts
    path, problem = parts.identity.database, parts.control.problem()
    store = await parts.readers.run(lambda db: store_info(db, path, problem))
    registry = CollectorRegistry()
    registry.register(_Daemon(parts, store, watchers=sum(c.watching for c in call.connections())))
    body = generate_latest(registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Daemon(Collector):
    """The metrics of one scrape."""

    def __init__(self, parts: Parts, store: StoreInfo, *, watchers: int) -> None:
        self._parts = parts
        self._store = store
        self._watchers = watchers

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield from self._of_daemon()
        entries = self._parts.registry.all()
        yield from _counts(entries)
        yield from _states(entries)
        yield _durations(entries)

    def _of_daemon(self) -> Iterator[Metric]:
        queues, parts = self._parts.control.queues(), self._parts
        info = GaugeMetricFamily("corgea_info", "The daemon's version.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        for name, about, value in (
            ("start_time_seconds", "When the daemon started.", parts.identity.started_ms / 1000),
            ("deliveries_waiting", "Deliveries that wait for an attempt.", queues.waiting),
            ("deliveries_in_flight", "Attempts that are in flight.", queues.in_flight),
            ("events_stored", "Events in the store.", self._store.events),
            ("store_bytes", "Size of the database with its log.", self._store.bytes),
            ("store_ok", "0 while the store has a problem.", int(self._store.problem is None)),
            ("settings_errors", "Errors in settings and files.", len(parts.setting_problems())),
            ("watchers", "Streams of changes that are read.", self._watchers),
            ("changes", "The number of the last change.", parts.changes.seq),
        ):
            yield GaugeMetricFamily(f"corgea_{name}", about, value=value)


def _counts(entries: list[RegistryEntry]) -> Iterator[Metric]:
    deliveries = CounterMetricFamily(
        "corgea_deliveries", "Finished deliveries.", labels=[*_WEBHOOK, "outcome"]
    )
    attempts = CounterMetricFamily(
        "corgea_attempts", "Attempts by the class of their answer.", labels=[*_WEBHOOK, "answer"]
    )
    for entry in entries:
        for outcome in _OUTCOMES:
            deliveries.add_metric([*_labels(entry), outcome], entry.counts.get(outcome, 0))
        for answer in _CLASSES:
            n = entry.counts.get(f"http:{answer}", 0)
            attempts.add_metric([*_labels(entry), answer], n)
    yield deliveries
    yield attempts


def _states(entries: list[RegistryEntry]) -> Iterator[Metric]:
    paused = GaugeMetricFamily("corgea_webhook_paused", "1 while it is paused.", labels=_WEBHOOK)
    consecutive_failures = GaugeMetricFamily(
        "corgea_webhook_consecutive_failures", "Failures in a row.", labels=_WEBHOOK
    )
    waiting = GaugeMetricFamily(
        "corgea_webhook_pending", "Deliveries that are not finished.", labels=_WEBHOOK
    )
    last = GaugeMetricFamily(
        "corgea_webhook_last_triggered_timestamp_seconds",
        "When the webhook was last triggered.",
        labels=_WEBHOOK,
    )
    for entry in entries:
        labels = _labels(entry)
        paused.add_metric(labels, int(entry.webhook.blocked_reason is not None))
        consecutive_failures.add_metric(labels, entry.consecutive_failures)
        waiting.add_metric(labels, entry.counts.get("pending", 0))
        if entry.last_triggered_at is not None:
            last.add_metric(labels, entry.last_triggered_at / 1000)
    yield from (paused, consecutive_failures, waiting, last)


def _durations(entries: list[RegistryEntry]) -> Metric:
    durations = GaugeMetricFamily(
        "corgea_attempt_duration_seconds",
        "Quantiles of the duration of attempts, over all of them.",
        labels=[*_WEBHOOK, "quantile"],
    )
    for entry in entries:
        statistics = entry.statistics()
        for quantile, name in _QUANTILES.items():
            value: int | None = getattr(statistics, name)
            if value is not None:
                durations.add_metric([*_labels(entry), quantile], value / 1000)
    return durations


def _labels(entry: RegistryEntry) -> list[str]:
    return [entry.webhook.config.name, entry.uid]


ENDPOINTS = (
    Endpoint(
        "GET",
        "/metrics",
        "viewer",
        metrics,
        "Metrics for Prometheus",
        (ResponseSpec(200, "Prometheus' text format", content_type="text/plain"),),
    ),
)
