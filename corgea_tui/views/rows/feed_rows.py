"""A delivery as a row of the feed: which columns find room, and the words in them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from corgea_tui.state.feed import Feed, Gap
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import attempt, parsed, state, took, why
from corgea_tui.views.rows.columns import RowColumn
from daemon.protocol import Delivery

NOTHING = Cell("–", "quiet")
NAMES = 80
"""Characters of a name that are ever looked at in a list."""
DAYS_BY_NAME = 6
NO_SUCCESS = 300
"""The first HTTP status that is no success."""

STATE = RowColumn("state", 13)
TIME = RowColumn("time", 8, right=True)
EVENT = RowColumn("event", 20)
PROJECT = RowColumn("project", 12, share=1)
WEBHOOK = RowColumn("webhook", 12, share=2)
HTTP = RowColumn("http", 4, right=True)
TRY = RowColumn("try", 4, right=True)
TOOK = RowColumn("took", 7, right=True)
ERROR = RowColumn("error", 12, share=6)

WIDE, MIDDLE, NARROW = 105, 81, 66
"""Cells from which on all stand, all but the project, all but project and took."""


class FeedRows:
    """The feed as a list shows it."""

    def __init__(self, feed: Feed[Delivery], now: Callable[[], datetime]) -> None:
        self._feed = feed
        self._now = now

    def __len__(self) -> int:
        return len(self._feed)

    def key(self, index: int) -> str | None:
        """The delivery's id."""
        row = self._feed.row(index)
        return None if row is None else row.id

    def index_of(self, key: str) -> int | None:
        """Where a delivery stands."""
        return self._feed.index_of(key)

    def marked(self, key: str) -> bool:
        """Whether it is marked."""
        return key in self._feed.marks

    def columns(self, width: int) -> Sequence[RowColumn]:
        """At 80 columns without project and duration, at 60 only the first four (app.md)."""
        if width >= WIDE:
            return (STATE, TIME, EVENT, PROJECT, WEBHOOK, HTTP, TRY, TOOK, ERROR)
        if width >= MIDDLE:
            return (STATE, TIME, EVENT, WEBHOOK, HTTP, TRY, TOOK, ERROR)
        if width >= NARROW:
            return (STATE, TIME, EVENT, WEBHOOK, HTTP, TRY, ERROR)
        return (STATE, TIME, EVENT, WEBHOOK)

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """The row's words."""
        row, now = self._feed.row(index), self._now()
        columns = self.columns(width)
        if not isinstance(row, Delivery):
            return _gap_cells(row, columns, now)
        words = _words(row, now)
        return tuple(words[column.title] for column in columns)

    def ticking(self, first: int, last: int) -> bool:
        """Whether a row in sight counts seconds down."""
        rows = (self._feed.row(index) for index in range(first, min(last + 1, len(self))))
        return any(isinstance(row, Delivery) and row.next_attempt_at is not None for row in rows)


def _words(row: Delivery, now: datetime) -> dict[str, Cell]:
    project = row.project_name or row.project
    return {
        "state": state(row, now),
        "time": Cell(moment(row.created_at, now), "quiet"),
        "event": Cell(safe_line(row.event_type, NAMES)),
        "project": Cell(safe_line(project, NAMES)) if project else NOTHING,
        "webhook": Cell(safe_line(row.webhook_name, NAMES), "strong"),
        "http": _http(row.http_status),
        "try": attempt(row),
        "took": took(row.duration_ms),
        "error": why(row),
    }


def _http(status: int | None) -> Cell:
    """A status, or nothing: why there was none stands in the error."""
    if status is None:
        return NOTHING
    return Cell(str(status), "good" if status < NO_SUCCESS else "bad")


def _gap_cells(row: Gap | None, columns: Sequence[RowColumn], now: datetime) -> Sequence[Cell]:
    when = "" if row is None else moment(row.created_at, now)
    words = {
        "state": Cell("┄ gap", "warn"),
        "time": Cell(when, "quiet"),
        "event": Cell("not seen live before", "warn"),
        "webhook": Cell("read again", "warn"),
        "error": Cell("the stream had moved on; what is below was read from the history", "quiet"),
    }
    return tuple(words.get(column.title, Cell("")) for column in columns)


def moment(iso: str, now: datetime) -> str:
    """A time in at most eight cells: `14:02:30`, `Su 14:02` this week, `Nov 20` before."""
    found = parsed(iso)
    if found is None:
        return "–"
    local, today = found.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    if today - local < timedelta(days=DAYS_BY_NAME):
        return f"{local:%a}"[:2] + f" {local:%H:%M}"
    return f"{local:%b %d}"
