"""The fields of a form below each other."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll

from corgea_tui.widgets.fields.field import Field


class Section(Vertical):
    """Fields that belong together."""

    def __init__(self, *fields: Field) -> None:
        super().__init__(*fields, classes="section")
        self.fields = fields


class FieldColumn(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The fields, scrolled by whatever has the focus; by itself where nothing can be entered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", "down", show=False, id="column.down"),
        Binding("up,k", "scroll_up", "up", show=False, id="column.up"),
        Binding("pagedown", "page_down", "page down", show=False, id="column.page_down"),
        Binding("pageup", "page_up", "page up", show=False, id="column.page_up"),
        Binding("home,g", "scroll_home", "top", show=False, id="column.top"),
        Binding("end,G", "scroll_end", "end", show=False, id="column.end"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Its keys are not for the fields inside it."""
        return self.has_focus

    def freeze(self) -> None:
        """Let nothing be entered, only read."""
        self.can_focus = True
        for section in self.query(Section):
            section.disabled = True
        self.call_after_refresh(self.focus)  # after the screen has looked for a field
