"""Fields of a webhook's form that are like no others."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from corgea_tui.forms.fields.entry import Entry
from corgea_tui.forms.fields.field import Field, Note, noted
from corgea_tui.forms.fields.json_area import JsonArea
from corgea_tui.forms.text_place import Place
from corgea_tui.forms.verdict import Messages
from corgea_tui.forms.webhook_draft import BlankEntry
from corgea_tui.safe_text import safe


class FactField(Field):
    """Not entered, but worked out of what was."""

    def __init__(self, key: str, label: str) -> None:
        super().__init__(key, label)
        self._text = Static(markup=False)

    def controls(self) -> Sequence[Widget]:
        """The fact."""
        return (self._text,)

    def show(self, value: object) -> None:
        """Show another fact."""
        self._text.update(Content(safe(str(value))))


class JsonField(Field):
    """JSON, or what becomes JSON, with the place of the error marked in it."""

    def __init__(self, key: str, label: str, *, hint: str = "", placeholder: str = "") -> None:
        super().__init__(key, label, hint=hint)
        self.area = JsonArea(placeholder=placeholder)
        self._place: Place | None = None

    def controls(self) -> Sequence[Widget]:
        """The text."""
        return (self.area,)

    def show(self, value: object) -> None:
        """Show another text."""
        self.area.load(str(value))

    def mark(self, place: Place | None) -> None:
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


class _BlankLine(Vertical):
    """A gap to fill: its name, a line to type in, what is wrong."""

    def __init__(self, blank: BlankEntry) -> None:
        super().__init__(classes="row-line")
        self.blank = blank
        self.entry = Entry(blank.value, placeholder=blank.hint, hidden=blank.secret)
        self._note: Note | None = None

    def compose(self) -> Sequence[Widget]:
        """Name and line."""
        name = Static(Content(f"{self.blank.title} "), classes="blank-name", markup=False)
        return (Horizontal(name, self.entry),)

    def judge(self, errors: Sequence[str]) -> None:
        """Say what is wrong."""
        self._note = noted(self, self._note, errors, ())


class BlanksField(Field):
    """What a destination's template leaves to the user; not there when it leaves nothing."""

    def __init__(self, key: str, label: str, *, hint: str = "") -> None:
        super().__init__(key, label, hint=hint)
        self._lines: list[_BlankLine] = []
        self._rows = Vertical(classes="rows")
        self.display = False

    def controls(self) -> Sequence[Widget]:
        """A line for each gap."""
        return (self._rows,)

    def show(self, value: object) -> None:
        """Show other gaps, or other fillings."""
        blanks = cast("tuple[BlankEntry, ...]", value)
        if [line.blank.title for line in self._lines] != [blank.title for blank in blanks]:
            self._rows.remove_children()
            self._lines = [_BlankLine(blank) for blank in blanks]
            self._rows.mount_all(self._lines)
        for line, blank in zip(self._lines, blanks, strict=True):
            line.blank = blank
            line.entry.load(blank.value)
        self.display = bool(blanks)

    def judge(self, errors: Messages, warnings: Messages) -> None:  # noqa: ARG002  # there are none
        """Say which gaps are still open."""
        for line in self._lines:
            line.judge(errors.get(f"{self.key}.{line.blank.title}", ()))

    def on_input_changed(self, event: Input.Changed) -> None:
        """A gap was filled."""
        event.stop()
        for line in self._lines:
            line.blank = replace(line.blank, value=line.entry.text)
        self.edited(tuple(line.blank for line in self._lines))
