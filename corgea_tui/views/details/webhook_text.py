"""The details of a webhook as lines: statistics, filters, recent failures, audit."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from corgea_tui.state.failure_runs import FailureRun
from corgea_tui.text.facts import Fact
from corgea_tui.text.overviews import filter_facts, statistics_facts, webhook_facts
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import ago, clock, webhook_state
from corgea_tui.views.details.lines import Line, body_lines, fact_lines, heading, quiet
from corgea_tui.views.rows.feed_rows import moment
from daemon.protocol import AuditEntry, Delivery, Statistics, Webhook

FIGURE = 18
"""Columns for a figure and its name: four fit a small terminal."""
IN_A_LINE = 4
SHOWN = 160
"""Characters of a change that a line of the audit shows."""


def title(webhook: Webhook, now: datetime) -> Line:
    """The name and the state of a webhook, and its failures or the reason of its pause."""
    state = webhook_state(webhook)
    line = [Cell(" "), Cell(safe_line(webhook.name, 80), "strong"), Cell("   "), state]
    if webhook.state == "paused":
        reason = safe_line(webhook.paused_reason or "by hand", 80)
        line.append(Cell(f" {ago(webhook.paused_at, now)}: {reason}", "warn"))
    elif consecutive_failures := webhook.statistics.consecutive_failures:
        line.append(Cell(f" · {consecutive_failures} in a row", "bad"))
    return tuple(line)


def overview(webhook: Webhook, now: datetime, run: FailureRun | None = None) -> list[Line]:
    """The statistics, the start and the reason of its failures, then its facts."""
    facts = fact_lines(webhook_facts(webhook, now))
    if run is not None:
        facts = [*fact_lines([("failing", _failing_since(run, now))]), *facts]
    return [*figure_lines(webhook.statistics, now), (), *facts]


def _failing_since(run: FailureRun, now: datetime) -> Cell:
    since = "since" if run.whole else "since before"
    return Cell(f"{since} {clock(run.first, now)}: {safe_line(run.why)}", "bad")


def figure_lines(figures: Statistics, now: datetime) -> list[Line]:
    """The statistics (rules.md §5) in three lines."""
    facts = statistics_facts(figures, now)
    return [_row(*facts[at : at + IN_A_LINE]) for at in range(0, len(facts), IN_A_LINE)]


def filters(webhook: Webhook, _now: datetime) -> list[Line]:
    """The filters, and the template of the body."""
    lines = fact_lines(filter_facts(webhook))
    if webhook.body_template:
        lines += [(), heading("Body template")]
        lines += [(Cell("  "), *line) for line in body_lines(webhook.body_template)]
    return lines


def failures(deliveries: Sequence[Delivery], now: datetime) -> list[Line]:
    """The latest failures."""
    if not deliveries:
        return [quiet("no failures in the history")]
    return [
        (
            Cell(f"  {moment(row.created_at, now):>8}  ", "quiet"),
            Cell(f"{safe_line(row.event_type, 40):<22}"),
            Cell(f"{row.http_status or '–':>4}  "),
            Cell(safe_line(row.error.message) if row.error else "", "bad"),
        )
        for row in deliveries
    ]


def audit(entries: Iterable[AuditEntry], now: datetime) -> list[Line]:
    """The audit entries of the webhook."""
    lines: list[Line] = [
        (
            Cell(f"  {moment(entry.at, now):>8}  ", "quiet"),
            Cell(f"{safe_line(entry.login, 24):<12}", "name"),
            Cell(f"{safe_line(entry.action, 30):<18}"),
            Cell(_change(entry), "quiet"),
        )
        for entry in entries
    ]
    return lines or [quiet("no changes yet")]


def _change(entry: AuditEntry) -> str:
    """The keys that differ, with both values."""
    before, after = entry.before or {}, entry.after or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    if not before:
        return "created"
    changes = [
        f"{key}: {_short(before.get(key))} → {_short(after.get(key))}"
        for key in after
        if before.get(key) != after.get(key) and key not in {"version", "updated_at"}
    ]
    return safe_line("  ".join(changes), SHOWN)


def _short(value: object) -> str:
    text = msgspec.json.encode(value).decode("utf-8", "replace").strip('"')
    return text if len(text) <= SHOWN // 4 else text[: SHOWN // 4] + "…"


def _row(*facts: Fact) -> Line:
    cells = []
    for name, value in facts:
        cells += [Cell(f"  {name} ", "quiet"), Cell(value.text, value.style or "strong")]
        cells.append(Cell(" " * max(1, FIGURE - len(name) - len(value.text))))
    return tuple(cells)
