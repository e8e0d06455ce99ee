"""What is failing, since when and why: what somebody woken at three wants to know first."""

from collections.abc import Iterable
from datetime import datetime

from corgea_tui.feed import Feed
from corgea_tui.lines import quiet
from corgea_tui.output_table import Cell
from corgea_tui.output_words import ago, count
from corgea_tui.safe_text import safe_line
from corgea_tui.widgets.columns import fitted
from corgea_tui.widgets.painted import Line
from daemon.wire import Delivery, Webhook

NAME = 24
LOOK_BACK = 500
"""Rows of the feed that are looked through for reasons."""


def triage(webhooks: Iterable[Webhook], feed: Feed[Delivery], now: datetime) -> list[Line]:
    """A line for every webhook that fails or is paused, the failing ones first."""
    known = list(webhooks)
    failing = [w for w in known if w.state == "active" and w.statistics.consecutive_failures]
    failing.sort(key=lambda webhook: -webhook.statistics.consecutive_failures)
    paused = sorted((w for w in known if w.state == "paused"), key=lambda w: w.paused_at or "")
    latest = _latest_failures(feed)
    lines = [_failing(webhook, latest.get(webhook.id), now) for webhook in failing]
    lines += [_paused(webhook, now) for webhook in paused]
    if lines:
        return [*lines, (), quiet("n next failure · enter open · r retry · p pause or activate")]
    if not known:
        return [quiet("no webhooks yet: 2 a adds one")]
    return [
        (Cell("  ✔ ", "good"), Cell(f"nothing is failing: {count(len(known), 'webhook')} active")),
        quiet("select a delivery with ↓ to see it in full; f follows the newest again"),
    ]


def _latest_failures(feed: Feed[Delivery]) -> dict[str, tuple[Delivery, Delivery]]:
    """By webhook its latest failure and the first one since it last succeeded, as far as held."""
    found: dict[str, tuple[Delivery, Delivery]] = {}
    closed: set[str] = set()
    for index in range(min(len(feed), LOOK_BACK)):
        row = feed.row(index)
        if not isinstance(row, Delivery) or row.webhook_id in closed:
            continue
        if row.status == "succeeded":
            closed.add(row.webhook_id)
        elif row.status == "failed":
            newest, _ = found.get(row.webhook_id, (row, row))
            found[row.webhook_id] = (newest, row)
    return found


def _failing(webhook: Webhook, seen: tuple[Delivery, Delivery] | None, now: datetime) -> Line:
    streak = count(webhook.statistics.consecutive_failures, "failure") + " in a row"
    head = (Cell("  ✖ ", "bad"), Cell(_name(webhook), "strong"), Cell(f"  {streak:<22}", "bad"))
    if seen is None:
        return head
    newest, first = seen
    since = f"since {ago(first.created_at, now)}".replace(" ago", "")
    why = safe_line(newest.error.message) if newest.error else ""
    return (*head, Cell(f"{since:<14}  ", "quiet"), Cell(why))


def _paused(webhook: Webhook, now: datetime) -> Line:
    reason = safe_line(webhook.paused_reason or "by hand")
    return (
        Cell("  ‖ ", "warn"),
        Cell(_name(webhook), "strong"),
        Cell(f"  {'paused ' + ago(webhook.paused_at, now):<22}", "warn"),
        Cell(f"{'':<14}  "),
        Cell(reason, "quiet"),
    )


def _name(webhook: Webhook) -> str:
    return fitted(safe_line(webhook.name, 80), NAME)
