"""A webhook as a row: its state, its figures, its last hour, and since when and why it fails."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from corgea_tui.state.failure_runs import FailureRun
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, RowColumn
from corgea_tui.text.words import ago, clock, percent, webhook_state
from daemon.protocol import Point, Webhook

NAMES = 80
LEVELS = "▁▂▃▄▅▆▇█"
STEPS = 12
"""Cells of a spark line, five minutes each."""
IN_A_ROW = "in a row"

STATE = RowColumn("state", 9)
NAME = RowColumn("name", 16, share=2)
TYPE = RowColumn("type", 6)
URL = RowColumn("URL", 14, share=4)
EVENTS = RowColumn("events", 15, share=1)
TOTAL = RowColumn("total", 7, right=True)
RATE = RowColumn("success", 7, right=True)
FAILURES = RowColumn("in a row", 8, right=True)
LAST = RowColumn("last sent", 10, right=True)
HOUR = RowColumn("last hour", STEPS)
WHY = RowColumn("since, why", 14, share=8)

HUGE, WIDE, MIDDLE, NARROW = 150, 110, 96, 66

ORDERS: dict[str, Callable[[Webhook], Any]] = {
    "trouble": lambda w: (_rank(w), w.name.lower()),
    "name": lambda w: w.name.lower(),
    "total": lambda w: -w.statistics.total,
    "last sent": lambda w: "~" if w.statistics.last_triggered is None else w.name,
}
"""The sort orders. The default is `trouble`: failing webhooks first, then paused ones."""


def _rank(webhook: Webhook) -> int:
    if webhook.state == "paused":
        return 1
    return 0 if webhook.statistics.consecutive_failures else 2


class WebhookRows:
    """The webhooks in the chosen order."""

    def __init__(
        self, now: Callable[[], datetime], run: Callable[[Webhook], FailureRun | None]
    ) -> None:
        """`run`: the run of failures of a webhook, as far as it is known."""
        self._now = now
        self._failing_since = run
        self._rows: list[Webhook] = []
        self._indexes: dict[str, int] = {}
        self._hours: Mapping[str, Sequence[Point]] = {}
        self.order = "trouble"

    def show(self, webhooks: Iterable[Webhook], *, keep: bool) -> None:
        """Take the current webhooks; with `keep` the rows keep their order."""
        found = {webhook.id: webhook for webhook in webhooks}
        if keep:
            kept = [found.pop(row.id) for row in self._rows if row.id in found]
            self._rows = [*kept, *self._sorted(found.values())]
        else:
            self._rows = self._sorted(found.values())
        self._indexes = {row.id: index for index, row in enumerate(self._rows)}

    def _sorted(self, webhooks: Iterable[Webhook]) -> list[Webhook]:
        rows = sorted(webhooks, key=ORDERS[self.order])
        if self.order == "last sent":
            rows.sort(key=lambda w: w.statistics.last_triggered or "", reverse=True)
        return rows

    def show_hours(self, hours: Mapping[str, Sequence[Point]]) -> None:
        """Take the series of the last hour, by the id of the webhook."""
        self._hours = hours

    def next_order(self) -> str:
        """Sort by the next order; return its name."""
        names = list(ORDERS)
        self.order = names[(names.index(self.order) + 1) % len(names)]
        return self.order

    def __len__(self) -> int:
        return len(self._rows)

    def webhook(self, index: int) -> Webhook:
        """The webhook in a row."""
        return self._rows[index]

    def key(self, index: int) -> str | None:
        """The webhook's id."""
        return self._rows[index].id

    def index_of(self, key: str) -> int | None:
        """The index of a webhook; None when it is gone."""
        return self._indexes.get(key)

    def marked(self, _key: str) -> bool:
        """False: webhooks are not marked."""
        return False

    def columns(self, width: int) -> Sequence[RowColumn]:
        """The columns that fit; state, name, failures in a row and the reason always do."""
        if width >= HUGE:
            return (STATE, NAME, TYPE, URL, EVENTS, TOTAL, RATE, FAILURES, LAST, HOUR, WHY)
        if width >= WIDE:
            return (STATE, NAME, EVENTS, TOTAL, RATE, FAILURES, LAST, HOUR, WHY)
        if width >= MIDDLE:
            return (STATE, NAME, EVENTS, TOTAL, RATE, FAILURES, LAST, WHY)
        if width >= NARROW:
            return (STATE, NAME, TOTAL, RATE, FAILURES, WHY)
        return (STATE, NAME, FAILURES, WHY)

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """The row's words."""
        row, now = self._rows[index], self._now()
        figures = row.statistics
        consecutive_failures = figures.consecutive_failures
        words = {
            "state": webhook_state(row),
            "name": Cell(safe_line(row.name, NAMES), "strong"),
            "type": Cell(row.type, "quiet"),
            "URL": Cell(safe_line(row.url.removeprefix("https://"), NAMES), "quiet"),
            "events": Cell(safe_line(" ".join(row.events), NAMES)),
            "total": Cell(f"{figures.total:,}"),
            "success": percent(figures.success_rate),
            "in a row": Cell(str(consecutive_failures), "bad" if consecutive_failures else "quiet"),
            "last sent": Cell(_last(figures.last_triggered, now), "quiet"),
            "since, why": self._trouble(row, now),
            "last hour": spark(self._hours.get(row.id, ())),
        }
        return tuple(words[column.title] for column in self.columns(width))

    def _trouble(self, row: Webhook, now: datetime) -> Cell:
        """Since when and why it fails or is paused; blank for a healthy webhook."""
        paused = row.state == "paused"
        if not paused and not row.statistics.consecutive_failures:
            return Cell("")
        run = self._failing_since(row)
        when = to_the_minute(since(row, run, now).removeprefix("since "))
        return Cell(f"{when} {why(row, run)}".strip(), "warn" if paused else "bad")


def _last(iso: str | None, now: datetime) -> str:
    text = ago(iso, now)
    return " ".join(text.removesuffix(" ago").split(" ")[:2])


def spark(points: Sequence[Point]) -> Cell:
    """Deliveries over the last hour as bars; red when some failed."""
    if not points:
        return Cell("")
    size = max(1, -(-len(points) // STEPS))
    steps = [points[start : start + size] for start in range(0, len(points), size)]
    totals = [sum(point.succeeded + point.failed for point in step) for step in steps]
    failed = any(point.failed for point in points)
    most = max(totals)
    bars = (LEVELS[round(total / most * 7)] if total else "·" for total in totals)
    return Cell("".join(bars), "quiet" if not most else "bad" if failed else "good")


def since(webhook: Webhook, run: FailureRun | None, now: datetime) -> str:
    """Since when the webhook is paused or fails; empty while that is not known."""
    if webhook.state == "paused":
        return f"since {clock(webhook.paused_at, now)}"
    if run is None:
        return ""
    return f"{'since' if run.whole else 'before'} {clock(run.first, now)}"


def why(webhook: Webhook, run: FailureRun | None) -> str:
    """The reason of the failures, and for a paused webhook the reason of the pause."""
    reason = safe_line(run.why) if run else ""
    if webhook.state != "paused":
        return reason
    paused = safe_line(webhook.paused_reason or "by hand")
    if not reason:
        return paused
    automatic = paused.endswith(IN_A_ROW)  # then the failure is the more important reason
    return f"{reason}; {paused}" if automatic else f"{paused}; {reason}"


def to_the_minute(words: str) -> str:
    """A time without its seconds, for narrow columns."""
    return words[:-3] if words.count(":") == 2 else words  # noqa: PLR2004  # hours:minutes:seconds
