"""Events: what came in, and why it went where it went."""

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from corgea_tui.client.client import Client, Listed
from corgea_tui.client.updates import Update, UpdateBatch
from corgea_tui.screens.actions.finding import SEARCHED, Finder
from corgea_tui.screens.browser import Browser
from corgea_tui.screens.feed_loader import FeedLoader
from corgea_tui.screens.main_screen import anew, needs
from corgea_tui.state.event_row import EventRow, row_of
from corgea_tui.state.filtering import (
    EVENT_KEYS,
    FilterError,
    Matches,
    compiled_for_events,
    known_words,
)
from corgea_tui.state.session import Session
from corgea_tui.text.safe_text import LIMIT
from corgea_tui.text.table import Cell
from corgea_tui.text.words import count
from corgea_tui.views.details import explain_text
from corgea_tui.views.details.lines import Line, plain, quiet
from corgea_tui.views.rows.event_rows import EventRows
from corgea_tui.widgets.feed_view import FeedView
from corgea_tui.widgets.filter_bar import FilterBar
from corgea_tui.widgets.row_list import RowList
from daemon.domain.filters.parser import FilterKey
from daemon.protocol import Event, EventDetail, Explanation

TABS = ("explain", "payload")
EMPTY = "no events yet: e emits a test event"
EXAMPLE = "type:scan.* project:ID since:1h -type:user.* words"
KNOWN = 100
"""Events whose types and projects are proposed in a filter."""
PAGE = 500
"""The largest page that the daemon gives."""
Told = tuple[EventDetail, Sequence[Explanation]]


class EventsScreen(Browser):
    """Place 3."""

    HERE = "events"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "emit", "emit a test event", id="event.emit"),
        Binding("slash", "filter", "filter", key_display="/", id="filter"),
        Binding("T", "jump", "jump to a time", show=False, id="jump"),
        Binding("f", "follow", "follow", id="follow"),
        Binding("n", "unwanted(1)", "next that went nowhere", id="failure.next"),
        Binding("N", "unwanted(-1)", "previous such", show=False, id="failure.previous"),
        Binding("y", "copy", "copy", id="event.copy"),
    ]

    def __init__(self, session: Session) -> None:
        feed = session.events
        self._view = FeedView(feed, EventRows(feed, session.now), id="events")
        super().__init__(session, self._view, TABS)
        self._feed = feed
        self._filter = FilterBar(
            self._problem_in, self._words, example=EXAMPLE, keys=EVENT_KEYS, id="filter"
        )
        self._filter.add_class("bar")
        self._loader = FeedLoader(self, self._feed, self._fetch, self._rows_changed)
        self._finder = Finder(self, self._view, self._feed, self._loader, self._show_filtered)
        self._text = ""
        self._told: Told | None = None

    def body(self) -> Iterable[Widget]:
        """The filter, the events, the explanation."""
        yield self._filter
        yield Container(self.list, self.pane, id="body")

    # --- news

    def known(self, update: Update | None) -> None:
        """Show the events; explain the selected one again when a delivery of it went on."""
        connected = self.session.link_state.connected
        unread = not self._feed.loaded and not self._loader.loading
        if connected and (unread or self.session.events_outdated):
            self._load(gap=self._feed.loaded)
        self._rows_changed()
        selected = self.list.selected
        touched = isinstance(update, UpdateBatch) and any(
            row.event_id == selected for row in update.deliveries
        )
        if touched or anew(update):
            self.read_detail()
        if not isinstance(update, UpdateBatch):
            self.show_detail()

    def _rows_changed(self) -> None:
        self.list.waiting_words = self._waiting_words()
        self.list.update()
        self._show_counts()
        self._loader.look(*self.list.in_sight)

    def _waiting_words(self) -> str:
        if self._feed.loaded:
            return "nothing matches this filter" if self._text else EMPTY
        return self.waiting_words

    def _show_counts(self) -> None:
        feed = self._feed
        total = "10,000+ events" if feed.total is None else count(feed.total, "event")
        words = [total if feed.loaded else ""]
        if feed.new_above:
            words.append(f"{feed.new_above:,} new above")
        words.append("following" if feed.following else "f follows")
        self._filter.show(" · ".join(word for word in words if word))

    # --- the selected event

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Explain another event."""
        event.stop()
        self._told = None
        self._show_counts()
        self.reading()
        self.show_detail()
        if event.key is not None:
            self.read_detail()

    def on_row_list_scrolled(self) -> None:
        """Fetch what comes into sight."""
        self._show_counts()
        self._loader.look(*self.list.in_sight)

    @property
    def selected(self) -> Event | None:
        """The selected event."""
        index = self.list.index
        row = None if index is None else self._feed.row(index)
        return row.event if isinstance(row, EventRow) else None

    def read_detail(self) -> None:
        """Read the selected event and what was decided about it."""
        event = self.selected
        if event is None or not self.detail_in_sight:
            return

        async def both(client: Client) -> Told:
            return await client.event(event.event_id), await client.explain(event.event_id)

        def take(told: Told) -> None:
            if told[0].event_id == self.list.selected:
                self._told = told
                self.show_detail()

        self.reading()
        self.call(both, take, group="explain", failed=self.not_read)

    def show_detail(self) -> None:
        """Show the selected event."""
        event = self.selected
        if event is None:
            hint = "select an event with ↓ to see which webhooks it went to, and why"
            self.pane.show_plain((Cell(""),), [quiet(hint)])
            return
        self.pane.show(event.event_id, explain_text.title(event), self._part())

    def _part(self) -> list[Line]:
        if self._told is None:
            return self.awaited
        detail, found = self._told
        if self.pane.tab == "payload":
            return explain_text.payload(detail, LIMIT)
        return explain_text.explanation(found, detail, self.session.now())

    def full_text(self) -> str:
        """The chosen part of the event, whole."""
        if self._told is None or self.pane.tab != "payload":
            return super().full_text()
        return plain(explain_text.payload(self._told[0], sys.maxsize))

    # --- moving about

    def leave_filter(self) -> None:
        """Show everything again."""
        if self._text:
            self._show_filtered("")

    def action_follow(self) -> None:
        """Back to the newest."""
        self._view.follow()
        self._show_counts()

    def action_unwanted(self, step: int) -> None:
        """Select the next event that no webhook wanted, however far down it is."""
        text = self._text

        async def unwanted(client: Client, before: str, _limit: int) -> Listed[EventRow]:
            return await _unwanted(client, text, before)

        self._finder.next(
            step, "event that went nowhere", lambda row: not row.event.matched, unwanted, text
        )

    def on_feed_view_oldest_wanted(self, event: FeedView.OldestWanted) -> None:
        """Go to the oldest event that the filter lets through."""
        event.stop()
        text = self._text

        async def all_of(client: Client, before: str, limit: int) -> Listed[EventRow]:
            return _rows(await client.events(text, before=before, limit=limit))

        self._finder.oldest(all_of, text)

    # --- the filter

    async def action_filter(self) -> None:
        """Type a filter."""
        self.remove_class("-open")
        await self._filter.edit()

    def action_jump(self) -> None:
        """Show what was there up to a time."""
        from corgea_tui.screens.actions.go_to_time import jump

        jump(self, self._text, self._problem_in, self._show_filtered)

    def _show_filtered(self, text: str, then: Callable[[], None] | None = None) -> None:
        self._filter.set_text(text)
        self._refilter(text, then)

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """Narrow the events."""
        event.stop()
        self._refilter(event.text)

    def on_filter_bar_left(self, event: FilterBar.Left) -> None:
        """Back to the rows."""
        event.stop()
        self.list.focus()

    def _refilter(self, text: str, then: Callable[[], None] | None = None) -> None:
        self._text = text
        self.list.select(None)
        self._feed.refilter(self._compiled(text))
        self._rows_changed()
        self._load(then)

    def _load(self, then: Callable[[], None] | None = None, *, gap: bool = False) -> None:
        self.session.events_outdated = False
        self._loader.load(self._load_failed, then, gap=gap)

    def _load_failed(self, words: str) -> None:
        if not self.session.link_state.connected:
            self.session.events_outdated = True  # read again when the link is back
        self.tell(words, "warning")

    def _compiled(self, text: str) -> Matches[EventRow]:
        passes = compiled_for_events(text, self.session.now())
        return lambda row: passes(row.event)

    async def _fetch(
        self, client: Client, cursor: str | None, before: str | None
    ) -> Listed[EventRow]:
        return _rows(await client.events(self._text, cursor, before))

    def _problem_in(self, text: str) -> str | None:
        try:
            compiled_for_events(text, self.session.now())
        except FilterError as error:
            return str(error)
        return None

    def _words(self) -> dict[FilterKey, list[str]]:
        rows = (self._feed.row(index) for index in range(min(len(self._feed), KNOWN)))
        return known_words((), [row.event for row in rows if isinstance(row, EventRow)])

    # --- acting

    @needs("operator")
    def action_emit(self) -> None:
        """Emit a test event."""
        from corgea_tui.screens.emit_form import EmitForm

        self.app.push_screen(EmitForm(self.session))

    def action_copy(self) -> None:
        """Copy something of the selected event."""
        event = self.selected
        if event is None:
            self.tell("select an event first: ↓", "warning")
            return
        parts = {"event id": event.event_id}
        if self._told is not None:
            self._offer(parts, self._told[0])
        else:  # there was no room to show it
            self.call(
                lambda client: client.event(event.event_id),
                lambda detail: self._offer(parts, detail),
                group="copy",
                failed=lambda _: self._offer(parts, None),
            )

    def _offer(self, parts: dict[str, str], detail: EventDetail | None) -> None:
        from corgea_tui.screens.actions.copying import copy_one_of

        if detail is not None:
            parts["payload"] = explain_text.exact(detail).decode("utf-8", "replace")
        copy_one_of(self, parts)


async def _unwanted(client: Client, text: str, before: str) -> Listed[EventRow]:
    """The next events that no webhook wanted; a cursor where not all were looked through."""
    cursor, seen = None, 0
    while True:
        page = await client.events(text, cursor, before, limit=PAGE)
        found = [row_of(event) for event in page.items if not event.matched]
        cursor, seen = page.next, seen + len(page.items)
        if found or cursor is None or seen >= SEARCHED:
            return Listed(found, cursor, None, page.seq)


def _rows(page: Listed[Event]) -> Listed[EventRow]:
    return Listed([row_of(event) for event in page.items], page.next, page.total, page.seq)
