"""Fields with a single control."""

from collections.abc import Sequence
from typing import cast

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from corgea_tui.forms.suggestions import Propose, nothing
from corgea_tui.text.safe_text import safe
from corgea_tui.widgets.fields.dropdown import Choice, Dropdown
from corgea_tui.widgets.fields.entry import Suggesting, TextEntry
from corgea_tui.widgets.fields.field import Field
from corgea_tui.widgets.fields.ticks import Item, Ticks


class TextField(Field):
    """A line of text."""

    def __init__(
        self,
        key: str,
        label: str,
        *,
        hint: str = "",
        narrow: bool = False,
    ) -> None:
        super().__init__(key, label, hint=hint)
        self.set_class(narrow, "-figure")
        self.entry = TextEntry()

    def controls(self) -> Sequence[Widget]:
        """The input."""
        return (self.entry,)

    def show(self, value: object) -> None:
        """Show another text."""
        self.entry.load(str(value))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Post the typed text."""
        event.stop()
        self.edited(self.entry.text)


class SuggestingField(Field):
    """A line of text with proposals."""

    def __init__(
        self,
        key: str,
        label: str,
        *,
        hint: str = "",
        placeholder: str = "",
        several: bool = False,
    ) -> None:
        super().__init__(key, label, hint=hint)
        self.suggesting = Suggesting(placeholder=placeholder, several=several)

    def controls(self) -> Sequence[Widget]:
        """The input with its menu."""
        return (self.suggesting,)

    def propose(self, propose: Propose = nothing) -> None:
        """Use another function for the proposals from now on."""
        self.suggesting.propose = propose

    def show(self, value: object) -> None:
        """Show another text."""
        self.suggesting.entry.load(str(value))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Post the typed text."""
        event.stop()
        self.edited(self.suggesting.entry.text)


class ChoiceField(Field):
    """One value from a menu."""

    def __init__(self, key: str, label: str, choices: Sequence[Choice], *, hint: str = "") -> None:
        super().__init__(key, label, hint=hint)
        self.dropdown = Dropdown(choices)

    def controls(self) -> Sequence[Widget]:
        """The dropdown."""
        return (self.dropdown,)

    def show(self, value: object) -> None:
        """Show another value."""
        self.dropdown.load(str(value))

    def on_dropdown_chosen(self, event: Dropdown.Chosen) -> None:
        """Post the chosen value."""
        event.stop()
        self.edited(event.value)


class TicksField(Field):
    """Any number of given values."""

    def __init__(
        self,
        key: str,
        label: str,
        items: Sequence[Item],
        *,
        hint: str = "",
    ) -> None:
        super().__init__(key, label, hint=hint)
        self.ticks = Ticks(items)

    def controls(self) -> Sequence[Widget]:
        """The checkboxes."""
        return (self.ticks,)

    def show(self, value: object) -> None:
        """Tick other values."""
        self.ticks.load(cast("tuple[str, ...]", value))

    def on_ticks_ticked(self, event: Ticks.Ticked) -> None:
        """Post the ticked values."""
        event.stop()
        self.edited(event.values)


class SwitchField(Field):
    """On or off."""

    def __init__(self, key: str, label: str, words: str, *, hint: str = "") -> None:
        super().__init__(key, label, hint=hint)
        self._tick = Ticks([Item("on", words)])

    def controls(self) -> Sequence[Widget]:
        """The checkbox."""
        return (self._tick,)

    def show(self, value: object) -> None:
        """Tick the checkbox, or clear it."""
        self._tick.load(("on",) if value else ())

    def on_ticks_ticked(self, event: Ticks.Ticked) -> None:
        """Post whether the checkbox is ticked."""
        event.stop()
        self.edited(bool(event.values))


class FactField(Field):
    """A read-only text, computed from the other fields."""

    def __init__(self, key: str, label: str) -> None:
        super().__init__(key, label)
        self._text = Static(markup=False)

    def controls(self) -> Sequence[Widget]:
        """The text."""
        return (self._text,)

    def show(self, value: object) -> None:
        """Show another text."""
        self._text.update(Content(safe(str(value))))
