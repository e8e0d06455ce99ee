"""Bringing the feed what it does not hold: the newest page of a filter, pages of the history."""

from collections.abc import Callable

from corgea_tui.client import Listed
from corgea_tui.history import PageRequest
from corgea_tui.screens.place import Place
from daemon.wire import Delivery

AHEAD = 60
"""Rows below those in sight that are fetched before the reader gets there."""


class FeedLoader:
    """Loads on behalf of a screen, one request of a kind at a time; `changed` is told of rows."""

    def __init__(self, place: Place, changed: Callable[[], None]) -> None:
        self._place = place
        self._session = place.session
        self._changed = changed
        self._fetching: PageRequest | None = None

    def look(self, first: int, last: int, then: Callable[[], None] | None = None) -> bool:
        """See to it that rows `first` to `last` are held; False when nothing had to be fetched."""
        feed, text = self._session.feed, self._session.filter_text
        request = feed.wanted(first, last + AHEAD)
        if request is None:
            return False
        if request == self._fetching:
            return True
        self._fetching = request

        def take(page: Listed[Delivery]) -> None:
            self._fetching = None
            if feed.accept(request, page):
                self._changed()
                if then is not None:
                    then()

        def fail(_: str) -> None:
            self._fetching = None  # asked again with the next look; the link's state is told above

        self._place.call(
            lambda client: client.deliveries(text, request.cursor, request.before),
            take,
            group="history",
            failed=fail,
        )
        return True

    def refilter(self, text: str) -> None:
        """Narrow the feed at once to what it holds, then to what the daemon knows."""
        from corgea_tui.filtering import compiled

        self._session.refilter(text, compiled(text, self._session.now()))
        self._fetching = None
        self._changed()
        self.load()

    def load(self) -> None:
        """Read the newest page that matches the filter in effect."""
        session, text = self._session, self._session.filter_text

        def take(page: Listed[Delivery]) -> None:
            if text == session.filter_text:
                session.feed.load(page)
                self._changed()

        def fail(words: str) -> None:
            session.feed_outdated = True
            self._place.tell(words, "warning")

        session.feed_outdated = False
        self._place.call(lambda client: client.deliveries(text), take, group="filter", failed=fail)
