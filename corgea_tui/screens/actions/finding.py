"""Moves in the history: to a time, to the next row of a kind, and to the oldest row.

The list scrolls to a near row. For a far row, the filter gets `until:`, so that the list begins
there: the list holds the history only page by page, from its top.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from corgea_tui.client.client import Client
from corgea_tui.screens.dialogs.questions import Prompt
from corgea_tui.screens.feed_loader import FeedLoader
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.state.feed import Feed
from corgea_tui.state.history import Dated
from corgea_tui.state.history_search import just_after, time_near_oldest
from corgea_tui.text.table import Cell
from corgea_tui.widgets.feed_view import FeedView
from daemon.protocol import Page

T = TypeVar("T", bound=Dated)
KEY = "until:"
Ask = Callable[[Client, str, int], Coroutine[Any, Any, Page[T]]]
"""Requests a number of the rows that were created before a time."""
Go = Callable[[str, Callable[[], None]], None]
"""Shows the rows that a filter matches, then calls the function."""

FAR = 2_000
"""Rows to scroll through before the filter is changed instead."""
SEARCHED = 20_000
"""The most rows that are searched for a row that no filter of the daemon finds."""
SOME = 50
"""Rows that are requested so that one of them is new: rows of the same millisecond may be held."""


class Finder(Generic[T]):
    """Finds rows for a screen."""

    def __init__(
        self, screen: MainScreen, view: FeedView, feed: Feed[T], loader: FeedLoader[T], go: Go
    ) -> None:
        self._screen = screen
        self._view = view
        self._feed = feed
        self._loader = loader
        self._go = go

    def next(
        self, step: int, name: str, matches: Callable[[T], bool], ask: Ask[T], text: str
    ) -> None:
        """Select the next row that `matches`; `ask` requests such rows from the daemon.

        `name` is the word for such a row in messages; `text` is the filter in effect.
        """
        feed, index = self._feed, self._view.index
        found = feed.find((-1 if index is None else index) + step, step, matches)
        if found is not None:
            self._view.select(self._view.rows.key(found))
        elif step < 0:
            self._screen.toast(f"no {name} above")
        elif feed.complete:
            self._screen.toast(f"no {name} below")
        elif len(feed) > FAR:
            self._far(name, ask, text)
        else:
            end = len(feed)
            self._loader.ensure(end, end, lambda: self.next(step, name, matches, ask, text))

    def _far(self, name: str, ask: Ask[T], text: str) -> None:
        last = self._feed.row(len(self._feed) - 1)
        if last is None:  # its page was dropped, and is fetched when the list scrolls to it
            self._view.select_last()
            return

        def take(page: Page[T]) -> None:
            row = next((row for row in page.items if self._feed.index_of(row.id) is None), None)
            if row is None:
                self._screen.toast(
                    f"no {name} below"
                    if page.next is None
                    else f"no {name} among the next {SEARCHED:,} rows; T jumps further back"
                )
            else:
                self._go(until(text, just_after(row.created_at)), lambda: self._view.select(row.id))

        self._screen.toast(f"searching the next {name} …")
        self._screen.call(
            lambda client: ask(client, just_after(last.created_at), SOME), take, group="far"
        )

    def oldest(self, ask: Ask[T], text: str) -> None:
        """Go from the last held row to the oldest row."""
        feed, view = self._feed, self._view
        if feed.complete or not feed.loaded or not len(feed):
            return
        here = view.selected
        if feed.total is not None and feed.total <= FAR:
            end = len(feed)

            def on() -> None:
                if view.selected == here:  # else the user has selected another row meanwhile
                    view.select_last()
                    self.oldest(ask, text)

            self._loader.ensure(end, end, on)
            return
        newest = feed.row(0)
        if newest is None:
            return

        async def work(client: Client) -> str:
            async def older(before: str) -> int | None:
                page = await ask(client, before, 1)
                return page.total

            return await time_near_oldest(newest.created_at, older)

        def take(moment: str) -> None:
            if view.selected == here:
                self._go(until(text, moment), view.select_last)

        self._screen.toast("searching the oldest …")
        self._screen.call(work, take, group="far")


def jump(
    screen: MainScreen, text: str, check: Callable[[str], str | None], show: Callable[[str], None]
) -> None:
    """Let the user type a time, and `show` the filter `text` up to it; empty: up to now."""

    def answered(typed: str | None) -> None:
        if typed is not None:
            show(until(text, typed))

    lines = [(Cell("Jump to a time", "here"),)]
    screen.app.push_screen(
        Prompt(
            lines, "1h (ago), yesterday, 2026-01-15T14:00", lambda typed: check(until(text, typed))
        ),
        answered,
    )


def until(text: str, moment: str) -> str:
    """The filter `text` up to another moment; up to now when `moment` is empty."""
    kept = [word for word in text.split(" ") if word and not word.startswith(KEY)]
    return " ".join([*kept, f"{KEY}{moment}"] if moment else kept)
