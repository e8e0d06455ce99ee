"""The base of the two screens of a feed: live rows, filter, paging, search and jumps.

Deliveries and Events add their columns, their details and their actions.
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
"""Rows at the top whose types and projects the filter completes."""


class FeedScreen(Browser, Generic[T]):
    """A feed with the details of the selected row. Subclasses define the abstract methods."""

    NOUN: ClassVar[tuple[str, str]]
    """The noun for a row, singular and plural."""
    EMPTY: ClassVar[str]
    """The words of an unfiltered feed without rows."""

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
        """The filter, the feed, the details."""
        yield self._filter
        yield Container(self.list, self.pane, id="body")

    # --- for subclasses

    def filter_bar(self) -> FilterBar:
        """The filter bar."""
        return FilterBar(self._problem_in, self._words, id="filter")

    def compiled(self, text: str) -> "Matches[T] | None":
        """A filter as a predicate; None when it matches all. Raises `FilterError`."""
        raise NotImplementedError

    async def page(
        self, client: Client, text: str, cursor: str | None, before: str | None, limit: int
    ) -> Page[T]:
        """A page of the rows that the filter `text` matches, created `before` a time."""
        raise NotImplementedError

    def known_words(self, rows: Iterable[T]) -> "Mapping[FilterKey, Iterable[str]]":
        """The values for the filter's completion, from the `rows` at the top."""
        raise NotImplementedError

    def forget_detail(self) -> None:
        """Drop the details of the previously selected row."""
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
        """Show the current feed; read its newest page if necessary."""
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
        """Show the details of the selected row."""
        event.stop()
        self.forget_detail()
        self._show_counts()
        self.detail_requested()
        self.show_detail()
        if event.key is not None:
            self.read_detail()

    def on_row_list_scrolled(self) -> None:
        """Fetch rows shortly before they become visible."""
        self._show_counts()
        self._loader.ensure(*self.list.visible_rows)

    # --- moves

    def action_follow(self) -> None:
        """Follow the newest rows again, in the default order."""
        if self._feed.order:
            self._refilter(self._feed.filter_text)
        self._view.follow()
        self._show_counts()

    def find_next(self, step: int, name: str, matches: Callable[[T], bool], ask: Ask[T]) -> None:
        """Select the next row that `matches` in direction `step`, also outside the held rows.

        `name` is the word for such a row; `ask` requests such rows from the daemon.
        """
        self._finder.next(step, name, matches, ask, self._feed.filter_text)

    def on_feed_view_oldest_requested(self, event: FeedView.OldestRequested) -> None:
        """Go to the oldest row that the filter matches."""
        event.stop()
        text = self._feed.filter_text

        async def older(client: Client, before: str, limit: int) -> Page[T]:
            return await self.page(client, text, None, before, limit)

        self._finder.oldest(older, text)

    def action_jump(self) -> None:
        """Show the rows up to a time."""
        from corgea_tui.screens.actions.finding import jump

        jump(self, self._feed.filter_text, self._problem_in, self._show_filtered)

    # --- the filter

    async def action_filter(self) -> None:
        """Open the input of the filter."""
        self.remove_class("-open")
        await self._filter.edit()

    def leave_filter(self) -> None:
        """Clear the filter."""
        if self._feed.filter_text:
            self._show_filtered("")

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """Apply the changed filter."""
        event.stop()
        self._refilter(event.text)

    def on_filter_bar_left(self, event: FilterBar.Left) -> None:
        """Focus the rows."""
        event.stop()
        self.list.focus()

    def _show_filtered(self, text: str, then: Callable[[], None] | None = None) -> None:
        self._filter.set_text(text)
        self._refilter(text, then)

    def _refilter(self, text: str, then: Callable[[], None] | None = None) -> None:
        """Filter the held rows at once, then read the daemon's matching rows."""
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
