"""What is worth a toast or a bell: a webhook was paused, or starts failing (app.md, Behaviour)."""

from corgea_tui.text.safe_text import SafeText, safe_line
from daemon.protocol import Webhook


def alert(before: Webhook | None, after: Webhook) -> SafeText | None:
    """What to say about a webhook that changed; None when it is nothing to be called for."""
    if before is None:
        return None
    if before.state == "active" and after.state == "paused":
        return safe_line(f"{after.name} was paused: {after.paused_reason or 'by hand'}")
    failed_before = before.statistics.consecutive_failures
    if not failed_before and after.statistics.consecutive_failures:
        return safe_line(f"{after.name} starts failing")
    return None
