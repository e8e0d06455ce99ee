"""An event as a row: when, what, whose, and to how many webhooks it went."""

from collections.abc import Callable, Sequence
from datetime import datetime

from corgea_tui.state.event_row import EventRow
from corgea_tui.state.feed import Feed
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import count
from corgea_tui.views.rows.columns import RowColumn
from corgea_tui.views.rows.feed_rows import NAMES, NOTHING, moment
from daemon.protocol import Event

TIME = RowColumn("time", 8, right=True)
TYPE = RowColumn("event", 22)
PROJECT = RowColumn("project", 12, share=2)
WENT = RowColumn("went to", 22)
ID = RowColumn("event id", 10, share=3)

WIDE, NARROW = 81, 66


class EventRows:
    """The events as a list shows them."""

    def __init__(self, feed: Feed[EventRow], now: Callable[[], datetime]) -> None:
        self._feed = feed
        self._now = now

    def __len__(self) -> int:
        return len(self._feed)

    def key(self, index: int) -> str | None:
        """The event's id."""
        row = self._feed.row(index)
        return None if row is None else row.id

    def index_of(self, key: str) -> int | None:
        """Where an event stands."""
        return self._feed.index_of(key)

    def marked(self, _key: str) -> bool:
        """Events are not marked."""
        return False

    def ticking(self, _first: int, _last: int) -> bool:
        """Nothing about an event counts seconds."""
        return False

    def columns(self, width: int) -> Sequence[RowColumn]:
        """Time, type and where it went always find room."""
        if width >= WIDE:
            return (TIME, TYPE, PROJECT, WENT, ID)
        if width >= NARROW:
            return (TIME, TYPE, PROJECT, WENT)
        return (TIME, TYPE, WENT)

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """The row's words."""
        row, now = self._feed.row(index), self._now()
        columns = self.columns(width)
        if not isinstance(row, EventRow):
            when = "" if row is None else moment(row.created_at, now)
            gap = {"time": Cell(when, "quiet"), "event": Cell("┄ gap: read again", "warn")}
            return tuple(gap.get(column.title, Cell("")) for column in columns)
        event = row.event
        project = event.project_name or event.project
        words = {
            "time": Cell(moment(event.received_at, now), "quiet"),
            "event": Cell(safe_line(event.event_type, NAMES), "strong"),
            "project": Cell(safe_line(project, NAMES)) if project else NOTHING,
            "went to": went(event),
            "event id": Cell(safe_line(event.event_id, NAMES), "quiet"),
        }
        return tuple(words[column.title] for column in columns)


def went(event: Event) -> Cell:
    """To how many webhooks an event went."""
    if not event.webhooks:
        return Cell("⊘ no webhooks then", "quiet")
    webhooks = count(event.webhooks, "webhook")
    if not event.matched:
        return Cell(f"⊘ none of {webhooks}", "warn")
    return Cell(f"✔ {event.matched} of {webhooks}", "good")
