"""Statistics: lifetime numbers from memory, series for the plots from the counters."""

from collections import Counter
from collections.abc import Sequence

from aiohttp import web

from daemon.api.call import Call, json_answer
from daemon.api.problems import bad_parameters
from daemon.api.routes import Answer, Parameter, Route
from daemon.api.webhooks import find
from daemon.domain.statistics import percentile
from daemon.domain.timestamps import from_ms
from daemon.registry import Entry, Registry, statistics_of
from daemon.store.queries.series import WINDOWS, Metrics, Window, read_each, read_series
from daemon.wire import AllStatistics, FieldProblem, Point, Statistics, WebhookStatistics

_CLASSES = ("2xx", "3xx", "4xx", "5xx", "none")


async def all_statistics(call: Call) -> web.Response:
    """Over all webhooks, deleted ones too, and of each that is there."""
    parts, window = call.parts, _window(call)
    series: list[Point] | None = None
    of_each: dict[int, list[Point]] = {}
    if window is not None:
        now = parts.clock.now_ms()
        series = _points(await parts.readers.run(lambda db: read_series(db, window, now)))
        if _each(call):
            found = await parts.readers.run(lambda db: read_each(db, window, now))
            still: list[tuple[int, Metrics]] = [(at, {}) for at in window.starts(now)]
            of_each = {
                entry.hook.row: _points(found.get(entry.hook.row, still))
                for entry in parts.registry.all()
            }
    webhooks = [_of_one(entry, of_each.get(entry.hook.row)) for entry in parts.registry.all()]
    overall = _overall(parts.registry)
    return json_answer(
        AllStatistics(
            **{name: getattr(overall, name) for name in overall.__struct_fields__},
            webhooks=webhooks,
            series=series,
            window=call.query.get("window"),
        )
    )


async def webhook_statistics(call: Call) -> web.Response:
    """Of one webhook."""
    parts, window, entry = call.parts, _window(call), find(call)
    series = None
    if window is not None:
        now, row = parts.clock.now_ms(), entry.hook.row
        series = _points(await parts.readers.run(lambda db: read_series(db, window, now, row)))
    return json_answer(_of_one(entry, series))


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


def _of_one(entry: Entry, series: list[Point] | None) -> WebhookStatistics:
    own = entry.statistics()
    return WebhookStatistics(
        **{name: getattr(own, name) for name in own.__struct_fields__},
        webhook_id=entry.uid,
        webhook_name=entry.hook.config.name,
        series=series,
    )


def _overall(registry: Registry) -> Statistics:
    """The sum over all webhooks; the longest streak of those that are there, the last trigger."""
    counts: Counter[str] = Counter()
    bins: Counter[int] = Counter()
    for entry in registry.everything():
        counts.update(entry.counts)
        bins.update(entry.bins)
    there = registry.all()
    last = max((entry.last_triggered_at or 0 for entry in registry.everything()), default=0)
    return statistics_of(counts, bins, max((e.streak for e in there), default=0), last or None)


def _points(steps: Sequence[tuple[int, Metrics]]) -> list[Point]:
    return [_point(at, metrics) for at, metrics in steps]


def _point(at: int, metrics: Metrics) -> Point:
    bins = {int(name[3:]): n for name, n in metrics.items() if name.startswith("ms:")}
    return Point(
        at=from_ms(at),
        succeeded=metrics.get("succeeded", 0),
        failed=metrics.get("failed", 0),
        discarded=metrics.get("discarded", 0),
        attempts=metrics.get("attempts", 0),
        p50_ms=percentile(bins, 0.50),
        p95_ms=percentile(bins, 0.95),
        p99_ms=percentile(bins, 0.99),
        http={name: metrics.get(f"http:{name}", 0) for name in _CLASSES},
    )


_WINDOW = Parameter(
    "window", "Adds a series over this span", {"type": "string", "enum": list(WINDOWS)}
)

ROUTES = (
    Route(
        "GET",
        "/v1/statistics",
        "viewer",
        all_statistics,
        "Numbers over all webhooks and of each",
        (Answer(200, "The numbers", AllStatistics),),
        (
            _WINDOW,
            Parameter(
                "each",
                "With a window: a series of every webhook, too",
                {"type": "boolean", "default": False},
            ),
        ),
    ),
    Route(
        "GET",
        "/v1/webhooks/{id}/statistics",
        "viewer",
        webhook_statistics,
        "Numbers of one webhook",
        (Answer(200, "The numbers", WebhookStatistics),),
        (_WINDOW,),
    ),
)
