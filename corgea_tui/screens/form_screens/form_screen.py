"""The base of the screens with a form: title, banner, fields in sections, hints, leaving."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.events import DescendantFocus
from textual.reactive import Reactive
from textual.widget import Widget

from corgea_tui.forms.validation import Messages
from corgea_tui.screens.dialogs.questions import Answer, LeaveForm
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.state.session import Session
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import count
from corgea_tui.widgets.fields.entry import Suggesting, TextEntry
from corgea_tui.widgets.fields.field import Field, FieldColumn, FieldNote, Section, first_control
from corgea_tui.widgets.fields.json_field import JsonField
from corgea_tui.widgets.one_line import OneLine, Word

F = TypeVar("F", bound=Field)


class FormScreen(MainScreen, inherit_bindings=False):
    """A form over a screen. Subclasses define `body`, `show_changes`, `changed`, `action_save`.

    The fields take letters, so the form's keys are others. None of them is ctrl+s, ctrl+q, ctrl+z
    or ctrl+enter, which terminals use themselves (app.md, Keys).
    """

    focused = Reactive["Widget | None"](None, repaint=False)
    """The reactive of every screen without its repaint of the whole form when the focus moves."""
    AUTO_FOCUS = "TextEntry, Dropdown, Ticks, JsonArea"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next", "next field", show=False, priority=True, id="form.next"),
        Binding("shift+tab", "previous", "back", show=False, priority=True, id="form.previous"),
        Binding("pagedown", "section(1)", "next section", show=False, id="form.next_section"),
        Binding(
            "pageup", "section(-1)", "previous section", show=False, id="form.previous_section"
        ),
        Binding("ctrl+o", "save", "save", id="form.save"),
        Binding("ctrl+c,super+c", "screen.copy_text", "copy", show=False, id="form.copy"),
        Binding("f1", "help", "help", id="help"),
    ]

    def __init__(self, session: Session, sections: Sequence[Section]) -> None:
        super().__init__(session)
        self.fields = {field.key: field for section in sections for field in section.fields}
        self.column = FieldColumn(*sections, id="fields")
        self._heading = OneLine(id="form-heading")
        self._banner = FieldNote(id="form-banner")
        self._hint = OneLine(id="form-hint")
        self._errors: Messages = {}

    def compose(self) -> ComposeResult:
        """The status, the heading, the banner, the fields, the hint, the keys."""
        yield self._status
        yield self._heading
        yield self._banner
        yield from self.body()
        yield self._hint
        yield self._keys

    def body(self) -> Iterable[Widget]:
        """The fields."""
        raise NotImplementedError

    def field(self, kind: type[F], key: str) -> F:
        """The field of this key; raises `TypeError` when it is of another kind."""
        field = self.fields[key]
        if not isinstance(field, kind):
            raise TypeError(f"{key} is a {type(field).__name__}")
        return field

    @property
    def changed(self) -> bool:
        """Whether the form has unsaved changes."""
        raise NotImplementedError

    def action_save(self) -> None:
        """Save, or send."""
        raise NotImplementedError

    # --- heading, messages and hint

    def head(self, title: str, words: Sequence[Cell]) -> None:
        """Show the title of the form, and on the right its state."""
        self._heading.write(
            [Word((Cell(f" {safe_line(title, 120)}", "strong"),))],
            [Word((*words, Cell("  ")))],
        )

    def show_messages(self, errors: Messages, warnings: Messages) -> None:
        """Show the errors and warnings at their fields."""
        self._errors = errors
        for field in self.fields.values():
            field.show_messages(errors, warnings)
        self._show_hint()

    def on_descendant_focus(self, _event: DescendantFocus) -> None:
        """Show the hint of the focused field, which may differ from the event's widget."""
        self._show_hint()

    def _show_hint(self) -> None:
        """Show the field's hint; for a text area its error, as its note may be out of view."""
        field = next((each for each in self._around_focus() if isinstance(each, Field)), None)
        cell = Cell(f" {safe_line(field.hint)}" if field is not None else "", "quiet")
        if isinstance(field, JsonField) and (wrong := self._errors.get(field.key)):
            cell = Cell(f" ✖ {safe_line(wrong[0])}", "bad")
        self._hint.write([Word((cell,))])

    def on_text_entry_left_out(self, event: TextEntry.LeftOut) -> None:
        """Show that invisible characters were removed from pasted text."""
        event.stop()
        self.toast(f"{count(event.count, 'invisible character')} left out", "warning")

    # --- moves

    def action_next(self) -> None:
        """Take the highlighted proposal, else go to the next field.

        The binding has priority: a key that bubbles through the widgets is late, and over a slow
        connection the next letters would go into the previous field.
        """
        menu = next((each for each in self._around_focus() if isinstance(each, Suggesting)), None)
        if menu is None or not menu.take():
            self.focus_next()

    def action_previous(self) -> None:
        """Go to the previous field."""
        self.focus_previous()

    def _around_focus(self) -> Sequence[DOMNode]:
        return [] if self.focused is None else self.focused.ancestors

    def action_section(self, step: int) -> None:
        """Go to the first field of the next section in direction `step`."""
        sections = [each for each in self.query(Section) if each.display]
        here = self.focused
        positions = [at for at, each in enumerate(sections) if here and each in here.ancestors]
        target = (positions[0] if positions else -1) + step
        if 0 <= target < len(sections):
            section = sections[target]
            if (first := first_control(section)) is not None:
                first.focus(scroll_visible=False)
                section.scroll_visible(animate=False, top=True)

    def action_leave(self) -> None:
        """Leave the form; confirm if it has unsaved changes."""
        if not self.changed:
            self.dismiss()
            return
        self.app.push_screen(LeaveForm("save first"), self._answered)

    def _answered(self, answer: Answer | None) -> None:
        if answer == "save":
            self.action_save()
        elif answer == "leave":
            self.dismiss()
