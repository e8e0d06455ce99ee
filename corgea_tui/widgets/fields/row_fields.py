"""The fields that hold several rows: conditions, custom headers, blanks of a template."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from corgea_tui.forms.suggestions import KnownValues, Proposal, propose_values, propose_words
from corgea_tui.forms.validation import Messages
from corgea_tui.forms.webhook_draft import BlankEntry, ConditionRow, HeaderRow
from corgea_tui.widgets.fields.dropdown import Choice, Dropdown
from corgea_tui.widgets.fields.entry import Suggesting, TextEntry
from corgea_tui.widgets.fields.field import Field, FieldNote, show_note
from corgea_tui.widgets.fields.rows_field import RowLine, RowsField
from corgea_tui.widgets.fields.ticks import Item, Ticks
from daemon.domain.destinations import GUIDES
from daemon.domain.matching.conditions import LIST_OPERATORS, OPERATORS, UNARY_OPERATORS

NOTES = {
    "in": "equals one of several values",
    "not_in": "equals none of several values",
    "contains": "a text in a text, an item in a list",
    "present": "the path exists",
    "missing": "the path does not exist",
}
CHOICES: list[Choice] = [(op, op, NOTES.get(op, "")) for op in OPERATORS]
HEADER_NAMES = tuple(
    dict.fromkeys(
        ("Authorization", "X-API-Key", *(header.name for one in GUIDES for header in one.headers))
    )
)
"""Header names that are proposed."""


class ConditionLine(RowLine[ConditionRow]):
    """Path, operator, value."""

    def __init__(self, row: ConditionRow, field: "ConditionsField") -> None:
        super().__init__(row)
        self._field = field
        self._path = Suggesting(
            row.path, propose=self._paths, placeholder="data.urgency", classes="condition-path"
        )
        self._op = Dropdown(CHOICES, row.op, classes="condition-op")
        self._value = Suggesting(row.value, propose=self._values, classes="condition-value")

    def controls(self) -> Sequence[Widget]:
        """Path, operator, value."""
        return (self._path, self._op, self._value)

    def part(self, name: str) -> Widget:
        """Operator or value, or the whole row, which begins with the path."""
        return {"op": self._op, "value": self._value}.get(name, self)

    def on_mount(self) -> None:
        """Show the row."""
        self.load(self.row)

    def load(self, row: ConditionRow) -> None:
        """Show another row."""
        self._path.entry.load(row.path)
        self._op.load(row.op)
        self._value.entry.load(row.value)
        self._update_controls()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take over the typed path and value."""
        event.stop()
        self.take(replace(self.row, path=self._path.entry.text, value=self._value.entry.text))

    def on_dropdown_chosen(self, event: Dropdown.Chosen) -> None:
        """Take over the chosen operator."""
        event.stop()
        self.take(replace(self.row, op=event.value))
        self._update_controls()

    def _update_controls(self) -> None:
        no_value = self.row.op in UNARY_OPERATORS
        self._value.entry.disabled = no_value
        several = self._value.several = self.row.op in LIST_OPERATORS
        self._value.entry.placeholder = "" if no_value else "CR, HI" if several else "value"

    def _paths(self, text: str) -> list[Proposal]:
        return propose_words(self._field.known.paths(self._field.event_types))(text)

    def _values(self, text: str) -> list[Proposal]:
        values = self._field.known.values(self.row.path.strip())
        return propose_values(text, self.row.op, values)


class ConditionsField(RowsField[ConditionRow]):
    """The conditions of a webhook; all must hold."""

    def __init__(
        self, key: str, label: str, add: str, known: KnownValues, *, hint: str = ""
    ) -> None:
        super().__init__(key, label, add, hint=hint)
        self.known = known
        self.event_types: Sequence[str] = ()
        """The subscribed event types; the paths of their data are proposed."""

    def line(self, row: ConditionRow) -> ConditionLine:
        """A widget for a row."""
        return ConditionLine(row, self)

    def empty(self) -> ConditionRow:
        """A row to begin with."""
        return ConditionRow()


class HeaderLine(RowLine[HeaderRow]):
    """Name, value, and whether the value is a credential, which is typed hidden."""

    def __init__(self, row: HeaderRow) -> None:
        super().__init__(row)
        self._header = Suggesting(
            row.name, propose=propose_words(HEADER_NAMES), placeholder="name", classes="header-name"
        )
        self._prefix = Static(Content(row.prefix), classes="header-prefix", markup=False)
        self._value = TextEntry(row.value, hidden=row.hidden, classes="header-value")
        self._credential = Ticks([Item("credential", "credential")], classes="header-credential")

    def controls(self) -> Sequence[Widget]:
        """Name, value, credential."""
        return (self._header, self._prefix, self._value, self._credential)

    def part(self, name: str) -> Widget:
        """The value, or the whole row, which begins with the name."""
        return self._value if name == "value" else self

    @property
    def notes(self) -> Sequence[str]:
        """Where to find the value, while it is empty."""
        row = self.row
        return () if row.value or not row.hint else (f"{row.name}: {row.hint}",)

    def on_mount(self) -> None:
        """Show the row."""
        self.load(self.row)

    def load(self, row: HeaderRow) -> None:
        """Show another row."""
        self._header.entry.load(row.name)
        self._value.load(row.value)
        self._prefix.update(Content(row.prefix))
        self._prefix.display = bool(row.prefix)
        self._update_controls(row)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take over the typed name and value."""
        event.stop()
        self.take(replace(self.row, name=self._header.entry.text, value=self._value.text))
        self._update_controls(self.row)

    def on_ticks_ticked(self, event: Ticks.Ticked) -> None:
        """Take over whether the value is a credential."""
        event.stop()
        self.take(replace(self.row, credential=bool(event.values)))
        self._update_controls(self.row)

    def _update_controls(self, row: HeaderRow) -> None:
        self._value.password = row.hidden
        self._credential.load(("credential",) if row.hidden else ())
        if row.kept is not None:
            self._value.placeholder = f"{row.kept} kept · type to replace"
        else:
            self._value.placeholder = "value"


class HeadersField(RowsField[HeaderRow]):
    """The custom headers of a webhook."""

    def line(self, row: HeaderRow) -> HeaderLine:
        """A widget for a row."""
        return HeaderLine(row)

    def empty(self) -> HeaderRow:
        """A row to begin with."""
        return HeaderRow()


class _BlankLine(Vertical):
    """A blank of a template: its name, an entry, and its errors."""

    def __init__(self, blank: BlankEntry) -> None:
        super().__init__(classes="row-line")
        self.blank = blank
        self.entry = TextEntry(blank.value, placeholder=blank.hint, hidden=blank.secret)
        self._note: FieldNote | None = None

    def compose(self) -> Sequence[Widget]:
        """Name and entry."""
        name = Static(Content(f"{self.blank.title} "), classes="blank-name", markup=False)
        return (Horizontal(name, self.entry),)

    def show_messages(self, errors: Sequence[str]) -> None:
        """Show the errors."""
        self._note = show_note(self, self._note, errors, ())


class BlanksField(Field):
    """The blanks of a destination's template; hidden when there are none."""

    def __init__(self, key: str, label: str, *, hint: str = "") -> None:
        super().__init__(key, label, hint=hint)
        self._lines: list[_BlankLine] = []
        self._rows = Vertical(classes="rows")
        self.display = False

    def controls(self) -> Sequence[Widget]:
        """A line for each blank."""
        return (self._rows,)

    def show(self, value: object) -> None:
        """Show other blanks, or other values of the same."""
        blanks = cast("tuple[BlankEntry, ...]", value)
        if [line.blank.title for line in self._lines] != [blank.title for blank in blanks]:
            self._rows.remove_children()
            self._lines = [_BlankLine(blank) for blank in blanks]
            self._rows.mount_all(self._lines)
        for line, blank in zip(self._lines, blanks, strict=True):
            line.blank = blank
            line.entry.load(blank.value)
        self.display = bool(blanks)

    def show_messages(self, errors: Messages, warnings: Messages) -> None:  # noqa: ARG002  # there are none
        """Show the errors of each blank."""
        for line in self._lines:
            line.show_messages(errors.get(f"{self.key}.{line.blank.title}", ()))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Post the values of all blanks."""
        event.stop()
        for line in self._lines:
            line.blank = replace(line.blank, value=line.entry.text)
        self.edited(tuple(line.blank for line in self._lines))
