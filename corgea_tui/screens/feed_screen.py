"""What the two screens of a feed share: the live rows, their filter, paging, finding and jumping.

Deliveries and Events add their columns, their detail and their actions.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.containers import Container
from textual.widget import Widget

from corgea_tui.client.calls import PAGE
from corgea_tui.client.client import Client
from corgea_tui.screens.actions.finding import Ask, Finder
from corgea_tui.screens.browser import Browser
from corgea_tui.screens.feed_loader import FeedLoader
from corgea_tui.state.feed import Feed, Gap
from corgea_tui.state.history import Dated
from corgea_tui.state.session import Session
from corgea_tui.text.words import count
from corgea_tui.widgets.feed_view import FeedView, TickingRows
from corgea_tui.widgets.filter_bar import FilterBar
from corgea_tui.widgets.row_list import RowList
from daemon.protocol import Page

if TYPE_CHECKING:
    from corgea_tui.state.filtering import Matches
    from daemon.domain.filters.keys import FilterKey

T = TypeVar("T", bound=Dated)

SAMPLED = 100
"""Rows at the top whose types and projects a filter completes."""


class FeedScreen(Browser, Generic[T]):
    """A feed with the selected row in full. Subclasses give what is abstract here."""

    NOUN: ClassVar[tuple[str, str]]
    """What a row is called: one of them, several."""
    EMPTY: ClassVar[str]
    """What an unfiltered feed without rows says."""

    def __init__(
        self,
        session: Session,
        feed: Feed[T],
        rows: TickingRows,
        tabs: tuple[str, ...],
        *,
        list_id: str,
    ) -> None:
        self._view = FeedView(feed, rows, id=list_id)
        super().__init__(session, self._view, tabs)
        self._feed = feed
        self._filter = self.filter_bar()
        self._filter.add_class("bar")
        self._loader = FeedLoader(self, feed, self._fetch, self._rows_changed)
        self._finder = Finder(self, self._view, feed, self._loader, self._show_filtered)

    def body(self) -> Iterable[Widget]:
        """The filter, the feed, the detail."""
        yield self._filter
        yield Container(self.list, self.pane, id="body")

    # --- what differs

    def filter_bar(self) -> FilterBar:
        """The line of the filter."""
        return FilterBar(self._problem_in, self._words, id="filter")

    def compiled(self, text: str) -> "Matches[T] | None":
        """A filter as a predicate, None when it lets everything through; `FilterError`."""
        raise NotImplementedError

    async def page(
        self, client: Client, text: str, cursor: str | None, before: str | None, limit: int
    ) -> Page[T]:
        """A page of rows that the filter `text` lets through, of those made `before` a time."""
        raise NotImplementedError

    def known_words(self, rows: Iterable[T]) -> "Mapping[FilterKey, Iterable[str]]":
        """Values that the filter completes, from the `rows` at the top."""
        raise NotImplementedError

    def forget_detail(self) -> None:
        """Drop what was read of the row that was selected before."""
        raise NotImplementedError

    # --- the rows

    @property
    def selected(self) -> T | None:
        """The selected row."""
        index = self.list.index
        row = None if index is None else self._feed.row(index)
        return None if isinstance(row, Gap) else row

    @property
    def must_load(self) -> bool:
        """Whether the newest page must be read now."""
        return self._feed.outdated and self.session.link_state.connected

    def update_rows(self) -> None:
        """Show the feed as it is now; read its newest page where that is needed."""
        if self.must_load:
            self._load(gap=self._feed.loaded)
        self._rows_changed()

    def _rows_changed(self) -> None:
        self.list.waiting_words = self._waiting_words()
        self.list.update()
        self.on_row_list_scrolled()

    def _waiting_words(self) -> str:
        if self._feed.loaded:
            return "nothing matches this filter" if self._feed.filter_text else self.EMPTY
        return self.waiting_words

    def _show_counts(self) -> None:
        feed = self._feed
        one, several = self.NOUN
        total = f"10,000+ {several}" if feed.total is None else count(feed.total, one, several)
        words = [total if feed.loaded else ""]
        if feed.marks:
            words.append(f"{len(feed.marks):,} marked")
        if feed.new_above:
            words.append(f"{feed.new_above:,} new above")
        if feed.order:
            words.append(feed.order)
        words.append("following" if feed.following else "f follows")
        self._filter.show(" · ".join(word for word in words if word))

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Show another row in full."""
        event.stop()
        self.forget_detail()
        self._show_counts()
        self.detail_requested()
        self.show_detail()
        if event.key is not None:
            self.read_detail()

    def on_row_list_scrolled(self) -> None:
        """Fetch rows a little before they come into sight."""
        self._show_counts()
        self._loader.look(*self.list.visible_rows)

    # --- moving about

    def action_follow(self) -> None:
        """Back to the newest, and to the usual order."""
        if self._feed.order:
            self._refilter(self._feed.filter_text)
        self._view.follow()
        self._show_counts()

    def find_next(self, step: int, name: str, matches: Callable[[T], bool], ask: Ask[T]) -> None:
        """Select the next row that `matches` in direction `step`, however far away it is.

        `name` is the word for such a row; `ask` asks the daemon for such rows only.
        """
        self._finder.next(step, name, matches, ask, self._feed.filter_text)

    def on_feed_view_oldest_requested(self, event: FeedView.OldestRequested) -> None:
        """Go to the oldest row that the filter lets through."""
        event.stop()
        text = self._feed.filter_text

        async def older(client: Client, before: str, limit: int) -> Page[T]:
            return await self.page(client, text, None, before, limit)

        self._finder.oldest(older, text)

    def action_jump(self) -> None:
        """Show what was there up to a time."""
        from corgea_tui.screens.actions.finding import jump

        jump(self, self._feed.filter_text, self._problem_in, self._show_filtered)

    # --- the filter

    async def action_filter(self) -> None:
        """Type a filter."""
        self.remove_class("-open")
        await self._filter.edit()

    def leave_filter(self) -> None:
        """Show everything again."""
        if self._feed.filter_text:
            self._show_filtered("")

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """Narrow the feed."""
        event.stop()
        self._refilter(event.text)

    def on_filter_bar_left(self, event: FilterBar.Left) -> None:
        """Back to the rows."""
        event.stop()
        self.list.focus()

    def _show_filtered(self, text: str, then: Callable[[], None] | None = None) -> None:
        self._filter.set_text(text)
        self._refilter(text, then)

    def _refilter(self, text: str, then: Callable[[], None] | None = None) -> None:
        """Narrow the feed at once to what it holds, then to what the daemon knows."""
        self.list.select(None)
        self._feed.refilter(text, self.compiled(text))
        self._rows_changed()
        self._load(then)

    def _problem_in(self, text: str) -> str | None:
        from corgea_tui.state.filtering import FilterError

        try:
            self.compiled(text)
        except FilterError as error:
            return str(error)
        return None

    def _words(self) -> "Mapping[FilterKey, Iterable[str]]":
        top = (self._feed.row(index) for index in range(min(len(self._feed), SAMPLED)))
        return self.known_words(
            [row for row in top if row is not None and not isinstance(row, Gap)]
        )

    # --- loading

    def _load(self, then: Callable[[], None] | None = None, *, gap: bool = False) -> None:
        self._feed.outdated = False
        self._loader.load(self._load_failed, then, gap=gap)

    def _load_failed(self, words: str) -> None:
        if not self.session.link_state.connected:
            self._feed.outdated = True  # read again when the link is back
        self.toast(words, "warning")

    async def _fetch(self, client: Client, cursor: str | None, before: str | None) -> Page[T]:
        return await self.page(client, self._feed.filter_text, cursor, before, PAGE)
