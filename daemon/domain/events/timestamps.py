"""Timestamps: reads the forms of producers, writes one form (rules.md §1).

All are wall-clock times in UTC. Fractions finer than a millisecond are cut off, not rounded, so
that an event is never later than its producer's timestamp.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_CANONICAL = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"
)
_ACCEPTED = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]((?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2})"
    r"(?:\.([0-9]{1,12}))?(?:[Zz]|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # UTC throughout; written without its offset
_MILLISECOND = timedelta(milliseconds=1)


class InvalidTimestamp(ValueError):
    """A text is not a timestamp. The message has an example."""

    def __init__(self) -> None:
        super().__init__(
            "is not a timestamp: write it like 2025-01-15T14:30:00.000Z"
            " (date, T, time with seconds, then Z or an offset such as +02:00)"
        )


def read_timestamp(text: str) -> str:
    """The same time as `2025-01-15T14:30:00.000Z`.

    Accepts `Z` or an offset, with or without fractions of a second.
    Raises InvalidTimestamp for anything else, and for times outside of the years 1 to 9999.

    >>> read_timestamp("2025-01-15T14:30:00+02:00")
    '2025-01-15T12:30:00.000Z'
    """
    if _CANONICAL.fullmatch(text):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise InvalidTimestamp from None
        return text
    return _normalised(text)


def _normalised(text: str) -> str:
    parts = _ACCEPTED.fullmatch(text)
    if parts is None:
        raise InvalidTimestamp
    date, time, fraction, sign, hours, minutes = parts.groups()
    try:
        instant = datetime.fromisoformat(f"{date}T{time}.{(fraction or '')[:3]:0<3}")
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            instant += offset if sign == "-" else -offset
    except (ValueError, OverflowError):
        raise InvalidTimestamp from None
    return f"{instant.isoformat(timespec='milliseconds')}Z"


@lru_cache(maxsize=256)  # the changes of one commit have the same times
def from_ms(ms: int) -> str:
    """The time `ms` milliseconds after the epoch, as text."""
    seconds, rest = divmod(ms, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


@lru_cache(maxsize=256)  # most times are in the same few seconds
def _second(seconds: int) -> str:
    return (_NAIVE_EPOCH + timedelta(seconds=seconds)).isoformat()


def to_ms(timestamp: str) -> int:
    """Milliseconds since the epoch of a timestamp as `read_timestamp` and `from_ms` write it."""
    return (datetime.fromisoformat(timestamp) - _EPOCH) // _MILLISECOND


def to_seconds(timestamp: str) -> int:
    """Whole unix seconds of a timestamp as `read_timestamp` and `from_ms` write it."""
    return to_ms(timestamp) // 1000
