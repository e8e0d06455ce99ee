"""Reads pages for a feed: the newest page, and pages of the history."""

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from corgea_tui.client.client import Client
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.state.feed import Feed
from corgea_tui.state.history import Dated, PageRequest
from daemon.protocol import Page

T = TypeVar("T", bound=Dated)
Fetch = Callable[[Client, str | None, str | None], Coroutine[Any, Any, Page[T]]]
"""Requests a page: from a cursor on, of the rows created before a time."""

AHEAD = 60
"""Rows below the visible ones that are fetched in advance."""


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
        """The functions to call once the current page is fetched."""
        self.loading = False
        """Whether the newest page is being read."""

    def ensure(self, first: int, last: int, then: Callable[[], None] | None = None) -> None:
        """Fetch rows `first` to `last` if they are not held, and then call `then`."""
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
            self._fetching = None  # requested again later; the status line shows the link

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
        """Read the newest page; the answer is dropped if a later request was made.

        `gap`: changes were missed; the rows do not move while one is selected.
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
