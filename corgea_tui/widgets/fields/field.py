"""A field of a form: its label, its controls and its messages; and the column of fields."""

import re
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantBlur
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from corgea_tui.forms.validation import Messages
from corgea_tui.text.safe_text import safe

LONGEST = 1_000


class FieldNote(Static):
    """Messages below a field; it takes no line while there are none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(markup=False, id=id)
        self.display = False
        self.words = ""

    def show(
        self, errors: Sequence[str], warnings: Sequence[str] = (), notes: Sequence[str] = ()
    ) -> None:
        """Show the errors; without errors, the warnings; without both, the notes."""
        if errors:
            self.write("✖", errors, "-bad")
        elif warnings:
            self.write("▲", warnings, "-warn")
        else:
            self.write("", notes)

    def write(self, glyph: str, messages: Sequence[str], look: str = "") -> None:
        """Show messages, each after a glyph."""
        words = "\n".join(f"{glyph} {safe(each, LONGEST)}".lstrip() for each in messages)
        if words == self.words:
            return
        self.words = words
        self.set_class(look == "-bad", "-bad")
        self.set_class(look == "-warn", "-warn")
        self.update(Content(words))
        self.display = bool(words)


def show_note(
    below: Widget,
    note: FieldNote | None,
    errors: Sequence[str],
    warnings: Sequence[str],
    notes: Sequence[str] = (),
) -> FieldNote | None:
    """Show messages in the note at the end of a widget; the note is made for the first message.

    Most fields never have a note, and a form of many widgets is slow to open.
    """
    if note is None:
        if not (errors or warnings or notes):
            return None
        note = FieldNote()
        if below.is_mounted:
            below.mount(note)
        else:
            below.call_after_refresh(below.mount, note)  # after the widget's own parts
    note.show(errors, warnings, notes)
    return note


class Field(Horizontal):
    """One field. Subclasses make its controls, show values in them and post `Edited`."""

    class Edited(Message):
        """The user entered another value."""

        def __init__(self, key: str, value: object) -> None:
            super().__init__()
            self.key = key
            self.value = value

    class Left(Message):
        """The focus left the field; its errors may be shown now."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, key: str, label: str, *, hint: str = "") -> None:
        """`hint`: a short help text, shown while the field has the focus."""
        super().__init__(id="field-" + re.sub(r"\W", "-", key), classes="field")
        self.key = key
        self.hint = hint
        self.notes: Sequence[str] = ()
        """Notes for the user, shown while there is no error and no warning."""
        self._label = label
        self._note: FieldNote | None = None
        self._body = Vertical(classes="field-body")

    def compose(self) -> ComposeResult:
        """The label and beside it the controls; a note is mounted below them when needed."""
        yield Static(Content(self._label), classes="field-label")
        with self._body:
            yield from self.controls()

    def controls(self) -> Sequence[Widget]:
        """The widgets to enter the value with."""
        raise NotImplementedError

    def show(self, value: object) -> None:
        """Show a value that was not entered here; nothing is posted."""
        raise NotImplementedError

    def show_messages(self, errors: Messages, warnings: Messages) -> None:
        """Show the field's errors and warnings, else its notes."""
        self._note = show_note(
            self._body,
            self._note,
            errors.get(self.key, ()),
            warnings.get(self.key, ()),
            self.notes,
        )

    def go(self, errors: Messages) -> None:  # noqa: ARG002  # for those that have several controls
        """Put the focus on the control that has an error."""
        focus_first(self)

    def edited(self, value: object) -> None:
        """Post the entered value."""
        self.post_message(self.Edited(self.key, value))

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Post `Left` once the focus is outside the field."""
        event.stop()
        self.call_after_refresh(self._left)

    def _left(self) -> None:
        if not self.has_focus_within and self.is_attached:
            self.post_message(self.Left(self.key))


def first_control(inside: Widget) -> Widget | None:
    """The first control that can be used now: the widget itself, or one inside it."""
    controls = (
        each
        for each in inside.walk_children(Widget, with_self=True)
        if each.focusable and each.display
    )
    return next(controls, None)


def focus_first(inside: Widget) -> None:
    """Put the focus on a widget, or on the first control inside it."""
    if (control := first_control(inside)) is not None:
        control.focus()


class Section(Vertical):
    """Fields that belong together."""

    def __init__(self, *fields: Field) -> None:
        super().__init__(*fields, classes="section")
        self.fields = fields


class FieldColumn(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The fields. The focused field scrolls them; in a read-only form the column has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", "down", show=False, id="column.down"),
        Binding("up,k", "scroll_up", "up", show=False, id="column.up"),
        Binding("pagedown", "page_down", "page down", show=False, id="column.page_down"),
        Binding("pageup", "page_up", "page up", show=False, id="column.page_up"),
        Binding("home,g", "scroll_home", "top", show=False, id="column.top"),
        Binding("end,G", "scroll_end", "end", show=False, id="column.end"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """The column's keys work only while the column itself has the focus."""
        return self.has_focus

    def freeze(self) -> None:
        """Make the form read-only."""
        self.can_focus = True
        for section in self.query(Section):
            section.disabled = True
        self.call_after_refresh(self.focus)  # after the screen has chosen its first focus
