"""One attempt as lines: its answer, its time, its phases and the body of the response."""

from datetime import UTC, datetime

from corgea_tui.text.facts import Fact, facts
from corgea_tui.text.output import Paint
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import clock, duration
from daemon.protocol import Attempt

BODY_SHOWN = 300


def attempt_lines(attempt: Attempt, width: int | None, paint: Paint) -> list[str]:
    """The attempt as an indented block."""
    rows: list[Fact] = [
        ("answer", _answer(attempt)),
        ("time", Cell(f"{clock(attempt.started_at, datetime.now(UTC))}{_phases(attempt)}")),
    ]
    if attempt.response is not None and attempt.response.body.strip():
        rows.append(("body", Cell(safe_line(attempt.response.body[:BODY_SHOWN]))))
    number = f"#{attempt.number}{', manual' if attempt.manual else ''}"
    return [f"  {paint(number, 'strong')}", *facts(rows, width, paint, "    ")]


def _answer(attempt: Attempt) -> Cell:
    took = duration(attempt.duration_ms)
    if attempt.error is not None:
        return Cell(f"{safe_line(attempt.error.message)} after {took}", "bad")
    return Cell(f"{attempt.http_status} in {took}", "good")


def _phases(attempt: Attempt) -> str:
    phases = attempt.phases
    named = {
        "dns": phases.dns,
        "connect": phases.connect,
        "tls": phases.tls,
        "first byte": phases.first_byte,
    }
    known = [f"{name} {value}" for name, value in named.items() if value is not None]
    return f"   {' · '.join(known)} ms" if known else ""
