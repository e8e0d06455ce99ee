"""Deliveries over time: stacked columns with the failures at the base."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import NamedTuple

from corgea_tui.text.table import Cell
from corgea_tui.views.plots.chart import MARGIN, Chart, Column, Ink, Line, legend, rows_in
from corgea_tui.views.plots.scales import Scale, count_scale
from corgea_tui.views.plots.times import fit

FAILED = Ink("✖", "bad")
FEW_FAILED = Ink("×", "bad")
"""Failures that fill less than half of their cell."""
HALF = 0.5
DISCARDED = Ink("░", "quiet")
SUCCEEDED = tuple(Ink(glyph, "good") for glyph in "▁▂▃▄▅▆▇█")
"""A cell filled by one eighth, two eighths, and so on."""
EIGHTHS = len(SUCCEEDED)
FULL = SUCCEEDED[-1]


class Counts(NamedTuple):
    """The number of deliveries by final status."""

    succeeded: int
    failed: int
    discarded: int


@dataclass(frozen=True)
class DeliveriesPlot:
    """A series of counts. `starts`: the local time at which each step begins."""

    starts: tuple[datetime, ...]
    counts: tuple[Counts, ...]

    def lines(self, width: int, height: int) -> list[Line]:
        """The plot in `width` columns and `height` lines."""
        rows, fitted = rows_in(height), fit(self.starts, width - MARGIN)
        merged = [_sum(self.counts[group.start : group.stop]) for group in fitted.groups]
        scale = count_scale(max(map(sum, merged), default=0), rows)
        return Chart(
            titles=_titles(fitted.span_words, _sum(self.counts)),
            fit=fitted,
            starts=[self.starts[group.start] for group in fitted.groups],
            scale=scale,
            columns=[column(counts, scale, rows) for counts in merged],
            remark="" if any(map(sum, merged)) else "nothing was delivered in this time",
        ).lines(width, height)


def column(counts: Counts, scale: Scale, rows: int) -> Column:
    """Failed, succeeded and discarded deliveries, from the base up.

    Each status that occurs takes at least one cell, as long as there are cells.
    """
    cells = _cells(counts, scale, rows)
    few = scale.rows_of(counts.failed) < HALF
    column = [FEW_FAILED if few else FAILED] * cells.failed + [FULL] * cells.succeeded
    if cells.succeeded and not cells.discarded:  # the top of a column is finer than a cell
        eighths = round((scale.rows_of(sum(counts)) - len(column) + 1) * EIGHTHS)
        column[-1] = SUCCEEDED[max(1, min(eighths, EIGHTHS)) - 1]
    return column + [DISCARDED] * cells.discarded


def _cells(counts: Counts, scale: Scale, rows: int) -> Counts:
    """Whole cells for each status, together as high as their sum where possible."""
    cells = Counts(*(max(1, round(scale.rows_of(count))) if count else 0 for count in counts))
    height = min(rows, ceil(scale.rows_of(sum(counts))))
    while sum(cells) < height:
        cells = cells._replace(**{_most(counts): getattr(cells, _most(counts)) + 1})
    while sum(cells) > height and (max(cells) > 1 or sum(cells) > rows):
        cells = cells._replace(**{_least_missed(cells): getattr(cells, _least_missed(cells)) - 1})
    return cells


def _most(counts: Counts) -> str:
    return max(counts._fields, key=lambda kind: getattr(counts, kind))


def _least_missed(cells: Counts) -> str:
    """The status that gives a cell away: the highest; of equal ones the failures last."""
    order = ("discarded", "succeeded", "failed")
    return max(order, key=lambda kind: getattr(cells, kind))


def _sum(counts: Sequence[Counts]) -> Counts:
    return Counts(*map(sum, zip(*counts, strict=True))) if counts else Counts(0, 0, 0)


def _titles(span: str, total: Counts) -> list[Line]:
    words = [
        (FULL.glyph, f"{total.succeeded:,} succeeded", FULL.style),
        (FAILED.glyph, f"{total.failed:,} failed", FAILED.style if total.failed else "quiet"),
        (DISCARDED.glyph, f"{total.discarded:,} discarded", DISCARDED.style),
    ]
    return [
        (Cell(f" Deliveries per {span}", "head"), *legend(words)),
        (Cell(f" Deliveries per {span}", "head"), *legend(words, gap=2)),
        (Cell(f" Per {span}", "head"), *legend(words, gap=2)),
        (Cell(f" /{span}", "head"), *legend(words, gap=1)),
    ]
