"""How a test went, below the form."""

from textual.app import ComposeResult
from textual.containers import Vertical

from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import duration
from corgea_tui.views.details.delivery_text import outcome
from corgea_tui.views.details.json_lines import body_lines
from corgea_tui.views.details.lines import Line
from corgea_tui.widgets.lines_view import LinesView
from daemon.protocol import Attempt

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
