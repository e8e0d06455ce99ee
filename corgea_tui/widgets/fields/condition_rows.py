"""Conditions over the payload, a row each; paths and values complete from recent events."""

from collections.abc import Sequence
from dataclasses import replace

from textual.widget import Widget
from textual.widgets import Input

from corgea_tui.forms.known_values import KnownValues
from corgea_tui.forms.suggestions import Proposal, propose_values, propose_words
from corgea_tui.forms.webhook_draft import ConditionRow
from corgea_tui.widgets.fields.dropdown import Choice, Dropdown
from corgea_tui.widgets.fields.rows_field import RowLine, RowsField
from corgea_tui.widgets.fields.suggesting import Suggesting
from daemon.domain.matching.conditions import BARE_OPERATORS, LIST_OPERATORS, OPERATORS

NOTES = {
    "in": "one of several",
    "not_in": "none of several",
    "contains": "a text in a text, an item in a list",
    "present": "the path is there",
    "missing": "the path is not there",
}
CHOICES: list[Choice] = [(op, op, NOTES.get(op, "")) for op in OPERATORS]


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
        self._dress()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Path or value were typed."""
        event.stop()
        self.take(replace(self.row, path=self._path.entry.text, value=self._value.entry.text))

    def on_dropdown_chosen(self, event: Dropdown.Chosen) -> None:
        """Another operator was chosen."""
        event.stop()
        self.take(replace(self.row, op=event.value))
        self._dress()

    def _dress(self) -> None:
        bare = self.row.op in BARE_OPERATORS
        self._value.entry.disabled = bare
        several = self._value.several = self.row.op in LIST_OPERATORS
        self._value.entry.placeholder = "" if bare else "CR, HI" if several else "value"

    def _paths(self, text: str) -> list[Proposal]:
        return propose_words(self._field.known.paths(self._field.event_types))(text)

    def _values(self, text: str) -> list[Proposal]:
        values = self._field.known.values(self.row.path.strip())
        return propose_values(text, self.row.op, values)


class ConditionsField(RowsField[ConditionRow]):
    """All conditions; every one must hold."""

    def __init__(
        self, key: str, label: str, add: str, known: KnownValues, *, hint: str = ""
    ) -> None:
        super().__init__(key, label, add, hint=hint)
        self.known = known
        self.event_types: Sequence[str] = ()
        """The types that are subscribed to: their paths are proposed."""

    def line(self, row: ConditionRow) -> ConditionLine:
        """A widget for a row."""
        return ConditionLine(row, self)

    def empty(self) -> ConditionRow:
        """A row to begin with."""
        return ConditionRow()
