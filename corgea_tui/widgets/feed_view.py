"""The live feed: a list that follows new rows until the user selects one (app.md, Behaviour)."""

from typing import Any, Protocol

from textual.message import Message
from textual.timer import Timer

from corgea_tui.state.feed import Feed
from corgea_tui.widgets.row_list import RowList, Rows


class TickingRows(Rows, Protocol):
    """Rows of which some may count seconds."""

    def ticking(self, first: int, last: int) -> bool:
        """Whether a row from `first` to `last` has to be painted again every second."""
        ...


class FeedView(RowList):
    """Shows a `Feed`. Selecting a row or scrolling down stops following; the top resumes it."""

    class OldestRequested(Message):
        """The last held row is selected, and the user requested the oldest row of all."""

    def __init__(self, feed: Feed[Any], rows: TickingRows, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(rows, id=id)
        self._feed = feed
        self._feed_rows = rows
        self._clock: Timer | None = None

    def update(self) -> None:
        """Show the current feed; the clock runs only while a visible row counts seconds."""
        super().update()
        if self._feed.following and self.scroll_offset.y:
            self.scroll_to(y=0, animate=False)
        ticking = self._feed_rows.ticking(*self.visible_rows)
        if ticking and self._clock is None:
            self._clock = self.set_interval(1.0, self._tick)
        elif not ticking and self._clock is not None:
            self._clock.stop()
            self._clock = None

    def follow(self) -> None:
        """Follow the feed again, from its newest row."""
        self._feed.follow()
        self.select(None)
        self.scroll_to(y=0, animate=False)
        self.update()

    def select(self, key: str | None, *, see: bool = True) -> None:
        """Select a row and stop following, so that the rows do not move."""
        if key is not None:
            self._feed.stop()
        super().select(key, see=see)

    def action_step(self, step: int) -> None:
        """Select the next row in direction `step`; above the top row, follow again."""
        if step < 0 and self.index in {0, None}:
            self.follow()
        else:
            super().action_step(step)

    def action_bottom(self) -> None:
        """Select the last held row and request the oldest row."""
        self.select_last()
        self.post_message(self.OldestRequested())

    def select_last(self) -> None:
        """Select the last held row."""
        super().action_bottom()

    def action_top(self) -> None:
        """Follow the feed again, from its newest row."""
        self.follow()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Stop following when the user scrolls down; follow again at the top."""
        super().watch_scroll_y(old_value, new_value)
        if new_value > 0:
            self._feed.stop()
        elif old_value > 0 and self.selected is None and not self._feed.following:
            self.follow()

    def _tick(self) -> None:
        self.update()
