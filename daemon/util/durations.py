"""Parses durations such as `500ms`, `20s` or `1.5h`.

Settings, filters (`since:1h`) and options of commands all use it, so they accept the same text.
"""

import re
from math import isfinite

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
"""The seconds of each unit."""
EXAMPLES = "500ms, 20s, 2m, 1h, 7d or 2w"
"""Examples for the message about an invalid duration."""

_DURATION = re.compile(
    rf"\s*([0-9]+(?:\.[0-9]+)?)\s*({'|'.join(SECONDS)})?\s*", re.ASCII | re.IGNORECASE
)


class InvalidDuration(ValueError):
    """A text is not a duration. The message has examples."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:60]!r} is not a duration: write {EXAMPLES}")


def parse_duration(text: str, *, bare_unit: str | None = None) -> float:
    """The duration in seconds. Raises InvalidDuration.

    `bare_unit` is the unit of a number without one; None refuses such a number.

    >>> parse_duration("1.5h")
    5400.0
    >>> parse_duration("20", bare_unit="s")
    20.0
    """
    parts = _DURATION.fullmatch(text)
    unit = (parts[2] or bare_unit) if parts else None
    if parts is None or unit is None:
        raise InvalidDuration(text)
    seconds = float(parts[1]) * SECONDS[unit.lower()]
    if not isfinite(seconds):
        raise InvalidDuration(text)
    return seconds
