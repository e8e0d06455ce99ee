"""The panes of a form: the preview of the body beside it, the outcome of a test below it."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from corgea_tui.forms.preview import Preview
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import duration
from corgea_tui.views.details.delivery_text import outcome
from corgea_tui.views.details.lines import Line, body_lines, json_lines
from corgea_tui.widgets.fields.dropdown import Choice, Dropdown
from corgea_tui.widgets.fields.field import FieldNote
from corgea_tui.widgets.lines_view import LinesView
from daemon.protocol import Attempt

MOST_BODY = 2_000
"""Characters of a response that are shown; the rest is in the history of a saved webhook."""


class PreviewPane(Vertical):
    """Shows a body and its validity; the user chooses the event at the top."""

    class EventChosen(Message):
        """The user chose another event for the body."""

        def __init__(self, value: str) -> None:
            super().__init__()
            self.value = value

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._events = Dropdown(())
        self._body = LinesView()
        self._body.wrapping = True
        self._note = FieldNote()
        self._validity = Static(markup=False, id="preview-sound")

    def compose(self) -> ComposeResult:
        """The event, the body, its validity."""
        with Horizontal(id="preview-head"):
            yield Static(Content("Preview"), id="preview-title")
            yield self._events
        yield self._body
        yield self._validity
        yield self._note

    def offer(self, choices: Sequence[Choice], chosen: str) -> None:
        """Offer events for the body."""
        self._events.offer(choices)
        self._events.load(chosen)

    def focus_events(self) -> None:
        """Put the focus on the choice of the event."""
        self._events.focus()

    def show(self, preview: Preview) -> None:
        """Show a body; while it is invalid, the last one stays and the problem is shown."""
        self._note.show([preview.problem] if preview.problem else [], preview.limits)
        self._validity.display = preview.problem is None
        self._body.set_class(preview.problem is not None, "-outdated")
        if preview.problem is None:
            self._validity.update(Content(f"✔ {preview.words}"))
            self._body.show(json_lines(preview.body), keep=True)

    def show_message(self, words: str) -> None:
        """Show why there is no preview."""
        self._validity.display = True
        self._validity.update(Content(words))

    def on_dropdown_chosen(self, event: Dropdown.Chosen) -> None:
        """Post the chosen event."""
        event.stop()
        self.post_message(self.EventChosen(event.value))


class OutcomePane(Vertical):
    """The outcome of a test: the response and its duration. Hidden until there is one."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.display = False
        self._lines = LinesView()
        self._shown: list[Line] = []
        self._outdated = False

    def compose(self) -> ComposeResult:
        """The lines."""
        yield self._lines

    def show_message(self, words: str, style: str = "quiet") -> None:
        """Show a line, e.g. that the test is under way."""
        self._show([(Cell(" Test  ", "head"), Cell(safe_line(words), style))])

    def show(self, attempt: Attempt) -> None:
        """Show the outcome of an attempt."""
        self._show(attempt_lines(attempt))

    def outdate(self) -> None:
        """Mark the outcome as older than the last change of the form."""
        if self._shown and not self._outdated:
            first, *rest = self._shown
            self._show([(*first, Cell("   before the last change", "warn")), *rest])
            self._outdated = True

    def _show(self, lines: list[Line]) -> None:
        self.display = True
        self._outdated = False
        self._shown = lines
        self._lines.show(lines)


def attempt_lines(attempt: Attempt) -> list[Line]:
    """The outcome in a line, then the body of the response."""
    good = attempt.error is None
    glyph = Cell("✔ ", "good") if good else Cell("✖ ", "bad")
    lines: list[Line] = [
        (
            Cell(" Test  ", "head"),
            glyph,
            outcome(attempt),
            Cell(f"  in {duration(attempt.duration_ms)}", "quiet"),
        )
    ]
    response = attempt.response
    if response is not None and response.body:
        body = body_lines(response.body, MOST_BODY)
        lines += [(Cell("       "), *line) for line in body]
    return lines
