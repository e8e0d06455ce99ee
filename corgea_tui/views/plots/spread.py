"""What attempts came to: a bar for each kind of answer."""

from dataclasses import dataclass

from corgea_tui.text.table import Cell
from corgea_tui.views.plots.chart import Line, stacked

EIGHTHS = "▏▎▍▌▋▊▉█"
NAME = 11
FIGURES = 14
"""Cells for a count and its share."""
SHORTEST = 4
"""Cells of a bar below which it says less than the figures beside it."""
PERCENT = 100


@dataclass(frozen=True)
class Share:
    """One kind: its name, how many, and the style of its bar."""

    name: str
    count: int
    style: str


@dataclass(frozen=True)
class SpreadPlot:
    """Kinds with their counts; the longest bar is the most frequent one."""

    title: str
    shares: tuple[Share, ...]

    def lines(self, width: int, height: int) -> list[Line]:
        """The plot in so many columns and lines."""
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
    """A bar of at most `room` cells, full for `most`; something can be seen of anything."""
    eighths = max(1, round(count / most * room * len(EIGHTHS))) if count else 0
    full, rest = divmod(eighths, len(EIGHTHS))
    return EIGHTHS[-1] * full + (EIGHTHS[rest - 1] if rest else "")


def share_words(count: int, total: int) -> str:
    """A share in percent; what is there is never 0%, and what is not all never 100%."""
    share = round(PERCENT * count / total, 1)
    if share == 0:
        return "<0.1%"
    return ">99.9%" if share == PERCENT and count < total else f"{share:.1f}%"


def short(count: int) -> str:
    """A count in at most seven cells."""
    return f"{count:,}" if count < 10**6 else f"{count / 10**6:,.1f}M"
