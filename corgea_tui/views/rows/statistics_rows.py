"""Webhooks with their statistics over a window, as rows; the worst first by default."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, RowColumn
from corgea_tui.text.words import percent, took, webhook_state
from daemon.domain.deliveries.statistics import success_rate
from daemon.protocol import Point, Webhook, WebhookStatistics

NAMES = 80
"""The most characters of a name in a list."""
NOTHING_SENT = 101.0
"""The rate of a webhook without deliveries: it sorts after every success rate."""
MARK = "▾"
"""The mark of the column that the list is sorted by."""

STATE = RowColumn("state", 9)
GLYPH = RowColumn("", 1)
WEBHOOK = RowColumn("webhook", 12, share=1)
FAILED = RowColumn("failed", 7, right=True)
SUCCESS = RowColumn("success", 8, right=True)
SENT = RowColumn("sent", 7, right=True)
P50 = RowColumn("p50", 7, right=True)
P95 = RowColumn("p95", 7, right=True)
P99 = RowColumn("p99", 7, right=True)
DISCARDED = RowColumn("discarded", 9, right=True)
PENDING = RowColumn("pending", 7, right=True)
IN_A_ROW = RowColumn("in a row", 8, right=True)

ROOMY, MIDDLE, NARROW = 108, 66, 52
"""The widths from which on the list has all columns, fewer, and still fewer."""


@dataclass(frozen=True)
class Order:
    """A sort order. `marked`: the column that has its mark."""

    name: str
    marked: str
    key: Callable[[WebhookStatistics, Point], Any]


ORDERS = (
    Order("worst first", "success", lambda one, span: (_rate(span), -_slow(span), _name(one))),
    Order("slowest first", "p95", lambda one, span: (-_slow(span), _rate(span), _name(one))),
    Order("most failures first", "failed", lambda one, span: (-span.failed, _name(one))),
    Order("busiest first", "sent", lambda one, span: (-_sent(span), _name(one))),
    Order("by name", "webhook", lambda one, _span: _name(one)),
)
EMPTY = Point("", 0, 0, 0, 0, None, None, None, {})


class StatisticsRows:
    """The rows of the webhooks."""

    def __init__(self, webhook_of: Callable[[str], Webhook | None]) -> None:
        self._webhook_of = webhook_of
        self._rows: dict[str, WebhookStatistics] = {}
        self._keys: list[str] = []
        self.order = ORDERS[0]

    def show(self, figures: Sequence[WebhookStatistics], *, keep: bool) -> bool:
        """Take new figures; with `keep` the rows keep their order. Return whether they changed."""
        before = (self._keys, self._rows)
        self._rows = {each.webhook_id: each for each in figures}
        self._arrange(keep=keep)
        return before != (self._keys, self._rows)

    def sort(self, order: Order) -> None:
        """Sort by `order`."""
        self.order = order
        self._arrange(keep=False)

    def next_order(self) -> None:
        """Sort by the next order."""
        self.sort(ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)])

    def sort_by(self, title: str) -> bool:
        """Sort by the column of this title; False when there is no such order."""
        name = title.removesuffix(MARK)
        found = next((order for order in ORDERS if order.marked == name), None)
        if found is not None:
            self.sort(found)
        return found is not None

    def _arrange(self, *, keep: bool) -> None:
        found = sorted(self._rows.values(), key=lambda one: self.order.key(one, _span(one)))
        keys = [each.webhook_id for each in found]
        if keep:
            still = [key for key in self._keys if key in self._rows]
            keys = still + [key for key in keys if key not in set(still)]
        self._keys = keys

    def figures(self, key: str | None) -> WebhookStatistics | None:
        """The figures of a webhook."""
        return None if key is None else self._rows.get(key)

    def failing(self, start: int, step: int) -> str | None:
        """The first webhook with failures from row `start` on in direction `step`."""
        for index in range(max(start, 0), len(self._keys)) if step > 0 else range(start, -1, -1):
            if _span(self._rows[self._keys[index]]).failed:
                return self._keys[index]
        return None

    # --- as `Rows`

    def __len__(self) -> int:
        return len(self._keys)

    def key(self, index: int) -> str | None:
        """The webhook's id."""
        return self._keys[index]

    def index_of(self, key: str) -> int | None:
        """The index of a webhook; None when it is gone."""
        return self._keys.index(key) if key in self._rows else None

    def marked(self, _key: str) -> bool:
        """False: webhooks are not marked."""
        return False

    def columns(self, width: int) -> Sequence[RowColumn]:
        """The columns that fit; the one that the list is sorted by has a mark."""
        return tuple(_titled(column, self.order.marked) for column in _columns(width))

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """The row's words."""
        figures = self._rows[self._keys[index]]
        words = _words(figures, self._webhook_of(figures.webhook_id))
        return tuple(words[column.title] for column in _columns(width))


def _columns(width: int) -> Sequence[RowColumn]:
    if width >= ROOMY:
        end = (P50, P95, P99, DISCARDED, PENDING, IN_A_ROW)
        return (STATE, WEBHOOK, SENT, FAILED, SUCCESS, *end)
    if width >= MIDDLE:
        return (GLYPH, WEBHOOK, SENT, FAILED, SUCCESS, P50, P95, P99)
    if width >= NARROW:
        return (GLYPH, WEBHOOK, SENT, FAILED, SUCCESS, P95)
    return (GLYPH, WEBHOOK, FAILED, SUCCESS, P95)


def _titled(column: RowColumn, marked: str) -> RowColumn:
    if column.title != marked:
        return column
    return RowColumn(column.title + MARK, column.width, column.share, column.right)


def _words(one: WebhookStatistics, webhook: Webhook | None) -> dict[str, Cell]:
    span = _span(one)
    state = Cell("⊘ deleted", "quiet") if webhook is None else webhook_state(webhook)
    return {
        "state": state,
        "": Cell(state.text[:1], state.style),
        "webhook": Cell(safe_line(one.webhook_name, NAMES), "strong"),
        "sent": _count(_sent(span)),
        "failed": _count(span.failed, "bad"),
        "success": percent(success_rate(span.succeeded, span.failed)),
        "p50": took(span.p50_ms),
        "p95": took(span.p95_ms),
        "p99": took(span.p99_ms),
        "discarded": _count(span.discarded, "warn"),
        "pending": _count(one.pending),
        "in a row": _count(one.consecutive_failures, "bad"),
    }


def _count(number: int, style: str = "") -> Cell:
    return Cell(f"{number:,}", style if number else "quiet")


def _span(one: WebhookStatistics) -> Point:
    return one.span or EMPTY


def _sent(span: Point) -> int:
    return span.succeeded + span.failed


def _rate(span: Point) -> float:
    return NOTHING_SENT if not _sent(span) else span.succeeded / _sent(span) * 100


def _slow(span: Point) -> int:
    return -1 if span.p95_ms is None else span.p95_ms


def _name(one: WebhookStatistics) -> str:
    return one.webhook_name.casefold()
