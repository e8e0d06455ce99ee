"""The answers to attempts: a bar for each kind of answer."""

from dataclasses import dataclass

from corgea_tui.text.table import Cell
from corgea_tui.views.plots.chart import Line, stacked

EIGHTHS = "▏▎▍▌▋▊▉█"
NAME = 11
FIGURES = 14
"""Cells for a count and its share."""
SHORTEST = 4
"""The shortest bar in cells; with less room only the figures are shown."""
PERCENT = 100


@dataclass(frozen=True)
class Share:
    """One kind of answer: its name, its count, and the style of its bar."""

    name: str
    count: int
    style: str


@dataclass(frozen=True)
class SpreadPlot:
    """Kinds of answers with their counts; the most frequent kind has the longest bar."""

    title: str
    shares: tuple[Share, ...]

    def lines(self, width: int, height: int) -> list[Line]:
        """The plot in `width` columns and `height` lines."""
        most = max((share.count for share in self.shares), default=0)
        total = sum(share.count for share in self.shares)
        room = width - NAME - FIGURES - 2
        bars = [_bar(share, most, total, room) for share in self.shares]
        return stacked([(Cell(f" {self.title}", "head"),), *bars], width, height)


def _bar(share: Share, most: int, total: int, room: int) -> Line:
    name = Cell(f" {share.name:<{NAME}}", "" if share.count else "quiet")
    if not share.count:
        return (name, Cell(f"{'–':>7}", "quiet"))
    figures = Cell(f"{short(share.count):>7} {share_words(share.count, total):>6} ")
    if room < SHORTEST:
        return (name, figures)
    return (name, figures, Cell(bar(share.count, most, room), share.style))


def bar(count: int, most: int, room: int) -> str:
    """A bar of at most `room` cells, full for `most`; a count above 0 is always visible."""
    eighths = max(1, round(count / most * room * len(EIGHTHS))) if count else 0
    full, rest = divmod(eighths, len(EIGHTHS))
    return EIGHTHS[-1] * full + (EIGHTHS[rest - 1] if rest else "")


def share_words(count: int, total: int) -> str:
    """A share in percent; only a count of 0 is 0%, and only the total is 100%."""
    share = round(PERCENT * count / total, 1)
    if share == 0:
        return "<0.1%"
    return ">99.9%" if share == PERCENT and count < total else f"{share:.1f}%"


def short(count: int) -> str:
    """A count in at most seven cells."""
    return f"{count:,}" if count < 10**6 else f"{count / 10**6:,.1f}M"
