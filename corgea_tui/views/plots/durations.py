"""Durations of attempts over time: the median as a line, p95 and p99 as bands above it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from corgea_tui.text.table import Cell
from corgea_tui.text.words import duration
from corgea_tui.views.plots.chart import BLANK, MARGIN, Chart, Column, Ink, Line, legend, rows_in
from corgea_tui.views.plots.scales import Scale, duration_scale
from corgea_tui.views.plots.times import fit

P50 = tuple(Ink(glyph, "name") for glyph in "▁━▔")
"""The line of the median: low, in the middle or high in its cell."""
P95 = Ink("▒", "accent")
P99 = Ink("░", "accent")
SOME, MORE = 1, 1000
"""The range of an empty plot, in ms."""


class Percentiles(NamedTuple):
    """Percentiles of the durations of attempts, in ms."""

    p50: int
    p95: int
    p99: int


@dataclass(frozen=True)
class DurationsPlot:
    """A series of percentiles, None for a step without attempts.

    A column of several steps shows the slowest of them, as percentiles cannot be added up.
    """

    starts: tuple[datetime, ...]
    percentiles: tuple[Percentiles | None, ...]
    whole: Percentiles | None = None
    """The percentiles of the whole series."""

    def lines(self, width: int, height: int) -> list[Line]:
        """The plot in `width` columns and `height` lines."""
        rows, fitted = rows_in(height), fit(self.starts, width - MARGIN)
        worst = [_worst(self.percentiles[each.start : each.stop]) for each in fitted.groups]
        known = [each for each in worst if each is not None]
        least = min((each.p50 for each in known), default=SOME)
        scale = duration_scale(least, max((each.p99 for each in known), default=MORE), rows)
        return Chart(
            titles=_titles(self.whole),
            fit=fitted,
            starts=[self.starts[each.start] for each in fitted.groups],
            scale=scale,
            columns=[column(each, scale, rows) for each in worst],
            remark="" if known else "nothing was attempted in this time",
        ).lines(width, height)


def column(percentiles: Percentiles | None, scale: Scale, rows: int) -> Column:
    """A line at the median, and above it the bands of p95 and p99, each lighter."""
    if percentiles is None:
        return ()
    at = min(scale.rows_of(percentiles.p50), rows - 1 / len(P50))
    inks = [BLANK] * int(at) + [P50[int(at % 1 * len(P50))]]
    for value, ink in ((percentiles.p95, P95), (percentiles.p99, P99)):
        inks += [ink] * (min(rows, round(scale.rows_of(value))) - len(inks))
    return inks


def _worst(percentiles: Sequence[Percentiles | None]) -> Percentiles | None:
    known = [each for each in percentiles if each is not None]
    return Percentiles(*map(max, zip(*known, strict=True))) if known else None


def _titles(whole: Percentiles | None) -> list[Line]:
    named = zip(("p50", "p95", "p99"), (P50[1], P95, P99), whole or (None,) * 3, strict=True)
    words = [
        (ink.glyph, name if value is None else f"{name} {duration(value)}", ink.style)
        for name, ink, value in named
    ]
    return [
        (Cell(" Duration of attempts", "head"), *legend(words)),
        (Cell(" Took", "head"), *legend(words)),
        (Cell(" Took", "head"), *legend(words, gap=1)),
    ]
