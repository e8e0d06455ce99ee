"""What would be sent: the body made for a sample or a recent event."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from corgea_tui.forms.preview import Preview
from corgea_tui.views.details.json_lines import json_lines
from corgea_tui.widgets.fields.dropdown import Choice, Dropdown
from corgea_tui.widgets.fields.field import FieldNote
from corgea_tui.widgets.lines_view import LinesView


class PreviewPane(Vertical):
    """Shows a body and how it fares; another event is chosen at the top."""

    class EventChosen(Message):
        """The body is to be made for another event."""

        def __init__(self, value: str) -> None:
            super().__init__()
            self.value = value

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._events = Dropdown(())
        self._body = LinesView()
        self._body.wrapping = True
        self._note = FieldNote()
        self._sound = Static(markup=False, id="preview-sound")

    def compose(self) -> ComposeResult:
        """The event, the body, how it fares."""
        with Horizontal(id="preview-head"):
            yield Static(Content("Preview"), id="preview-title")
            yield self._events
        yield self._body
        yield self._sound
        yield self._note

    def offer(self, choices: Sequence[Choice], chosen: str) -> None:
        """Offer events to make the body for."""
        self._events.offer(choices)
        self._events.load(chosen)

    def focus_events(self) -> None:
        """Put the focus where another event is chosen."""
        self._events.focus()

    def show(self, preview: Preview) -> None:
        """Show a body; while there is none the last one stays, and why there is none is said."""
        self._note.show([preview.problem] if preview.problem else [], preview.limits)
        self._sound.display = preview.problem is None
        self._body.set_class(preview.problem is not None, "-outdated")
        if preview.problem is None:
            self._sound.update(Content(f"✔ {preview.words}"))
            self._body.show(json_lines(preview.body), keep=True)

    def say(self, words: str) -> None:
        """Say why there is nothing to show."""
        self._sound.display = True
        self._sound.update(Content(words))

    def on_dropdown_chosen(self, event: Dropdown.Chosen) -> None:
        """Another event was chosen."""
        event.stop()
        self.post_message(self.EventChosen(event.value))
