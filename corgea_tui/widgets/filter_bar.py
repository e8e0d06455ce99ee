"""The filter in effect, how much it leaves, and the line to type another."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.widgets.one_line import OneLine, Word
from daemon.domain.filters.keys import FilteredList

if TYPE_CHECKING:
    from corgea_tui.widgets.filter_input import Words

PAUSE = 0.25
"""Seconds without a key after which a half-typed filter is tried."""
EXAMPLE = "status:failed since:1h http:5xx webhook:NAME -type:user.* words"
Check = Callable[[str], str | None]


class FilterBar(Horizontal):
    """A line that becomes an input when asked.

    `check` says what is wrong with a text, if anything; `words` are values that can be completed,
    `rows` are what is filtered, `example` is what may be typed.
    """

    class Changed(Message):
        """Another filter was typed or chosen; it is valid."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The typing is over."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", id="filter.cancel")
    ]

    def __init__(
        self,
        check: Check,
        words: "Words",
        *,
        example: str = EXAMPLE,
        rows: FilteredList = FilteredList.DELIVERIES,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._example = example
        self._rows = rows
        self._check = check
        self._words = words
        self._text = ""
        self._before = ""
        self._problem: str | None = None
        self._counts = ""
        self._line = OneLine(id="filter-line")
        self._input: Input | None = None
        self._wait: Timer | None = None

    def compose(self) -> ComposeResult:
        """The line; the input comes when it is needed."""
        yield self._line

    def show(self, counts: str) -> None:
        """Show how much there is."""
        self._counts = counts
        self._write()

    def set_text(self, text: str) -> None:
        """Show another filter that came from elsewhere."""
        self._text = text
        self._write()

    async def edit(self) -> None:
        """Let the reader type."""
        if self._input is not None:
            self._input.focus()
            return
        self._before = self._text
        from corgea_tui.widgets.filter_input import FilterInput

        self._input = FilterInput(self._text, self._words, self._example, self._rows)
        await self.mount(self._input, before=self._line)
        self._input.focus()
        self._write()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Try the filter once the keys pause."""
        event.stop()
        if self._wait is not None:
            self._wait.stop()
        self._wait = self.set_timer(PAUSE, lambda: self._try(event.value))

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the filter, unless it is wrong."""
        event.stop()
        if self._try(event.value):
            await self.leave()
        elif self._problem is not None:  # in full: the line has little room for it
            self.notify(safe_line(self._problem), severity="warning", markup=False)

    async def action_cancel(self) -> None:
        """Back to the filter before."""
        self._try(self._before)
        await self.leave()

    async def leave(self) -> None:
        """Take the input away."""
        if self._wait is not None:
            self._wait.stop()
        if self._input is not None:
            await self._input.remove()
            self._input = None
        self._problem = None
        self._write()
        self.post_message(self.Left())

    @property
    def typing(self) -> bool:
        """Whether the input is there."""
        return self._input is not None

    def _try(self, text: str) -> bool:
        text = text.strip()
        self._problem = self._check(text)
        if self._problem is None and text != self._text:
            self._text = text
            self.post_message(self.Changed(text))
        self._write()
        return self._problem is None

    def _write(self) -> None:
        if self._problem is not None:
            self._line.write([Word((Cell(f" {safe_line(self._problem)}", "bad"),))])
            return
        left = []
        if self._input is None:
            text = safe_line(self._text) if self._text else "filter"
            left = [
                Word((Cell(" / ", "accent"), Cell(text, "" if self._text else "quiet")), "filter")
            ]
        self._line.write(left, [Word((Cell(f"{self._counts} ", "quiet"),))])
