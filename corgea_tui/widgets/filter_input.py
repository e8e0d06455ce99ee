"""Inputs that select the rows of a screen: the filter with its completion, and plain words."""

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from daemon.domain.filters.completion import complete
from daemon.domain.filters.keys import FilteredList, FilterKey

Words = Callable[[], Mapping[FilterKey, Iterable[str]]]


class FilterSuggester(Suggester):
    """Proposes the first completion at the end of a filter over `rows`."""

    def __init__(self, words: Words, rows: FilteredList) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._words = words
        self._rows = rows

    async def get_suggestion(self, value: str) -> str | None:
        """The line with its first completion; None when there is none."""
        found = complete(value, len(value), self._words(), of=self._rows)
        typed = value[found.start :]
        for item in found.items:
            if typed and item.text.startswith(typed) and item.text != typed:
                return value[: found.start] + item.text
        return None


class FilterInput(Input):
    """A line for a filter; tab takes the proposal."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "cursor_right_or_end", "complete", id="filter.complete"),
        Binding("enter", "submit", "apply", id="filter.apply"),
    ]

    def __init__(self, text: str, words: Words, example: str, rows: FilteredList) -> None:
        super().__init__(
            text,
            placeholder=example,
            suggester=FilterSuggester(words, rows),
            compact=True,
            select_on_focus=False,
        )

    def action_cursor_right_or_end(self) -> None:
        """Accept the whole proposal."""
        self.cursor_position = len(self.value)
        self.action_cursor_right()


class FindLine(Input):
    """Posts `Input.Changed` while the user types words, and `Left` when the user finished."""

    class Left(Message):
        """The user finished typing; the words stay, unless they were cleared."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "show all", id="find.cancel"),
        Binding("enter", "leave", "keep", id="find.keep"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, placeholder="words; -word excludes", compact=True)

    def action_clear(self) -> None:
        """Show all rows again."""
        self.value = ""
        self.action_leave()

    def action_leave(self) -> None:
        """Post that the user finished typing."""
        self.post_message(self.Left())
