"""The secret: typed hidden, generated, kept, replaced or removed. A stored secret is not shown."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from corgea_tui.forms.webhook_draft import SecretEntry
from corgea_tui.widgets.fields.button import FormButton
from corgea_tui.widgets.fields.entry import TextEntry
from corgea_tui.widgets.fields.field import Field


class SecretField(Field):
    """A hidden input. The stored secret stays until the user types another or removes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+g", "generate", "generate", id="form.generate"),
        Binding("ctrl+r", "reveal", "show or hide", id="form.reveal"),
    ]

    class Requested(Message):
        """A secret is to be generated."""

    def __init__(self, key: str, label: str, *, hint: str = "") -> None:
        super().__init__(key, label, hint=hint)
        self._secret = SecretEntry()
        self._entry = TextEntry(hidden=True)
        self._remove = FormButton("remove", id="secret-remove")

    def controls(self) -> Sequence[Widget]:
        """The input and its buttons."""
        buttons = (
            FormButton("generate", id="secret-generate"),
            FormButton("show", id="secret-reveal"),
            self._remove,
        )
        return (Horizontal(self._entry, *buttons, classes="field-row"),)

    def on_mount(self) -> None:
        """Show the state of the secret."""
        self._write()

    def show(self, value: object) -> None:
        """Show another entry."""
        if isinstance(value, SecretEntry) and value != self._secret:
            self._secret = value
            self._entry.load(value.typed)
            self._write()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take over the typed secret; an empty input keeps the stored secret."""
        event.stop()
        typed = self._entry.text
        self._take(replace(self._secret, choice="set" if typed else "keep", typed=typed))

    def on_form_button_pressed(self, event: FormButton.Pressed) -> None:
        """Carry out the action of the pressed button."""
        event.stop()
        match event.button.id:
            case "secret-generate":
                self.action_generate()
            case "secret-reveal":
                self.action_reveal()
            case _:
                self._toggle_removal()

    def action_generate(self) -> None:
        """Request a new secret."""
        self.post_message(self.Requested())

    def action_reveal(self) -> None:
        """Show the typed secret, or hide it again. A saved secret cannot be shown."""
        self._entry.password = not self._entry.password
        self._write()

    def _left(self) -> None:
        super()._left()
        if not self.has_focus_within and not self._entry.password:
            self.action_reveal()  # hidden again once the field is left

    def _toggle_removal(self) -> None:
        choice = "keep" if self._secret.choice == "remove" else "remove"
        self._entry.load("")
        self._take(replace(self._secret, choice=choice, typed=""))  # type: ignore[arg-type]

    def _take(self, secret: SecretEntry) -> None:
        self._secret = secret
        self._write()
        self.edited(secret)

    def _write(self) -> None:
        secret = self._secret
        if secret.hint is None:
            words = "none: deliveries are not signed"
        elif secret.choice == "remove":
            words = f"{secret.hint} will be removed"
        else:
            words = f"{secret.hint} kept · type to replace"
        self._entry.placeholder = words
        self._remove.write("keep" if secret.choice == "remove" else "remove")
        self._remove.display = secret.hint is not None
        reveal = self.query_one("#secret-reveal", FormButton)
        reveal.write("show" if self._entry.password else "hide")
        reveal.display = bool(secret.typed)
