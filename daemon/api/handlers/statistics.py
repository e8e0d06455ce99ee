"""Statistics: lifetime numbers from memory, series for plots from the stored counters."""

from collections import Counter
from collections.abc import Sequence

from aiohttp import web

from daemon.api.call import Call, json_answer
from daemon.api.endpoint import Endpoint, Parameter, ResponseSpec
from daemon.api.handlers.webhooks import find
from daemon.api.problems import bad_parameters
from daemon.domain.deliveries.statistics import percentiles
from daemon.domain.events.timestamps import from_ms
from daemon.protocol import AllStatistics, FieldProblem, Point, Statistics, WebhookStatistics
from daemon.services.registry import Registry, RegistryEntry, statistics_of
from daemon.store.queries.series import (
    WINDOWS,
    Metrics,
    Window,
    read_each,
    read_series,
    read_spans,
    summed,
)

Steps = Sequence[tuple[int, Metrics]]
_CLASSES = ("2xx", "3xx", "4xx", "5xx", "none")


async def all_statistics(call: Call) -> web.Response:
    """Statistics over all webhooks, deleted ones included, and of each that is not deleted."""
    parts, window, each = call.parts, _window(call), _each(call)
    overall = _overall(parts.registry)
    figures = {name: getattr(overall, name) for name in overall.__struct_fields__}
    entries = parts.registry.all()
    if window is None:
        return json_answer(AllStatistics(**figures, webhooks=[_of_one(entry) for entry in entries]))
    now = parts.clock.now_ms()
    steps = await parts.readers.run(lambda db: read_series(db, window, now))
    webhooks = (
        await _in_window(call, window, now) if each else await _over_window(call, window, now)
    )
    return json_answer(
        AllStatistics(
            **figures,
            webhooks=webhooks,
            series=_points(steps),
            span=_point(steps[0][0], summed(steps)),
            window=call.query["window"],
        )
    )


async def _over_window(call: Call, window: Window, now: int) -> list[WebhookStatistics]:
    """Every webhook with its numbers over the window."""
    found = await call.parts.readers.run(lambda db: read_spans(db, window, now))
    start = window.starts(now)[0]
    return [
        _of_one(entry, span=_point(start, found.get(entry.webhook.row, {})))
        for entry in call.parts.registry.all()
    ]


async def _in_window(call: Call, window: Window, now: int) -> list[WebhookStatistics]:
    """Every webhook with its series in the window."""
    found = await call.parts.readers.run(lambda db: read_each(db, window, now))
    empty: Steps = [(at, {}) for at in window.starts(now)]
    return [
        _with_series(entry, found.get(entry.webhook.row, empty))
        for entry in call.parts.registry.all()
    ]


async def webhook_statistics(call: Call) -> web.Response:
    """Statistics of one webhook."""
    parts, window, entry = call.parts, _window(call), find(call)
    if window is None:
        return json_answer(_of_one(entry))
    now, row = parts.clock.now_ms(), entry.webhook.row
    steps = await parts.readers.run(lambda db: read_series(db, window, now, row))
    return json_answer(_with_series(entry, steps))


def _window(call: Call) -> Window | None:
    name = call.query.get("window")
    if name is None:
        return None
    if name not in WINDOWS:
        raise bad_parameters([FieldProblem("window", f"must be one of {', '.join(WINDOWS)}")])
    return WINDOWS[name]


def _each(call: Call) -> bool:
    text = call.query.get("each", "false")
    if text not in {"true", "false"}:
        raise bad_parameters([FieldProblem("each", "must be true or false")])
    return text == "true"


def _with_series(entry: RegistryEntry, steps: Steps) -> WebhookStatistics:
    return _of_one(entry, series=_points(steps), span=_point(steps[0][0], summed(steps)))


def _of_one(
    entry: RegistryEntry, *, series: list[Point] | None = None, span: Point | None = None
) -> WebhookStatistics:
    own = entry.statistics()
    return WebhookStatistics(
        **{name: getattr(own, name) for name in own.__struct_fields__},
        webhook_id=entry.uid,
        webhook_name=entry.webhook.config.name,
        series=series,
        span=span,
    )


def _overall(registry: Registry) -> Statistics:
    """The sum over all webhooks; the most consecutive failures of one, and the last trigger."""
    counts: Counter[str] = Counter()
    bins: Counter[int] = Counter()
    for entry in registry.everything():
        counts.update(entry.counts)
        bins.update(entry.bins)
    last = max((entry.last_triggered_at or 0 for entry in registry.everything()), default=0)
    return statistics_of(
        counts, bins, max((e.consecutive_failures for e in registry.all()), default=0), last or None
    )


def _points(steps: Steps) -> list[Point]:
    return [_point(at, metrics) for at, metrics in steps]


def _point(at: int, metrics: Metrics) -> Point:
    bins = {int(name[3:]): n for name, n in metrics.items() if name.startswith("ms:")}
    p50, p95, p99 = percentiles(bins)
    return Point(
        at=from_ms(at),
        succeeded=metrics.get("succeeded", 0),
        failed=metrics.get("failed", 0),
        discarded=metrics.get("discarded", 0),
        attempts=metrics.get("attempts", 0),
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        http={name: metrics.get(f"http:{name}", 0) for name in _CLASSES},
    )


_WINDOW = Parameter(
    "window", "Adds a series over this span", {"type": "string", "enum": list(WINDOWS)}
)

ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/statistics",
        "viewer",
        all_statistics,
        "Numbers over all webhooks and of each",
        (ResponseSpec(200, "The numbers", AllStatistics),),
        (
            _WINDOW,
            Parameter(
                "each",
                "With a window: adds the series of every webhook",
                {"type": "boolean", "default": False},
            ),
        ),
    ),
    Endpoint(
        "GET",
        "/v1/webhooks/{id}/statistics",
        "viewer",
        webhook_statistics,
        "Numbers of one webhook",
        (ResponseSpec(200, "The numbers", WebhookStatistics),),
        (_WINDOW,),
    ),
)
