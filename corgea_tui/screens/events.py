"""The Events screen: the accepted events, and for each webhook why it matched or not."""

import sys
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.client.updates import Update, UpdateBatch
from corgea_tui.screens.actions.finding import SEARCHED
from corgea_tui.screens.feed_screen import FeedScreen
from corgea_tui.screens.main_screen import must_reread, needs
from corgea_tui.state.feed import EventRow, row_of
from corgea_tui.state.filtering import Matches, compiled_for_events, known_words
from corgea_tui.state.session import Session
from corgea_tui.text.safe_text import LIMIT
from corgea_tui.text.table import Cell
from corgea_tui.views.details import explain_text
from corgea_tui.views.details.lines import Line, plain, quiet
from corgea_tui.views.rows.feed_rows import EventRows
from corgea_tui.widgets.filter_bar import FilterBar
from daemon.domain.filters.keys import FilteredList, FilterKey
from daemon.protocol import Event, EventDetail, Explanation, Page

EXAMPLE = "type:scan.* project:ID since:1h -type:user.* words"
PAGE = 500
"""The largest page of the daemon."""
Explained = tuple[EventDetail, Sequence[Explanation]]


class EventsScreen(FeedScreen[EventRow]):
    """Screen 3."""

    SCREEN_NAME = "events"
    NOUN = ("event", "events")
    EMPTY = "no events yet: e emits a test event"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "emit", "emit a test event", id="event.emit"),
        Binding("slash", "filter", "filter", key_display="/", id="filter"),
        Binding("T", "jump", "jump to a time", show=False, id="jump"),
        Binding("f", "follow", "follow", id="follow"),
        Binding("n", "unmatched(1)", "next unmatched", id="failure.next"),
        Binding("N", "unmatched(-1)", "previous unmatched", show=False, id="failure.previous"),
        Binding("y", "copy", "copy", id="event.copy"),
    ]

    def __init__(self, session: Session) -> None:
        feed = session.events
        rows = EventRows(feed, session.now)
        super().__init__(session, feed, rows, ("explain", "payload"), list_id="events")
        self._explained: Explained | None = None

    def filter_bar(self) -> FilterBar:
        """The filter bar, without the filter keys of deliveries."""
        return FilterBar(
            self._problem_in, self._words, example=EXAMPLE, rows=FilteredList.EVENTS, id="filter"
        )

    def compiled(self, text: str) -> Matches[EventRow] | None:
        """A filter of events."""
        passes = compiled_for_events(text, self.session.now())
        return None if passes is None else lambda row: passes(row.event)

    async def page(
        self, client: Client, text: str, cursor: str | None, before: str | None, limit: int
    ) -> Page[EventRow]:
        """A page of events."""
        page = await client.send(calls.events(text, cursor, before, limit))
        return Page([row_of(event) for event in page.items], page.next, page.total, page.seq)

    def known_words(self, rows: Iterable[EventRow]) -> dict[FilterKey, list[str]]:
        """Types and projects of the rows."""
        return known_words((), [row.event for row in rows])

    # --- updates

    @property
    def must_load(self) -> bool:
        """Whether the newest page must be read; also when the screen is first opened."""
        unread = not self._feed.loaded and not self._loader.loading
        return self.session.link_state.connected and (unread or self._feed.outdated)

    def show_changes(self, update: Update | None) -> None:
        """Show the events; explain the selected one again when one of its deliveries changed."""
        self.update_rows()
        selected = self.list.selected
        touched = isinstance(update, UpdateBatch) and any(
            row.event_id == selected for row in update.deliveries
        )
        if touched or must_reread(update):
            self.read_detail()
        if not isinstance(update, UpdateBatch):
            self.show_detail()

    # --- the selected event

    @property
    def _event(self) -> Event | None:
        return None if self.selected is None else self.selected.event

    def forget_detail(self) -> None:
        """Drop the details of the previously selected event."""
        self._explained = None

    def read_detail(self) -> None:
        """Read the selected event and the decisions about it."""
        event = self._event
        if event is None or not self.detail_visible:
            return

        async def both(client: Client) -> Explained:
            return await client.send(calls.event(event.event_id)), await client.send(
                calls.explain(event.event_id)
            )

        def take(explained: Explained) -> None:
            if explained[0].event_id == self.list.selected:
                self._explained = explained
                self.show_detail()

        self.detail_requested()
        self.call(both, take, group="explain", failed=self.detail_failed)

    def show_detail(self) -> None:
        """Show the selected event."""
        event = self._event
        if event is None:
            hint = "select an event with ↓ to see which webhooks it matched, and why"
            self.pane.show_plain((Cell(""),), [quiet(hint)])
            return
        self.pane.show(event.event_id, explain_text.title(event), self._part())

    def _part(self) -> list[Line]:
        if self._explained is None:
            return self.waiting_lines
        detail, found = self._explained
        if self.pane.tab == "payload":
            return explain_text.payload(detail, LIMIT)
        return explain_text.explanation(found, detail, self.session.now())

    def full_text(self) -> str:
        """The chosen part of the event in full length."""
        if self._explained is None or self.pane.tab != "payload":
            return super().full_text()
        return plain(explain_text.payload(self._explained[0], sys.maxsize))

    def action_unmatched(self, step: int) -> None:
        """Select the next event that matched no webhook, however far down it is."""
        text = self._feed.filter_text

        async def unmatched(client: Client, before: str, _limit: int) -> Page[EventRow]:
            return await _unmatched(client, text, before)

        name = "unmatched event"
        self.find_next(step, name, lambda row: not row.event.matched, unmatched)

    # --- actions

    @needs("operator")
    def action_emit(self) -> None:
        """Emit a test event."""
        from corgea_tui.screens.form_screens.emit_form import EmitForm

        self.app.push_screen(EmitForm(self.session))

    def action_copy(self) -> None:
        """Copy a part of the selected event."""
        event = self._event
        if event is None:
            self.toast("first select an event with ↓", "warning")
            return
        parts = {"event id": event.event_id}
        if self._explained is not None:
            self._offer(parts, self._explained[0])
        else:  # the details were not visible
            self.call(
                lambda client: client.send(calls.event(event.event_id)),
                lambda detail: self._offer(parts, detail),
                group="copy",
                failed=lambda _: self._offer(parts, None),
            )

    def _offer(self, parts: dict[str, str], detail: EventDetail | None) -> None:
        from corgea_tui.screens.actions.copying import copy_one_of

        if detail is not None:
            parts["payload"] = explain_text.exact(detail).decode("utf-8", "replace")
        copy_one_of(self, parts)


async def _unmatched(client: Client, text: str, before: str) -> Page[EventRow]:
    """The next events that matched no webhook; with a cursor when the search is incomplete."""
    cursor, seen = None, 0
    while True:
        page = await client.send(calls.events(text, cursor, before, limit=PAGE))
        found = [row_of(event) for event in page.items if not event.matched]
        cursor, seen = page.next, seen + len(page.items)
        if found or cursor is None or seen >= SEARCHED:
            return Page(found, cursor, None, page.seq)
