"""Durations as text, such as `500ms`, `20s` or `1.5h`: the one reader of them.

Settings, filters (`since:1h`) and options of commands all read durations here, so that what is
accepted in one of them is accepted in all.
"""

import re
from math import isfinite

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
"""Seconds in each unit that can be written."""
EXAMPLES = "500ms, 20s, 2m, 1h, 7d or 2w"
"""For messages about a text that is not a duration."""

_DURATION = re.compile(
    rf"\s*([0-9]+(?:\.[0-9]+)?)\s*({'|'.join(SECONDS)})?\s*", re.ASCII | re.IGNORECASE
)


class InvalidDuration(ValueError):
    """A text that is not a duration. The message says what one looks like."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text[:60]!r} is not a duration: write {EXAMPLES}")


def parse_duration(text: str, *, bare_unit: str | None = None) -> float:
    """The seconds that `text` stands for. Raises InvalidDuration.

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
