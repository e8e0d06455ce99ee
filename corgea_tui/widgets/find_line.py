"""A line to type words in that narrow what is shown; it is there only while it is of use."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FindLine(Input):
    """Posts `Input.Changed` while words are typed, `Left` when the typing is over."""

    class Left(Message):
        """The typing is over; the words stay, unless they were taken back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "take_back", "show all", id="find.cancel"),
        Binding("enter", "leave", "keep", id="find.keep"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, placeholder="words; -word leaves out", compact=True)

    def action_take_back(self) -> None:
        """Show everything again."""
        self.value = ""
        self.action_leave()

    def action_leave(self) -> None:
        """Back to what is read."""
        self.post_message(self.Left())
