"""The daemon's series as plots, and the figures of a window as words."""

from collections.abc import Sequence
from datetime import UTC, datetime

from corgea_tui.text.table import Cell
from corgea_tui.text.words import duration, parsed, percent
from corgea_tui.views.plots.deliveries import Counts, DeliveriesPlot
from corgea_tui.views.plots.durations import DurationsPlot, Percentiles
from corgea_tui.views.plots.spread import Share, SpreadPlot
from daemon.domain.deliveries.statistics import success_rate
from daemon.protocol import Point

ANSWERS = (
    ("2xx", "2xx", "good"),
    ("3xx", "3xx", "warn"),
    ("4xx", "4xx", "bad"),
    ("5xx", "5xx", "bad"),
    ("none", "no answer", "bad"),
)
"""Key, name and style of each kind of answer."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def deliveries_plot(series: Sequence[Point]) -> DeliveriesPlot:
    """Deliveries over time by final status."""
    counts = (Counts(each.succeeded, each.failed, each.discarded) for each in series)
    return DeliveriesPlot(_starts(series), tuple(counts))


def durations_plot(series: Sequence[Point], whole: Point | None) -> DurationsPlot:
    """Percentiles of the duration of attempts over time."""
    return DurationsPlot(
        _starts(series),
        tuple(_percentiles(each) for each in series),
        None if whole is None else _percentiles(whole),
    )


def spread_plot(whole: Point) -> SpreadPlot:
    """The answers to attempts."""
    shares = (Share(name, whole.http.get(key, 0), style) for key, name, style in ANSWERS)
    return SpreadPlot("Answers to attempts", tuple(shares))


def window_words(whole: Point) -> list[tuple[Cell, ...]]:
    """The figures of a window, the most important first: the last ones are left out first."""
    rate = success_rate(whole.succeeded, whole.failed)
    words: list[tuple[Cell, ...]] = [
        (_figure(whole.failed, "bad"), Cell(" failed", "quiet")),
        (percent(rate), Cell(" succeeded", "quiet")),
        (_figure(whole.succeeded + whole.failed), Cell(" sent", "quiet")),
        (_figure(whole.discarded, "warn"), Cell(" discarded", "quiet")),
        (_figure(whole.attempts), Cell(" attempts", "quiet")),
    ]
    slow = (("p50", whole.p50_ms), ("p95", whole.p95_ms), ("p99", whole.p99_ms))
    words += [
        (Cell(f"{name} ", "quiet"), Cell(duration(ms))) for name, ms in slow if ms is not None
    ]
    return words


def _figure(count: int, style: str = "") -> Cell:
    return Cell(f"{count:,}", style if count else "quiet")


def _starts(series: Sequence[Point]) -> tuple[datetime, ...]:
    return tuple((parsed(each.at) or NEVER).astimezone() for each in series)


def _percentiles(point: Point) -> Percentiles | None:
    if point.p50_ms is None:
        return None
    p95 = point.p50_ms if point.p95_ms is None else point.p95_ms
    return Percentiles(point.p50_ms, p95, p95 if point.p99_ms is None else point.p99_ms)
