"""Lines whose end is followed, as of a log, until the reader scrolls back."""

from textual.message import Message

from corgea_tui.widgets.lines_view import LinesView


class TailView(LinesView):
    """A `LinesView` that can stay at its end. Posts `Turned` when following starts or stops."""

    class Turned(Message):
        """The reader scrolled away from the end, or came back to it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._tailing = False
        self.following = False
        """Whether the end is in sight and stays there."""

    def tail(self, *, on: bool) -> None:
        """Stay at the end from now on, or never mind it."""
        self._tailing = self.following = on
        self._to_end()

    def _to_end(self) -> None:
        if self.following:
            # At once, though the scrollbar is not there yet: else the top would flash up.
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)

    def _arrange(self) -> None:
        super()._arrange()
        self._to_end()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Notice that the reader leaves the end, or comes back."""
        super().watch_scroll_y(old_value, new_value)
        following = self._tailing and new_value >= self.max_scroll_y
        if following != self.following:
            self.following = following
            self.post_message(self.Turned())
