"""A word to press."""

from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from corgea_tui.text.table import Cell, cell_width
from corgea_tui.widgets.painted import strip_of


class FormButton(Widget, can_focus=True):
    """A word that does something on enter, space or a click: a button as quiet as a link."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "press", show=False, id="form.press"),
    ]

    class Pressed(Message):
        """It was pressed."""

        def __init__(self, button: "FormButton") -> None:
            super().__init__()
            self.button = button

        @property
        def control(self) -> "FormButton":
            """The word."""
            return self.button

    def __init__(
        self,
        label: str,
        *,
        id: str | None = None,  # noqa: A002  # Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.label = label

    def write(self, label: str) -> None:
        """Show another word."""
        if label != self.label:
            self.label = label
            self.refresh(layout=True)

    def action_press(self) -> None:
        """Do it."""
        self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        """Do it."""
        self.focus()
        self.action_press()

    def watch_has_focus(self, _has_focus: bool) -> None:  # noqa: FBT001  # Textual's signature
        """It looks different with the focus."""
        super().watch_has_focus(_has_focus)
        self.refresh()

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        """As wide as the word."""
        return cell_width(self.label)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """One line."""
        return 1

    def render_line(self, y: int) -> Strip:  # noqa: ARG002  # there is only one
        """The word."""
        base = self.rich_style + Style(reverse=self.has_focus)
        return strip_of(self, [Cell(self.label, "accent")], self.size.width, base)
