"""States, times and figures in words, for all commands and the app."""

from datetime import UTC, datetime

from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from daemon.protocol import Delivery, Webhook

NOTHING = "–"
SECOND_MS = 1000
MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86400
GOOD_RATE = 99.0
POOR_RATE = 90.0
DELIVERED = 300
"""The first HTTP status that is not a success."""


def state(delivery: Delivery, now: datetime) -> Cell:
    """A delivery's state as glyph and word."""
    if delivery.status == "succeeded":
        return Cell("✔ succeeded", "good")
    if delivery.status == "failed":
        return Cell("✖ failed", "bad")
    if delivery.status == "discarded":
        return Cell("⊘ discarded", "quiet")
    if delivery.in_flight:
        return Cell("→ sending", "accent")
    if delivery.attempt == 0:
        return Cell("· waiting", "quiet")
    wait = _until(delivery.next_attempt_at, now)
    return Cell(f"↻ retry in {wait}" if wait else "↻ retry now", "warn")


def answer(delivery: Delivery) -> Cell:
    """The answer: an HTTP status, or the kind of the error (`refused`, `timeout`)."""
    status, error = delivery.http_status, delivery.error
    if status is not None:
        return Cell(str(status), "good" if status < DELIVERED else "bad")
    if error is None or delivery.status == "discarded":
        return Cell(NOTHING, "quiet")
    return Cell(error.kind.value, "bad")


def attempt(delivery: Delivery) -> Cell:
    """The number of the attempt and of all attempts, e.g. `2/3`."""
    if delivery.attempt == 0:
        return Cell(NOTHING, "quiet")
    return Cell(f"{delivery.attempt}/{delivery.max_attempts}")


def took(milliseconds: int | None) -> Cell:
    """A rounded duration."""
    if milliseconds is None:
        return Cell(NOTHING, "quiet")
    return Cell(duration(milliseconds))


def duration(milliseconds: int) -> str:
    """A rounded duration, e.g. `84 ms`, `1.2 s`, `2 m 5 s`, `3 h 20 m`, `4 d 2 h`."""
    if milliseconds < SECOND_MS:
        return f"{milliseconds} ms"
    seconds = milliseconds / SECOND_MS
    if seconds < MINUTE_S:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} m {whole % MINUTE_S} s"
    if whole < DAY_S:
        return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S} m"
    return f"{whole // DAY_S} d {whole % DAY_S // HOUR_S} h"


def why(delivery: Delivery) -> Cell:
    """Why a delivery failed or was discarded; else empty."""
    if delivery.status == "discarded" and delivery.reason:
        return Cell(safe_line(delivery.reason), "quiet")
    if delivery.error is not None and delivery.status != "succeeded":
        return Cell(
            safe_line(delivery.error.message), "bad" if delivery.status == "failed" else "warn"
        )
    return Cell("")


def clock(iso: str | None, now: datetime) -> str:
    """A time: today as `14:02:30`, this year as `Nov 20 14:02`, else as `2025-11-20`."""
    moment = parsed(iso)
    if moment is None:
        return NOTHING
    local, today = moment.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    if local.year == today.year:
        return f"{local:%b %d %H:%M}"
    return f"{local:%Y-%m-%d}"


def ago(iso: str | None, now: datetime) -> str:
    """The age of a time, e.g. `12 s ago`."""
    moment = parsed(iso)
    if moment is None:
        return "never"
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < MINUTE_S:
        return f"{seconds} s ago"
    return f"{duration(seconds * SECOND_MS)} ago"


def percent(rate: float | None) -> Cell:
    """A success rate; `–` when there were no deliveries."""
    if rate is None:
        return Cell(NOTHING, "quiet")
    style = "good" if rate >= GOOD_RATE else "warn" if rate >= POOR_RATE else "bad"
    return Cell(f"{rate:.1f}%", style)


def webhook_state(webhook: Webhook) -> Cell:
    """A webhook's state as glyph and word."""
    if webhook.state == "paused":
        return Cell("‖ paused", "warn")
    if webhook.statistics.consecutive_failures:
        return Cell("✖ failing", "bad")
    return Cell("● active", "good")


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun, e.g. `1 event`, `2 events`, `1,204 deliveries`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def parsed(iso: str | None) -> datetime | None:
    """A time from the daemon; None when there is none or it cannot be read."""
    if not iso:
        return None
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _until(iso: str | None, now: datetime) -> str:
    moment = parsed(iso)
    if moment is None:
        return ""
    seconds = (moment - now).total_seconds()
    if seconds <= 0:
        return ""
    if seconds < MINUTE_S:
        return f"{max(1, round(seconds))}s"
    return duration(int(seconds * SECOND_MS))
