"""A webhook in full, as lines to read: figures, filters, recent failures, who changed what."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from corgea_tui.state.failure_runs import FailureRun
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import ago, clock, duration, percent, webhook_state
from corgea_tui.views.details.lines import Line, body_lines, fact_lines, heading, quiet
from corgea_tui.views.rows.feed_rows import moment
from daemon.protocol import AuditEntry, Delivery, Statistics, Webhook

FIGURE = 18
"""Columns for a figure and its name: four of them fit a small terminal."""
SHOWN = 160
"""Characters of a change that a line of the audit shows."""


def title(webhook: Webhook, now: datetime) -> Line:
    """Its name, how it stands, and since when."""
    state = webhook_state(webhook)
    line = [Cell(" "), Cell(safe_line(webhook.name, 80), "strong"), Cell("   "), state]
    if webhook.state == "paused":
        reason = safe_line(webhook.paused_reason or "by hand", 80)
        line.append(Cell(f" {ago(webhook.paused_at, now)}: {reason}", "warn"))
    elif consecutive_failures := webhook.statistics.consecutive_failures:
        line.append(Cell(f" · {consecutive_failures} in a row", "bad"))
    return tuple(line)


def overview(webhook: Webhook, now: datetime, run: FailureRun | None = None) -> list[Line]:
    """The six statistics, the durations, since when and why it fails, then what it is."""
    figures = webhook.statistics
    facts = fact_lines(
        [
            ("failing", None if run is None else _failing_since(run, now)),
            ("URL", Cell(safe_line(webhook.url))),
            ("type", Cell(webhook.type)),
            ("events", Cell(safe_line("  ".join(webhook.events)), "name")),
            ("secret", _secret(webhook)),
            ("retries", Cell(_retries(webhook))),
            ("managed by", Cell(safe_line(webhook.managed_by)) if webhook.managed_by else None),
            ("changed", Cell(f"{ago(webhook.updated_at, now)}, version {webhook.version}")),
            ("id", Cell(webhook.id, "quiet")),
        ]
    )
    return [*figure_lines(figures, now), (), *facts]


def _failing_since(run: FailureRun, now: datetime) -> Cell:
    since = "since" if run.whole else "since before"
    return Cell(f"{since} {clock(run.first, now)}: {safe_line(run.why)}", "bad")


def figure_lines(figures: Statistics, now: datetime) -> list[Line]:
    """The statistics (rules.md §5) in three lines."""
    rate = percent(figures.success_rate)
    return [
        _row(
            ("total", Cell(f"{figures.total:,}")),
            ("success rate", rate),
            ("successful", Cell(f"{figures.successful:,}", "good")),
            ("failed", Cell(f"{figures.failed:,}", "bad" if figures.failed else "")),
        ),
        _row(
            ("streak", Cell(str(figures.consecutive_failures))),
            ("last sent", Cell(ago(figures.last_triggered, now))),
            ("pending", Cell(f"{figures.pending:,}")),
            ("discarded", Cell(f"{figures.discarded:,}")),
        ),
        _row(
            ("attempts", Cell(f"{figures.attempts:,}")),
            ("p50", Cell(_spent(figures.p50_ms))),
            ("p95", Cell(_spent(figures.p95_ms))),
            ("p99", Cell(_spent(figures.p99_ms))),
        ),
    ]


def filters(webhook: Webhook, _now: datetime) -> list[Line]:
    """What passes to it, and what is sent instead of the default payload."""
    listed = {
        "projects": webhook.projects or ["all"],
        "statuses": webhook.statuses or ["all"],
        "conditions": [
            f"{c.path} {c.op} {'' if c.value is None else msgspec.json.encode(c.value).decode()}"
            for c in webhook.conditions
        ]
        or ["none"],
        "headers": [f"{h.name}: {h.value}" for h in webhook.headers] or ["none"],
    }
    lines: list[Line] = []
    for name, values in listed.items():
        lines += fact_lines(
            [(name if not index else "", Cell(safe_line(v))) for index, v in enumerate(values)]
        )
    if webhook.body_template:
        lines += [(), heading("Body template")]
        lines += [(Cell("  "), *line) for line in body_lines(webhook.body_template)]
    return lines


def failures(deliveries: Sequence[Delivery], now: datetime) -> list[Line]:
    """Its latest failures."""
    if not deliveries:
        return [quiet("no failure is in the history")]
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
    """Who changed what."""
    lines: list[Line] = [
        (
            Cell(f"  {moment(entry.at, now):>8}  ", "quiet"),
            Cell(f"{safe_line(entry.login, 24):<12}", "name"),
            Cell(f"{safe_line(entry.action, 30):<18}"),
            Cell(_change(entry), "quiet"),
        )
        for entry in entries
    ]
    return lines or [quiet("nobody has changed anything yet")]


def _change(entry: AuditEntry) -> str:
    """The keys that differ, with both values."""
    before, after = entry.before or {}, entry.after or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ""
    if not before:
        return "made"
    said = [
        f"{key}: {_short(before.get(key))} → {_short(after.get(key))}"
        for key in after
        if before.get(key) != after.get(key) and key not in {"version", "updated_at"}
    ]
    return safe_line("  ".join(said), SHOWN)


def _short(value: object) -> str:
    text = msgspec.json.encode(value).decode("utf-8", "replace").strip('"')
    return text if len(text) <= SHOWN // 4 else text[: SHOWN // 4] + "…"


def _row(*facts: tuple[str, Cell]) -> Line:
    cells = []
    for name, value in facts:
        cells += [Cell(f"  {name} ", "quiet"), Cell(value.text, value.style or "strong")]
        cells.append(Cell(" " * max(1, FIGURE - len(name) - len(value.text))))
    return tuple(cells)


def _secret(webhook: Webhook) -> Cell:
    if not webhook.secret.set:
        return Cell("none: deliveries are not signed", "warn")
    return Cell(safe_line(webhook.secret.hint or "set"))


def _retries(webhook: Webhook) -> str:
    retry = webhook.retry
    waits = ", ".join(f"{wait:g} s" for wait in retry.schedule)
    tries = f"after {waits}" if waits else "none"
    rate = f", at most {retry.rate:g} a second" if retry.rate else ""
    return f"{tries}; {retry.timeout:g} s each, {retry.concurrency} at once{rate}"


def _spent(milliseconds: int | None) -> str:
    return "–" if milliseconds is None else duration(milliseconds)
