"""The decisions about an event: a line for every webhook (rules.md §4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, pad
from corgea_tui.text.words import count, state, why
from corgea_tui.views.details.lines import Line, json_lines, quiet
from corgea_tui.views.rows.feed_rows import went
from daemon.protocol import Delivery, Event, EventDetail, Explanation

NAME, DECISION = 22, 18
SHORT = 8
"""Characters of an id that are shown."""

DECISIONS: dict[str, tuple[str, str, str]] = {
    "matched": ("✔", "matched", "good"),
    "paused": ("‖", "paused", "warn"),
    "not_subscribed": ("⊘", "not subscribed", "quiet"),
    "project_filter": ("⊘", "project filter", "quiet"),
    "status_filter": ("⊘", "status filter", "quiet"),
    "condition": ("⊘", "condition", "quiet"),
    "created_later": ("·", "created later", "quiet"),
}
"""Glyph, words and style of each decision."""


def title(event: Event) -> Line:
    """Type, project and id of an event, and the number of webhooks that matched."""
    project = event.project_name or event.project
    return (
        Cell(" "),
        Cell(safe_line(event.event_type, 60), "strong"),
        Cell(f"  {safe_line(project, 60)}" if project else ""),
        Cell(f"  {safe_line(event.event_id, SHORT)}", "quiet"),
        Cell("   "),
        went(event),
    )


def explanation(found: Sequence[Explanation], detail: EventDetail, now: datetime) -> list[Line]:
    """The decisions, `matched` first."""
    ended = {row.id: row for row in detail.deliveries}
    order = list(DECISIONS)
    rows = sorted(
        found, key=lambda e: order.index(e.decision) if e.decision in DECISIONS else len(order)
    )
    lines = [_decision(row, ended, now) for row in rows]
    return lines or [quiet("there were no webhooks when the event was accepted")]


def _decision(row: Explanation, ended: Mapping[str, Delivery], now: datetime) -> Line:
    unknown = ("·", safe_line(row.decision, DECISION), "quiet")
    glyph, words, style = DECISIONS.get(row.decision, unknown)
    delivery = ended.get(row.delivery_id or "")
    return (
        Cell(f"  {glyph} ", style),
        Cell(pad(safe_line(row.webhook_name), NAME), "strong"),
        Cell(f"  {pad(words, DECISION)}", style),
        *(_end(delivery, now) if delivery else (Cell(safe_line(row.detail)),)),
    )


def _end(delivery: Delivery, now: datetime) -> Line:
    shown = state(delivery, now)
    tries = f" after {count(delivery.attempt, 'attempt')}" if delivery.attempt else ""
    status = f" {delivery.http_status}" if delivery.http_status else ""
    reason = why(delivery)
    return (Cell(f"{shown.text}{status}{tries}  ", shown.style), reason)


def payload(detail: EventDetail, limit: int) -> list[Line]:
    """The payload as lines; its numbers keep their spelling."""
    return [(Cell("  "), *line) for line in json_lines(exact(detail), limit)]


def exact(detail: EventDetail) -> bytes:
    """The payload, byte for byte if the daemon sent it so."""
    raw = detail.payload
    return bytes(raw) if isinstance(raw, msgspec.Raw) else msgspec.json.encode(raw)
