"""A delivery or an event as a row of its feed: the columns that fit, and their cells."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from corgea_tui.state.feed import EventRow, Feed, Gap
from corgea_tui.state.history import Dated
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, RowColumn
from corgea_tui.text.words import attempt, count, parsed, state, took, why
from daemon.protocol import Delivery, Event

T = TypeVar("T", bound=Dated)

NOTHING = Cell("–", "quiet")
NAMES = 80
"""The most characters of a name in a list."""
DAYS_BY_NAME = 6
REDIRECTION = 300
"""The first HTTP status that is a failure."""

STATE = RowColumn("state", 13)
TIME = RowColumn("time", 8, right=True)
EVENT = RowColumn("event", 20)
PROJECT = RowColumn("project", 12, share=1)
WEBHOOK = RowColumn("webhook", 12, share=2)
HTTP = RowColumn("http", 4, right=True)
TRY = RowColumn("try", 4, right=True)
TOOK = RowColumn("took", 7, right=True)
ERROR = RowColumn("error", 12, share=6)

TYPE = RowColumn("event", 22)
OF_PROJECT = RowColumn("project", 12, share=2)
WENT = RowColumn("went to", 22)
ID = RowColumn("event id", 10, share=3)

WIDE, MIDDLE, NARROW = 105, 81, 66
"""The widths from which on a list has all columns, fewer, and still fewer."""


class FeedRows(Generic[T]):
    """The rows of a feed. Subclasses define the columns and the words."""

    def __init__(self, feed: Feed[T], now: Callable[[], datetime]) -> None:
        self._feed = feed
        self._now = now

    def __len__(self) -> int:
        return len(self._feed)

    def key(self, index: int) -> str | None:
        """The row's id."""
        row = self._feed.row(index)
        return None if row is None else row.id

    def index_of(self, key: str) -> int | None:
        """The index of a row."""
        return self._feed.index_of(key)

    def marked(self, key: str) -> bool:
        """Whether a row is marked."""
        return key in self._feed.marks

    def ticking(self, first: int, last: int) -> bool:  # noqa: ARG002  # for rows that count
        """Whether a row from `first` to `last` counts seconds."""
        return False

    def columns(self, width: int) -> Sequence[RowColumn]:
        """The columns that fit into `width` cells."""
        raise NotImplementedError

    def words(self, row: T, now: datetime) -> Mapping[str, Cell]:
        """The row's cells by the titles of their columns."""
        raise NotImplementedError

    def gap_words(self, when: Cell) -> Mapping[str, Cell]:
        """The cells of a row that marks missed changes."""
        raise NotImplementedError

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """The row's cells."""
        row, now = self._feed.row(index), self._now()
        if row is None or isinstance(row, Gap):
            when = Cell("" if row is None else moment(row.created_at, now), "quiet")
            gap = self.gap_words(when)
            return tuple(gap.get(column.title, Cell("")) for column in self.columns(width))
        words = self.words(row, now)
        return tuple(words[column.title] for column in self.columns(width))


class DeliveryRows(FeedRows[Delivery]):
    """The rows of deliveries."""

    def columns(self, width: int) -> Sequence[RowColumn]:
        """The columns: at 80 cells without project and duration, at 60 the first four (app.md)."""
        if width >= WIDE:
            return (STATE, TIME, EVENT, PROJECT, WEBHOOK, HTTP, TRY, TOOK, ERROR)
        if width >= MIDDLE:
            return (STATE, TIME, EVENT, WEBHOOK, HTTP, TRY, TOOK, ERROR)
        if width >= NARROW:
            return (STATE, TIME, EVENT, WEBHOOK, HTTP, TRY, ERROR)
        return (STATE, TIME, EVENT, WEBHOOK)

    def ticking(self, first: int, last: int) -> bool:
        """Whether a delivery from `first` to `last` waits for its next attempt."""
        rows = (self._feed.row(index) for index in range(first, min(last + 1, len(self))))
        return any(isinstance(row, Delivery) and row.next_attempt_at is not None for row in rows)

    def words(self, row: Delivery, now: datetime) -> Mapping[str, Cell]:
        """The delivery's cells."""
        return {
            "state": state(row, now),
            "time": Cell(moment(row.created_at, now), "quiet"),
            "event": Cell(safe_line(row.event_type, NAMES)),
            "project": _project(row),
            "webhook": Cell(safe_line(row.webhook_name, NAMES), "strong"),
            "http": _http(row.http_status),
            "try": attempt(row),
            "took": took(row.duration_ms),
            "error": why(row),
        }

    def gap_words(self, when: Cell) -> Mapping[str, Cell]:
        """The cells of a gap."""
        error = "the live stream was interrupted; the rows below were read from the history"
        return {
            "state": Cell("┄ gap", "warn"),
            "time": when,
            "event": Cell("changes were missed", "warn"),
            "webhook": Cell("read again", "warn"),
            "error": Cell(error, "quiet"),
        }


class EventRows(FeedRows[EventRow]):
    """The rows of events: time, type, project, and the number of webhooks that matched."""

    def columns(self, width: int) -> Sequence[RowColumn]:
        """The columns; time, type and the number of webhooks are always present."""
        if width >= MIDDLE:
            return (TIME, TYPE, OF_PROJECT, WENT, ID)
        if width >= NARROW:
            return (TIME, TYPE, OF_PROJECT, WENT)
        return (TIME, TYPE, WENT)

    def words(self, row: EventRow, now: datetime) -> Mapping[str, Cell]:
        """The event's cells."""
        event = row.event
        return {
            "time": Cell(moment(event.received_at, now), "quiet"),
            "event": Cell(safe_line(event.event_type, NAMES), "strong"),
            "project": _project(event),
            "went to": went(event),
            "event id": Cell(safe_line(event.event_id, NAMES), "quiet"),
        }

    def gap_words(self, when: Cell) -> Mapping[str, Cell]:
        """The cells of a gap."""
        return {"time": when, "event": Cell("┄ gap: read again", "warn")}


def went(event: Event) -> Cell:
    """The number of webhooks that an event went to."""
    if not event.webhooks:
        return Cell("⊘ no webhooks then", "quiet")
    webhooks = count(event.webhooks, "webhook")
    if not event.matched:
        return Cell(f"⊘ none of {webhooks}", "warn")
    return Cell(f"✔ {event.matched} of {webhooks}", "good")


def _project(row: Delivery | Event) -> Cell:
    project = row.project_name or row.project
    return Cell(safe_line(project, NAMES)) if project else NOTHING


def _http(status: int | None) -> Cell:
    """An HTTP status; `–` without an answer, as the error has the reason."""
    if status is None:
        return NOTHING
    return Cell(str(status), "good" if status < REDIRECTION else "bad")


def moment(iso: str, now: datetime) -> str:
    """A time in at most eight cells: today `14:02:30`, this week `Su 14:02`, else `Nov 20`."""
    found = parsed(iso)
    if found is None:
        return "–"
    local, today = found.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    if today - local < timedelta(days=DAYS_BY_NAME):
        return f"{local:%a}"[:2] + f" {local:%H:%M}"
    return f"{local:%b %d}"
