"""The gaps in a destination's template that only the user can fill."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from corgea_tui.forms.validation import Messages
from corgea_tui.forms.webhook_draft import BlankEntry
from corgea_tui.widgets.fields.entry import TextEntry
from corgea_tui.widgets.fields.field import Field, FieldNote, noted


class _BlankLine(Vertical):
    """A gap to fill: its name, a line to type in, what is wrong."""

    def __init__(self, blank: BlankEntry) -> None:
        super().__init__(classes="row-line")
        self.blank = blank
        self.entry = TextEntry(blank.value, placeholder=blank.hint, hidden=blank.secret)
        self._note: FieldNote | None = None

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
