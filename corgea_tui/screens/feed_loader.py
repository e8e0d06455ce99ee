"""Reads for a feed what it does not hold: its newest page, and pages of the history."""

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from corgea_tui.client.client import Client
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.state.feed import Feed
from corgea_tui.state.history import Dated, PageRequest
from daemon.protocol import Page

T = TypeVar("T", bound=Dated)
Fetch = Callable[[Client, str | None, str | None], Coroutine[Any, Any, Page[T]]]
"""Asks for a page: from a cursor on, of what was made before a time."""

AHEAD = 60
"""Rows below those in sight that are fetched before the reader gets there."""


class FeedLoader(Generic[T]):
    """Loads for a screen, one request of a kind at a time; calls `changed` after new rows."""

    def __init__(
        self, screen: MainScreen, feed: Feed[T], fetch: Fetch[T], changed: Callable[[], None]
    ) -> None:
        self._screen = screen
        self._feed = feed
        self._fetch = fetch
        self._changed = changed
        self._fetching: PageRequest | None = None
        self._next: list[Callable[[], None]] = []
        """What is done once the page that is being fetched is there."""
        self.loading = False
        """Whether the newest page is being read."""

    def look(self, first: int, last: int, then: Callable[[], None] | None = None) -> None:
        """See to it that rows `first` to `last` are held; `then` when some had to be fetched."""
        request = self._feed.missing_page(first, last + AHEAD)
        if request is None:
            return
        if request != self._fetching:
            self._next = []
            self._fetch_page(request)
        if then is not None:
            self._next.append(then)

    def _fetch_page(self, request: PageRequest) -> None:
        self._fetching = request

        def take(page: Page[T]) -> None:
            self._fetching = None
            waiting, self._next = self._next, []
            if self._feed.accept(request, page):
                self._changed()
                for then in waiting:
                    then()

        def fail(_: str) -> None:
            self._fetching = None  # asked again with the next look; the status line shows the link

        self._screen.call(
            lambda client: self._fetch(client, request.cursor, request.before),
            take,
            group="history",
            failed=fail,
        )

    def load(
        self,
        failed: Callable[[str], None],
        then: Callable[[], None] | None = None,
        *,
        gap: bool = False,
    ) -> None:
        """Read the newest page; an answer that comes after another question is dropped.

        `gap`: it is read again because changes were missed, so nothing moves under a reader.
        """
        epoch = self._feed.epoch

        def fail(words: str) -> None:
            self.loading = False
            failed(words)

        def take(page: Page[T]) -> None:
            self.loading = False
            if epoch == self._feed.epoch:
                self._feed.load(page, gap=gap)
                self._changed()
                if then is not None:
                    then()

        self._fetching = None
        self.loading = True
        self._screen.call(
            lambda client: self._fetch(client, None, None), take, group="newest", failed=fail
        )
