"""Counts over time, for the plots. Only `counters` is read, never the history."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from peewee import SqliteDatabase

from daemon.store.database import execute
from daemon.store.queries.sql import marks

MINUTE = 60_000
HOUR = 60 * MINUTE

Metrics = dict[str, int]


class Window(NamedTuple):
    """A span of the plots, ending with the step that is now: so many steps of so many ms."""

    steps: int
    step: int
    source: str
    """The span of `counters` that it is added up from."""

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
    """What was counted in each step, of one webhook or of all of them; empty steps too."""
    starts = window.starts(now_ms)
    if webhook is None:
        where, params = "at >= ? AND at < ?", [starts[0], starts[-1] + window.step]
    else:
        # One seek for each minute, instead of passing by every other webhook's counts.
        grain = MINUTE if window.source == "minute" else HOUR
        times = range(starts[0], starts[-1] + window.step, grain)
        where, params = f"at IN ({marks(times)}) AND webhook_id = ?", [*times, webhook]
    rows = execute(
        db,
        f"SELECT at / ? * ?, metric, sum(n) FROM counters WHERE span = ? AND {where} GROUP BY 1, 2",
        (window.step, window.step, window.source, *params),
    )
    return _filled(rows, starts)


def read_each(
    db: SqliteDatabase, window: Window, now_ms: int
) -> dict[int, list[tuple[int, Metrics]]]:
    """As `read_series`, for every webhook (by row) of which something was counted."""
    starts = window.starts(now_ms)
    rows = execute(
        db,
        "SELECT webhook_id, at / ? * ?, metric, sum(n) FROM counters"
        " WHERE span = ? AND at >= ? AND at < ? GROUP BY 1, 2, 3",
        (window.step, window.step, window.source, starts[0], starts[-1] + window.step),
    )
    found: defaultdict[int, list[tuple[int, str, int]]] = defaultdict(list)
    for webhook, at, metric, n in rows:
        found[webhook].append((at, metric, n))
    return {webhook: _filled(counted, starts) for webhook, counted in found.items()}


def read_spans(db: SqliteDatabase, window: Window, now_ms: int) -> dict[int, Metrics]:
    """What was counted over the whole window, by the row of every webhook that has any."""
    starts = window.starts(now_ms)
    rows = execute(
        db,
        "SELECT webhook_id, metric, sum(n) FROM counters"
        " WHERE span = ? AND at >= ? AND at < ? GROUP BY 1, 2",
        (window.source, starts[0], starts[-1] + window.step),
    )
    found: defaultdict[int, Metrics] = defaultdict(dict)
    for webhook, metric, n in rows:
        found[webhook][metric] = n
    return dict(found)


def summed(steps: Iterable[tuple[int, Metrics]]) -> Metrics:
    """A series as one step."""
    total: Counter[str] = Counter()
    for _, metrics in steps:
        total.update(metrics)
    return dict(total)


def _filled(
    rows: Iterable[tuple[int, str, int]], starts: Sequence[int]
) -> list[tuple[int, Metrics]]:
    found: defaultdict[int, Metrics] = defaultdict(dict)
    for at, metric, n in rows:
        found[at][metric] = n
    return [(start, found[start]) for start in starts]
