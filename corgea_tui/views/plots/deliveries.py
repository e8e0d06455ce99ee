"""Deliveries over time: stacked columns, failures at the base where none is overlooked."""

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
"""So few that they would fill less than half of the cell they are given."""
HALF = 0.5
DISCARDED = Ink("░", "quiet")
SUCCEEDED = tuple(Ink(glyph, "good") for glyph in "▁▂▃▄▅▆▇█")
"""A cell that is filled by so many eighths."""
EIGHTHS = len(SUCCEEDED)
FULL = SUCCEEDED[-1]


class Counts(NamedTuple):
    """Deliveries by how they ended."""

    succeeded: int
    failed: int
    discarded: int


@dataclass(frozen=True)
class DeliveriesPlot:
    """A series of counts. `starts`: local times, when each step begins."""

    starts: tuple[datetime, ...]
    counts: tuple[Counts, ...]

    def lines(self, width: int, height: int) -> list[Line]:
        """The plot in so many columns and lines."""
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
    """Failures, successes, discarded ones, from the base up.

    What there is can be seen: each takes a cell however little it is, as far as there are cells.
    """
    cells = _cells(counts, scale, rows)
    few = scale.rows_of(counts.failed) < HALF
    column = [FEW_FAILED if few else FAILED] * cells.failed + [FULL] * cells.succeeded
    if cells.succeeded and not cells.discarded:  # the top of a column is finer than a cell
        eighths = round((scale.rows_of(sum(counts)) - len(column) + 1) * EIGHTHS)
        column[-1] = SUCCEEDED[max(1, min(eighths, EIGHTHS)) - 1]
    return column + [DISCARDED] * cells.discarded


def _cells(counts: Counts, scale: Scale, rows: int) -> Counts:
    """Whole cells for each, together as high as their sum where that can be."""
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
    """Who gives a cell away: the highest; of single cells never the failures first."""
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
