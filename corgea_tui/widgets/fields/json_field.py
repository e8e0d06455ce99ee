"""A text area for JSON, or for a template that renders to JSON."""

import re
from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widget import Widget
from textual.widgets import TextArea

from corgea_tui.forms.text import TextPosition, pasted, visible
from corgea_tui.forms.validation import Messages
from corgea_tui.widgets.fields.entry import TextEntry
from corgea_tui.widgets.fields.field import Field
from corgea_tui.widgets.painted import theme_styles

_NEVER = "ctrl+z,super+z"
"""Suspends in many terminals (app.md, Keys)."""
_TOKEN = re.compile(
    r"(?P<accent>\{\{[^{}]*\}\})"
    r'|(?P<name>"(?:[^"\\{]|\\.|\{(?!\{))*")(?=\s*:)'
)


_MARKED = Style(reverse=True)


def _is_never(binding: BindingType) -> bool:
    return isinstance(binding, Binding) and binding.key == _NEVER


class JsonArea(TextArea, inherit_bindings=False):
    """A text area without tree-sitter that colours placeholders and names and marks an error.

    A loaded text that the user did not change is returned exactly (`exact`).
    """

    virtual_size = Reactive(Size(0, 0))
    """The reactive of every widget; here only another number of lines lays the form out again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(each for each in TextArea.BINDINGS if not _is_never(each)),
        Binding("ctrl+underscore,f6", "undo", "undo", show=False, id="text.undo"),
    ]

    def __init__(self, *, placeholder: str = "") -> None:
        self._loaded = ""
        self._wrong: TextPosition | None = None
        super().__init__(compact=True, placeholder=placeholder, highlight_cursor_line=False)
        self.match_cursor_bracket = False
        self.cursor_blink = False  # an idle app paints nothing

    def watch_virtual_size(self, old: Size, new: Size) -> None:
        """Grow with the text."""
        if old.height != new.height:
            self.refresh(layout=True)

    @property
    def exact(self) -> str:
        """The entered text."""
        return self._loaded if self.text == visible(self._loaded) else self.text

    def load(self, text: str) -> None:
        """Show another text; nothing is posted."""
        if text != self.exact:
            self._loaded = text
            with self.prevent(TextArea.Changed):
                self.load_text(visible(text))

    def mark(self, position: TextPosition | None) -> None:
        """Mark the position of the error; None: there is none."""
        if position != self._wrong:
            self._wrong = position
            self.notify_style_update()  # paints the lines again

    def go_to(self, position: TextPosition) -> None:
        """Put the cursor at the error."""
        self.move_cursor((position.line - 1, position.column - 1))

    def get_line(self, line_index: int) -> Text:
        """A line with its styles."""
        text = super().get_line(line_index)
        styles = theme_styles(self).styles
        for match in _TOKEN.finditer(text.plain):
            text.stylize(styles[match.lastgroup or "quiet"], *match.span())
        wrong = self._wrong
        if wrong is not None and wrong.line == line_index + 1:
            start = max(0, min(wrong.column, len(text.plain)) - 1)
            text.stylize(styles["bad"] + _MARKED, start, start + 1)
        return text

    def on_paste(self, event: events.Paste) -> None:
        """Insert pasted text without its invisible characters."""
        event.prevent_default()
        event.stop()
        kept, missing = pasted(event.text)
        if missing:
            self.post_message(TextEntry.LeftOut(missing))
        if not self.read_only:
            self.move_cursor(self.replace(kept, *self.selection).end_location)


class JsonField(Field):
    """A text area in which the position of the error is marked."""

    def __init__(self, key: str, label: str, *, hint: str = "", placeholder: str = "") -> None:
        super().__init__(key, label, hint=hint)
        self.area = JsonArea(placeholder=placeholder)
        self._position: TextPosition | None = None

    def controls(self) -> Sequence[Widget]:
        """The text area."""
        return (self.area,)

    def show(self, value: object) -> None:
        """Show another text."""
        self.area.load(str(value))

    def mark(self, position: TextPosition | None) -> None:
        """Mark the position of the error."""
        self._position = position
        self.area.mark(position)

    def go(self, errors: Messages) -> None:
        """Put the cursor at the error."""
        super().go(errors)
        if self._position is not None:
            self.area.go_to(self._position)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Post the typed text."""
        event.stop()
        self.edited(self.area.exact)
