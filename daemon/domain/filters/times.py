"""Times in filters: a duration before now (`1h`), a day (`today`), or a time. All are UTC."""

import re
from datetime import UTC, datetime, timedelta

from daemon.domain.events.timestamps import from_ms
from daemon.util.durations import InvalidDuration, parse_duration

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?)?"
    r"(Z|z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_MS = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
_LATEST_MS = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)

EXAMPLES = "15m, 1h, 7d, today, yesterday, 2025-01-15 or 2025-01-15T14:00 (UTC)"
"""Examples for the message about an invalid time."""


class InvalidTime(ValueError):
    """A text is not a time. The message has examples."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:60]!r} is not a time: write {EXAMPLES}")


def read_time(text: str, now_ms: int) -> int:
    """The time in `text`, in milliseconds since the epoch. Raises InvalidTime."""
    word = text.strip().lower()
    today = now_ms - now_ms % _DAY_MS
    named = {"now": now_ms, "today": today, "yesterday": today - _DAY_MS}
    if word in named:
        return named[word]
    try:
        ms: int | None = now_ms - round(parse_duration(word) * 1000)
    except InvalidDuration:
        ms = _instant(text.strip())
    if ms is None or not _EARLIEST_MS <= ms <= _LATEST_MS:
        raise InvalidTime(text)
    return ms


def _instant(text: str) -> int | None:
    parts = _INSTANT.fullmatch(text)
    if parts is None or (parts[5] and not parts[2]):
        return None
    day, minute, second, fraction, zone = parts.groups()
    written = f"{day}T{minute or '00:00'}:{second or '00'}.{(fraction or '')[:3]:0<3}"
    try:
        instant = datetime.fromisoformat(written + _offset(zone))
        return (instant - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def _offset(zone: str | None) -> str:
    if zone is None or zone in "Zz":
        return "+00:00"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def write_time(ms: int) -> str:
    """The time in a form that `read_time` reads."""
    return from_ms(ms)
