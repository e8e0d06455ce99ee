"""Custom headers, a row each."""

from collections.abc import Sequence
from dataclasses import replace

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from corgea_tui.forms.suggestions import propose_words
from corgea_tui.forms.webhook_draft import HeaderRow
from corgea_tui.widgets.fields.entry import TextEntry
from corgea_tui.widgets.fields.rows_field import RowLine, RowsField
from corgea_tui.widgets.fields.suggesting import Suggesting
from corgea_tui.widgets.fields.ticks import Item, Ticks
from daemon.domain.destinations import GUIDES

NAMES = tuple(
    dict.fromkeys(
        ("Authorization", "X-API-Key", *(asked.name for one in GUIDES for asked in one.headers))
    )
)
"""Names that are proposed."""


class HeaderLine(RowLine[HeaderRow]):
    """Name, value, and whether it is a credential. The value of a credential is typed hidden."""

    def __init__(self, row: HeaderRow) -> None:
        super().__init__(row)
        self._header = Suggesting(
            row.name, propose=propose_words(NAMES), placeholder="name", classes="header-name"
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
        """Where the value is to be had, until it is there."""
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
        self._dress(row)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Name or value were typed."""
        event.stop()
        self.take(replace(self.row, name=self._header.entry.text, value=self._value.text))
        self._dress(self.row)

    def on_ticks_ticked(self, event: Ticks.Ticked) -> None:
        """It was marked as a credential, or no longer."""
        event.stop()
        self.take(replace(self.row, credential=bool(event.values)))
        self._dress(self.row)

    def _dress(self, row: HeaderRow) -> None:
        self._value.password = row.hidden
        self._credential.load(("credential",) if row.hidden else ())
        if row.kept is not None:
            self._value.placeholder = f"{row.kept} kept · type to replace"
        else:
            self._value.placeholder = "value"


class HeadersField(RowsField[HeaderRow]):
    """All custom headers."""

    def line(self, row: HeaderRow) -> HeaderLine:
        """A widget for a row."""
        return HeaderLine(row)

    def empty(self) -> HeaderRow:
        """A row to begin with."""
        return HeaderRow()
