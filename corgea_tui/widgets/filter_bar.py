"""The filter in effect, the number of rows that match it, and the input for another filter."""

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
"""Seconds without a key after which the typed filter is applied."""
EXAMPLE = "status:failed since:1h http:5xx webhook:NAME -type:user.* words"
Check = Callable[[str], str | None]


class FilterBar(Horizontal):
    """A line that becomes an input while the user edits the filter.

    `check` returns the error of a text, or None. `words` are the values for completion, `rows` is
    the filtered list, and `example` is the placeholder of the input.
    """

    class Changed(Message):
        """The user typed or chose another filter, which is valid."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The user finished editing."""

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
        """The line; the input is mounted by `edit`."""
        yield self._line

    def show(self, counts: str) -> None:
        """Show the number of rows."""
        self._counts = counts
        self._write()

    def set_text(self, text: str) -> None:
        """Show another filter, which was not typed here."""
        self._text = text
        self._write()

    async def edit(self) -> None:
        """Open the input."""
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
        """Apply the filter once the user stops typing."""
        event.stop()
        if self._wait is not None:
            self._wait.stop()
        self._wait = self.set_timer(PAUSE, lambda: self._apply(event.value))

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Apply the filter and close the input, unless the filter is invalid."""
        event.stop()
        if self._apply(event.value):
            await self.leave()
        elif self._problem is not None:  # in full: the line may cut it
            self.notify(safe_line(self._problem), severity="warning", markup=False)

    async def action_cancel(self) -> None:
        """Restore the previous filter."""
        self._apply(self._before)
        await self.leave()

    async def leave(self) -> None:
        """Close the input."""
        if self._wait is not None:
            self._wait.stop()
        if self._input is not None:
            await self._input.remove()
            self._input = None
        self._problem = None
        self._write()
        self.post_message(self.Left())

    def _apply(self, text: str) -> bool:
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
