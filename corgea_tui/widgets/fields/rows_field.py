"""A field of several rows, which the user adds, changes and removes."""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget

from corgea_tui.forms.validation import Messages
from corgea_tui.widgets.fields.button import FormButton
from corgea_tui.widgets.fields.field import Field, FieldNote, focus_first, show_note

R = TypeVar("R")


class RowLine(Vertical, Generic[R]):
    """A row, with a note below it when there is one.

    Subclasses make the controls and keep `row` up to date.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "remove", "remove row", id="form.remove_row"),
    ]

    class Changed(Message):
        """The user changed the row."""

        def __init__(self, line: "RowLine[Any]") -> None:
            super().__init__()
            self.line = line

    class Removed(Changed):
        """The row is to be removed."""

    def __init__(self, row: R) -> None:
        super().__init__(classes="row-line")
        self.row = row
        self._note: FieldNote | None = None

    def compose(self) -> Sequence[Widget]:
        """The controls and a cross that removes the row."""
        return (Horizontal(*self.controls(), FormButton("✕", classes="row-remove")),)

    def controls(self) -> Sequence[Widget]:
        """The widgets to enter the row with."""
        raise NotImplementedError

    def load(self, row: R) -> None:
        """Show another row; nothing is posted."""
        raise NotImplementedError

    def take(self, row: R) -> None:
        """Take over the entered row and post the change."""
        if row != self.row:
            self.row = row
            self.post_message(self.Changed(self))

    @property
    def notes(self) -> Sequence[str]:
        """Notes about the row, shown while there is no error and no warning."""
        return ()

    def show_messages(self, errors: Sequence[str], warnings: Sequence[str]) -> None:
        """Show errors and warnings, else the notes."""
        self._note = show_note(self, self._note, errors, warnings, self.notes)

    def part(self, name: str) -> Widget:  # noqa: ARG002  # for those that have it
        """The widget for a part of the row, by the part's name in error messages."""
        return self

    def on_form_button_pressed(self, event: FormButton.Pressed) -> None:
        """Remove the row: the cross was pressed."""
        event.stop()
        self.action_remove()

    def action_remove(self) -> None:
        """Request the removal of the row."""
        self.post_message(self.Removed(self))


class RowsField(Field, Generic[R]):
    """Rows below each other, and a button that adds one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "add", "add row", id="form.add_row"),
    ]

    def __init__(self, key: str, label: str, add: str, *, hint: str = "") -> None:
        """`add`: the label of the button that adds a row."""
        super().__init__(key, label, hint=hint)
        self._rows = Vertical(classes="rows")
        self._add = FormButton(add, classes="row-add")

    def line(self, row: R) -> RowLine[R]:
        """A widget for a row."""
        raise NotImplementedError

    def empty(self) -> R:
        """A new row."""
        raise NotImplementedError

    def controls(self) -> Sequence[Widget]:
        """The rows and the button."""
        return (self._rows, self._add)

    @property
    def lines(self) -> list[RowLine[R]]:
        """The rows, without those being removed."""
        return [
            cast("RowLine[R]", each)
            for each in self._rows.query_children(RowLine)
            if not each.has_class("-going")
        ]

    def show(self, value: object) -> None:
        """Show other rows."""
        rows = cast("tuple[R, ...]", value)
        lines = self.lines
        for line, row in zip(lines, rows, strict=False):
            if line.row != row:
                line.row = row
                line.load(row)
        self._rows.mount_all([self.line(row) for row in rows[len(lines) :]])
        for line in lines[len(rows) :]:
            self._drop(line)

    def show_messages(self, errors: Messages, warnings: Messages) -> None:
        """Show each error and warning at its row."""
        super().show_messages(errors, warnings)
        for index, line in enumerate(self.lines):
            prefix = f"{self.key}.{index}"
            line.show_messages(_of_row(errors, prefix), _of_row(warnings, prefix))

    def go(self, errors: Messages) -> None:
        """Put the focus on the first error of the first row that has one."""
        for index, line in enumerate(self.lines):
            prefix = f"{self.key}.{index}"
            if wrong := [
                each for each in errors if each == prefix or each.startswith(f"{prefix}.")
            ]:
                focus_first(line.part(wrong[0].rpartition(".")[2]))
                return
        super().go(errors)

    async def action_add(self) -> None:
        """Add a row and focus it."""
        line = self.line(self.empty())
        await self._rows.mount(line)
        focus_first(line)
        self._post_edited()

    async def on_form_button_pressed(self, event: FormButton.Pressed) -> None:
        """Add a row: the button was pressed."""
        event.stop()
        await self.action_add()

    def on_row_line_changed(self, event: RowLine.Changed) -> None:
        """Post the changed rows."""
        event.stop()
        self._post_edited()

    def on_row_line_removed(self, event: RowLine.Removed) -> None:
        """Remove a row; the next row gets the focus."""
        event.stop()
        lines = self.lines
        index = lines.index(event.line)
        self._drop(event.line)
        left = self.lines
        if left:
            focus_first(left[min(index, len(left) - 1)])
        else:
            self._add.focus()
        self._post_edited()

    def _drop(self, line: RowLine[R]) -> None:
        line.add_class("-going")
        line.remove()

    def _post_edited(self) -> None:
        self.edited(tuple(line.row for line in self.lines))


def _of_row(messages: Messages, prefix: str) -> list[str]:
    """The messages of a row, each with the part of the row that it is about."""
    found = []
    for field, each in messages.items():
        if field == prefix or field.startswith(f"{prefix}."):
            part = field.removeprefix(prefix).removeprefix(".")
            found += [f"{part} {message}".strip() for message in each]
    return found
