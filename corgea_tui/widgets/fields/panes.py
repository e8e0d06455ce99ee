"""What stands beside and below a form: what would be sent, and how a test went."""

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


MOST_BODY = 2_000
"""Characters of an answer that are shown here; the rest is in the history of a saved webhook."""


class OutcomePane(Vertical):
    """The outcome of a test: what came back and how long it took. Gone until there is one."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self.display = False
        self._lines = LinesView()
        self._shown: list[Line] = []
        self._outdated = False

    def compose(self) -> ComposeResult:
        """The lines."""
        yield self._lines

    def say(self, words: str, style: str = "quiet") -> None:
        """Show a line, e.g. that the test is under way."""
        self._show([(Cell(" Test  ", "head"), Cell(safe_line(words), style))])

    def show(self, attempt: Attempt) -> None:
        """Show how it went."""
        self._show(attempt_lines(attempt))

    def outdate(self) -> None:
        """Say that the form holds something else by now."""
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
    """The outcome in a line, then what was answered."""
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
