"""A delivery as one line of the feed, for `tail`, `emit --wait` and `demo`."""

from collections.abc import Sequence
from datetime import datetime

from corgea_tui.text.output import Paint
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import GAP, SHORTEST, Cell, cell_width, pad, shorten
from corgea_tui.text.words import answer, attempt, clock, state, took, why
from daemon.protocol import Delivery, Webhook

STATE = 13
TIME = 8
EVENT = 20
PROJECT = 16
WEBHOOK = 16
ANSWER = 8
TRY = 4
TOOK = 7
ALL = 108
"""Columns from which on project and duration are printed, too."""
NARROW = 79
"""Columns below which only state, time, event and webhook stay; the last two share the rest."""

Part = tuple[str, int, bool]


def head(width: int | None, paint: Paint) -> str:
    """The titles above the feed."""
    titles = {
        "state": "  state",
        "time": "time",
        "event": "event",
        "project": "project",
        "webhook": "webhook",
        "answer": "answer",
        "try": "try",
        "took": "took",
    }
    cells = [pad(titles[name], size, right=right) for name, size, right in parts(width)]
    return paint(GAP.join(cells).rstrip(), "quiet")


def line(
    delivery: Delivery, now: datetime, width: int | None, paint: Paint, *, explain: bool = True
) -> str:
    """One delivery; the reason of a failure is at the end, or on a line below if it does not fit.

    Without `explain` there is no line below, as the reason was printed already.
    """
    cells = _cells(delivery, now)
    painted = [
        paint(pad(cells[name].text, size, right=right), cells[name].style)
        for name, size, right in parts(width)
    ]
    text = GAP.join(painted)
    reason = why(delivery)
    if not reason.text:
        return text.rstrip()
    used = sum(size + len(GAP) for _, size, _ in parts(width))
    if width is None or used + cell_width(reason.text) <= width:
        return f"{text}{GAP}{paint(reason.text, reason.style)}"
    explained = delivery.status == "pending" or delivery.http_status is not None
    if explained or not explain:
        return text.rstrip()  # the answer shows the reason
    indent = " " * (STATE + len(GAP))
    rest = shorten(f"└ {reason.text}", width - len(indent))
    return f"{text.rstrip()}\n{indent}{paint(rest, reason.style)}"


def webhook_line(webhook: Webhook, now: datetime, width: int | None, paint: Paint) -> str:
    """The line for a webhook that was paused or activated."""
    if webhook.state == "paused":
        word, style = "‖ paused", "warn"
        text = f"{safe_line(webhook.name)}: {safe_line(webhook.paused_reason or 'by hand')}"
    else:
        word, style, text = (
            "● active",
            "good",
            f"{safe_line(webhook.name)} receives deliveries again",
        )
    moment = clock(webhook.paused_at or webhook.updated_at, now)
    start = f"{pad(word, STATE)}{GAP}{pad(moment, TIME)}{GAP}"
    if width is not None:
        text = shorten(text, width - cell_width(start))
    return paint(f"{start}{text}", style)


def parts(width: int | None) -> Sequence[Part]:
    """The columns that fit: name, width, and whether they are aligned to the right."""
    start: list[Part] = [("state", STATE, False), ("time", TIME, False)]
    if width is not None and width < NARROW:
        room = width - sum(size + len(GAP) for _, size, _ in start) - len(GAP)
        webhook = min(WEBHOOK, max(SHORTEST, room // 2))
        event = min(EVENT, max(SHORTEST, room - webhook))
        return [*start, ("event", event, False), ("webhook", webhook, False)]
    few: list[Part] = [*start, ("event", EVENT, False)]
    some: list[Part] = [("webhook", WEBHOOK, False), ("answer", ANSWER, True), ("try", TRY, True)]
    if width is not None and width < ALL:
        return [*few, *some]
    return [*few, ("project", PROJECT, False), *some, ("took", TOOK, True)]


def _cells(delivery: Delivery, now: datetime) -> dict[str, Cell]:
    project = delivery.project_name or delivery.project
    return {
        "state": state(delivery, now),
        "time": Cell(clock(delivery.created_at, now), "quiet"),
        "event": Cell(safe_line(delivery.event_type)),
        "project": Cell(safe_line(project), "") if project else Cell("–", "quiet"),
        "webhook": Cell(safe_line(delivery.webhook_name), "strong"),
        "answer": answer(delivery),
        "try": attempt(delivery),
        "took": took(delivery.duration_ms),
    }
