"""Statistics as a table: a line for each webhook and one for all webhooks."""

from collections.abc import Sequence
from typing import Literal

from corgea_tui.text.output import Paint
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, TableColumn, table
from corgea_tui.text.words import duration, percent
from daemon.protocol import AllStatistics, Statistics

COLUMNS = [
    TableColumn("webhook", floor=16),
    TableColumn("sent", right=True),
    TableColumn("failed", right=True),
    TableColumn("success", right=True),
    TableColumn("pending", right=True, rank=1),
    TableColumn("discarded", right=True, rank=1),
    TableColumn("p50", right=True, rank=5),
    TableColumn("p95", right=True, rank=3),
    TableColumn("in a row", right=True, rank=2),
]

Tone = Literal["bad", "warn", "quiet"]


def statistics_lines(
    figures: AllStatistics, width: int | None, paint: Paint, indent: str = ""
) -> list[str]:
    """The table; `sent` counts the deliveries that succeeded or failed."""
    rows = [_row(safe_line(each.webhook_name), each, "strong") for each in figures.webhooks]
    rows.append(_row("all webhooks", figures, ""))
    room = None if width is None else width - len(indent)
    return [f"{indent}{line}" for line in table(COLUMNS, rows, room, paint)]


def _row(name: str, figures: Statistics, style: str) -> Sequence[Cell]:
    return [
        Cell(name, style),
        Cell(f"{figures.total:,}"),
        _number(figures.failed, "bad"),
        percent(figures.success_rate),
        _number(figures.pending, "warn"),
        _number(figures.discarded, "quiet"),
        _duration(figures.p50_ms),
        _duration(figures.p95_ms),
        _number(figures.consecutive_failures, "bad"),
    ]


def _number(number: int, tone: Tone) -> Cell:
    return Cell(f"{number:,}", tone if number else "quiet")


def _duration(milliseconds: int | None) -> Cell:
    return Cell("–", "quiet") if milliseconds is None else Cell(duration(milliseconds))
