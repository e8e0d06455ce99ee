"""The live feed: a list that is followed until the user reads in it (app.md, Behaviour)."""

from typing import Any, Protocol

from textual.message import Message
from textual.timer import Timer

from corgea_tui.state.feed import Feed
from corgea_tui.widgets.row_list import RowList, Rows


class TickingRows(Rows, Protocol):
    """Rows of which some may count seconds."""

    def ticking(self, first: int, last: int) -> bool:
        """Whether a row between these two has to be painted again every second."""
        ...


class FeedView(RowList):
    """Shows a `Feed`. Selecting a row or scrolling down stops following; the top resumes it."""

    class OldestRequested(Message):
        """The last row held is selected; the reader wants the oldest there is."""

    def __init__(self, feed: Feed[Any], rows: TickingRows, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(rows, id=id)
        self._feed = feed
        self._feed_rows = rows
        self._clock: Timer | None = None

    def update(self) -> None:
        """Show the feed as it is now; seconds are counted down only while some are in sight."""
        super().update()
        if self._feed.following and self.scroll_offset.y:
            self.scroll_to(y=0, animate=False)
        ticking = self._feed_rows.ticking(*self.in_sight)
        if ticking and self._clock is None:
            self._clock = self.set_interval(1.0, self._tick)
        elif not ticking and self._clock is not None:
            self._clock.stop()
            self._clock = None

    def follow(self) -> None:
        """Back to the newest."""
        self._feed.follow()
        self.select(None)
        self.scroll_to(y=0, animate=False)
        self.update()

    def select(self, key: str | None, *, see: bool = True) -> None:
        """Select a row; from then on nothing moves."""
        if key is not None:
            self._feed.stop()
        super().select(key, see=see)

    def action_step(self, step: int) -> None:
        """Select the next row; above the top one is the present."""
        if step < 0 and self.index in {0, None}:
            self.follow()
        else:
            super().action_step(step)

    def action_bottom(self) -> None:
        """Select the last row that is held, and ask for the oldest."""
        self.to_last()
        self.post_message(self.OldestRequested())

    def to_last(self) -> None:
        """Select the last row that is held."""
        super().action_bottom()

    def action_top(self) -> None:
        """The newest is the present: follow."""
        self.follow()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Reading further down stops following; coming back to the top resumes it."""
        super().watch_scroll_y(old_value, new_value)
        if new_value > 0:
            self._feed.stop()
        elif old_value > 0 and self.selected is None and not self._feed.following:
            self.follow()

    def _tick(self) -> None:
        self.update()
