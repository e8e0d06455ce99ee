"""The failing and the paused webhooks: a line for each, with its start and its reason."""

from collections.abc import Iterable
from datetime import datetime

from corgea_tui.state.failure_runs import FailureRun, FailureRuns
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, pad
from corgea_tui.text.words import count
from corgea_tui.views.details.lines import Line, line_width, quiet
from corgea_tui.views.rows.webhook_rows import IN_A_ROW, since, why
from daemon.protocol import Webhook

ROOMY = 100
"""Columns from which on names and words have their full width."""
NAME, NAME_SHORT = 24, 16
STATE, STATE_SHORT = 20, 11
SINCE = 18


def failing_or_paused(webhooks: Iterable[Webhook]) -> list[Webhook]:
    """The failing webhooks, the worst first, then the paused ones, the longest paused first."""
    known = list(webhooks)
    failing = [w for w in known if w.state == "active" and w.statistics.consecutive_failures]
    failing.sort(key=lambda webhook: -webhook.statistics.consecutive_failures)
    paused = sorted((w for w in known if w.state == "paused"), key=lambda w: w.paused_at or "")
    return [*failing, *paused]


def triage(webhooks: Iterable[Webhook], runs: FailureRuns, now: datetime, width: int) -> list[Line]:
    """A line for every failing or paused webhook; without any, a summary."""
    known = list(webhooks)
    if bad := failing_or_paused(known):
        lines = [_line(webhook, runs.of(webhook), now, width) for webhook in bad]
        hint = quiet("n next failure · enter open · r retry · p pause or activate")
        return [*lines, hint] if width >= ROOMY else lines  # the footer has the hint too
    if not known:
        return [quiet("no webhooks yet: 2, then a, adds one")]
    return [
        (Cell("  ✔ ", "good"), Cell(f"nothing is failing: {count(len(known), 'webhook')} active")),
        quiet("select a delivery with ↓ for its details; f follows the newest again"),
    ]


def _line(webhook: Webhook, run: FailureRun | None, now: datetime, width: int) -> Line:
    roomy = width >= ROOMY
    paused = webhook.state == "paused"
    glyph, style = ("‖", "warn") if paused else ("✖", "bad")
    consecutive_failures = webhook.statistics.consecutive_failures
    failures = (
        f"{count(consecutive_failures, 'failure') if roomy else consecutive_failures} {IN_A_ROW}"
    )
    line = (
        Cell(f"  {glyph} ", style),
        Cell(pad(safe_line(webhook.name, 80), NAME if roomy else NAME_SHORT), "strong"),
        Cell(f"  {pad('paused' if paused else failures, STATE if roomy else STATE_SHORT)}", style),
        Cell(f"  {pad(since(webhook, run, now), SINCE)}  ", "quiet"),
    )
    return (*line, Cell(pad(why(webhook, run), width - line_width(line) - 1).rstrip()))
