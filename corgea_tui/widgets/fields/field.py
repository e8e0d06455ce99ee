"""A field of a form: its label, its controls, what is wrong with it; and the column of fields."""

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
    """Words below a field; no line at all while there are none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(markup=False, id=id)
        self.display = False
        self.words = ""

    def show(
        self, errors: Sequence[str], warnings: Sequence[str] = (), notes: Sequence[str] = ()
    ) -> None:
        """Show errors; where there are none, warnings; where there is neither, notes."""
        if errors:
            self.say("✖", errors, "-bad")
        elif warnings:
            self.say("▲", warnings, "-warn")
        else:
            self.say("", notes)

    def say(self, glyph: str, messages: Sequence[str], look: str = "") -> None:
        """Show messages, each after a glyph."""
        words = "\n".join(f"{glyph} {safe(each, LONGEST)}".lstrip() for each in messages)
        if words == self.words:
            return
        self.words = words
        self.set_class(look == "-bad", "-bad")
        self.set_class(look == "-warn", "-warn")
        self.update(Content(words))
        self.display = bool(words)


def noted(
    below: Widget,
    note: FieldNote | None,
    errors: Sequence[str],
    warnings: Sequence[str],
    notes: Sequence[str] = (),
) -> FieldNote | None:
    """The note at the end of a widget with these words; made when there is first something to say.

    Most fields never have one, and a form of many widgets is slow to open.
    """
    if note is None:
        if not (errors or warnings or notes):
            return None
        note = FieldNote()
        if below.is_mounted:
            below.mount(note)
        else:
            below.call_after_refresh(below.mount, note)  # its own parts come first
    note.show(errors, warnings, notes)
    return note


class Field(Horizontal):
    """One field. Subclasses make its controls, show values in them and post `Edited`."""

    class Edited(Message):
        """Something else was entered."""

        def __init__(self, key: str, value: object) -> None:
            super().__init__()
            self.key = key
            self.value = value

    class Left(Message):
        """The field was left: what is wrong with it may be said now."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, key: str, label: str, *, hint: str = "") -> None:
        """`hint`: what to know about the field, shown while it has the focus."""
        super().__init__(id="field-" + re.sub(r"\W", "-", key), classes="field")
        self.key = key
        self.hint = hint
        self.notes: Sequence[str] = ()
        """Notes for the user, shown while there is no error and no warning."""
        self._label = label
        self._note: FieldNote | None = None
        self._body = Vertical(classes="field-body")

    def compose(self) -> ComposeResult:
        """The label, beside it the controls; the note below them comes when there is one."""
        yield Static(Content(self._label), classes="field-label")
        with self._body:
            yield from self.controls()

    def controls(self) -> Sequence[Widget]:
        """What is entered with."""
        raise NotImplementedError

    def show(self, value: object) -> None:
        """Show a value that was not entered here; nothing is posted."""
        raise NotImplementedError

    def judge(self, errors: Messages, warnings: Messages) -> None:
        """Show errors and warnings, else the notes."""
        self._note = noted(
            self._body,
            self._note,
            errors.get(self.key, ()),
            warnings.get(self.key, ()),
            self.notes,
        )

    def go(self, errors: Messages) -> None:  # noqa: ARG002  # for those that have several controls
        """Put the focus where something is wrong."""
        focus_first(self)

    def edited(self, value: object) -> None:
        """Post that something else was entered."""
        self.post_message(self.Edited(self.key, value))

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Post that the field was left, once the focus is somewhere else."""
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
