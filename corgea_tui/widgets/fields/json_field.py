"""A field for JSON, or for what becomes JSON."""

from collections.abc import Sequence

from textual.widget import Widget
from textual.widgets import TextArea

from corgea_tui.forms.text_place import TextPosition
from corgea_tui.forms.validation import Messages
from corgea_tui.widgets.fields.field import Field
from corgea_tui.widgets.fields.json_area import JsonArea


class JsonField(Field):
    """Several lines, with the place of the error marked in them."""

    def __init__(self, key: str, label: str, *, hint: str = "", placeholder: str = "") -> None:
        super().__init__(key, label, hint=hint)
        self.area = JsonArea(placeholder=placeholder)
        self._place: TextPosition | None = None

    def controls(self) -> Sequence[Widget]:
        """The text."""
        return (self.area,)

    def show(self, value: object) -> None:
        """Show another text."""
        self.area.load(str(value))

    def mark(self, place: TextPosition | None) -> None:
        """Mark where the error is."""
        self._place = place
        self.area.mark(place)

    def go(self, errors: Messages) -> None:
        """Put the cursor where the error is."""
        super().go(errors)
        if self._place is not None:
            self.area.go_to(self._place)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Something was typed."""
        event.stop()
        self.edited(self.area.exact)
