"""Counts over time for the plots, and lifetime counts, all from the table `counters`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from peewee import SQL, SqliteDatabase, fn

from daemon.store.models import CounterModel, WebhookModel

MINUTE = 60_000
HOUR = 60 * MINUTE

Metrics = dict[str, int]
_C = CounterModel


class Window(NamedTuple):
    """A span of the plots: `steps` steps of `step` ms, of which the last is the present one."""

    steps: int
    step: int
    source: str
    """The span of `counters` whose counts are summed."""

    def starts(self, now_ms: int) -> list[int]:
        """When each step begins, oldest first."""
        last = now_ms // self.step * self.step
        return [last - back * self.step for back in reversed(range(self.steps))]


WINDOWS = {
    "15m": Window(15, MINUTE, "minute"),
    "1h": Window(60, MINUTE, "minute"),
    "24h": Window(96, 15 * MINUTE, "minute"),
    "7d": Window(168, HOUR, "hour"),
}


def read_series(
    db: SqliteDatabase, window: Window, now_ms: int, webhook: int | None = None
) -> list[tuple[int, Metrics]]:
    """The counts in each step, empty steps included, of one webhook or of all."""
    starts = window.starts(now_ms)
    if webhook is None:
        counted = _of_all(window, starts)
    else:
        # One seek for each minute, instead of a scan of the counts of all webhooks.
        grain = MINUTE if window.source == "minute" else HOUR
        times = list(range(starts[0], starts[-1] + window.step, grain))
        counted = _counted(window).where(_C.at.in_(times), _C.webhook == webhook)
    step = _step(window)
    rows = counted.select(step, _C.metric, fn.SUM(_C.n)).group_by(SQL("1"), SQL("2"))
    return _filled(db.execute(rows), starts)


def read_each(
    db: SqliteDatabase, window: Window, now_ms: int
) -> dict[int, list[tuple[int, Metrics]]]:
    """As `read_series`, by the row of every webhook that has counts."""
    starts = window.starts(now_ms)
    counted = _of_all(window, starts).select(_C.webhook, _step(window), _C.metric, fn.SUM(_C.n))
    rows = db.execute(counted.group_by(SQL("1"), SQL("2"), SQL("3")))
    found: defaultdict[int, list[tuple[int, str, int]]] = defaultdict(list)
    for webhook, at, metric, n in rows:
        found[webhook].append((at, metric, n))
    return {webhook: _filled(counted, starts) for webhook, counted in found.items()}


def read_spans(db: SqliteDatabase, window: Window, now_ms: int) -> dict[int, Metrics]:
    """The counts over the window, by the row of every webhook that has counts."""
    starts = window.starts(now_ms)
    counted = _of_all(window, starts).select(_C.webhook, _C.metric, fn.SUM(_C.n))
    rows = db.execute(counted.group_by(_C.webhook, _C.metric))
    found: defaultdict[int, Metrics] = defaultdict(dict)
    for webhook, metric, n in rows:
        found[webhook][metric] = n
    return dict(found)


def read_totals(db: SqliteDatabase) -> list[tuple[int, str, int]]:
    """The lifetime counts of all webhooks: row, metric, count."""
    totals = _C.select(_C.webhook, _C.metric, _C.n).where(_C.span == "total")
    return list(db.execute(totals))


def last_triggered(db: SqliteDatabase) -> dict[int, int | None]:
    """When each webhook was last triggered."""
    return dict(db.execute(WebhookModel.select(WebhookModel.id, WebhookModel.last_triggered_at)))


def summed(steps: Iterable[tuple[int, Metrics]]) -> Metrics:
    """A series as one step."""
    total: Counter[str] = Counter()
    for _, metrics in steps:
        total.update(metrics)
    return dict(total)


def _counted(window: Window) -> Any:
    return _C.select().where(_C.span == window.source)


def _of_all(window: Window, starts: Sequence[int]) -> Any:
    """The counts of all webhooks in a window."""
    return _counted(window).where(_C.at >= starts[0], _C.at < starts[-1] + window.step)


def _step(window: Window) -> Any:
    """The start of a count's step: integer division rounds down."""
    return _C.at / window.step * window.step


def _filled(
    rows: Iterable[tuple[int, str, int]], starts: Sequence[int]
) -> list[tuple[int, Metrics]]:
    found: defaultdict[int, Metrics] = defaultdict(dict)
    for at, metric, n in rows:
        found[at][metric] = n
    return [(start, found[start]) for start in starts]
