"""A button without a frame."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static


class FormButton(Static, can_focus=True):
    """A word that posts `Pressed` on enter, space or a click.

    Textual's Button is at least three cells wider than its label, takes no space key, and paints
    itself a second time after each press, which is slow over SSH.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "press", show=False, id="form.press"),
    ]

    class Pressed(Message):
        """The user pressed the button."""

        def __init__(self, button: "FormButton") -> None:
            super().__init__()
            self.button = button

        @property
        def control(self) -> "FormButton":
            """The button."""
            return self.button

    def __init__(
        self,
        label: str,
        *,
        id: str | None = None,  # noqa: A002  # Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(Content(label), id=id, classes=classes)
        self.label = label

    def write(self, label: str) -> None:
        """Show another label."""
        if label != self.label:
            self.label = label
            self.update(Content(label))

    def action_press(self) -> None:
        """Post `Pressed`."""
        self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        """Take the focus, and do the same as the key."""
        self.focus()
        self.action_press()
