"""Since when and why a webhook is in trouble, in the same words wherever that is told."""

from datetime import datetime

from corgea_tui.state.failure_runs import FailureRun
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.words import clock
from daemon.protocol import Webhook

IN_A_ROW = "in a row"


def since(webhook: Webhook, story: FailureRun | None, now: datetime) -> str:
    """When it was paused or began to fail; empty while that is not known."""
    if webhook.state == "paused":
        return f"since {clock(webhook.paused_at, now)}"
    if story is None:
        return ""
    return f"{'since' if story.whole else 'before'} {clock(story.first, now)}"


def why(webhook: Webhook, story: FailureRun | None) -> str:
    """What went wrong, and for a paused one who or what paused it."""
    reason = safe_line(story.why) if story else ""
    if webhook.state != "paused":
        return reason
    paused = safe_line(webhook.paused_reason or "by hand")
    if not reason:
        return paused
    by_itself = paused.endswith(IN_A_ROW)  # then what failed says more than that it did
    return f"{reason}; {paused}" if by_itself else f"{paused}; {reason}"


def to_the_minute(words: str) -> str:
    """A time of today without its seconds, for where there is little room."""
    return words[:-3] if words.count(":") == 2 else words  # noqa: PLR2004  # hours:minutes:seconds
