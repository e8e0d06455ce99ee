"""The kinds of values of settings: each reads a value from TOML, checks it and writes it back.

A kind reads strictly: `true` is not a number, `"5"` is not a count. It writes a value as TOML that
it reads back to the same value.
"""

import math
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from daemon.util.durations import InvalidDuration, parse_duration
from daemon.util.toml import inline


class BadValue(Exception):
    """A value that a setting does not accept. The message says what it accepts.

    `at` is the path from the setting to the bad part: keys of tables and indices of lists.
    """

    def __init__(self, message: str, *, at: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.at = at


class SettingKind(Protocol):
    """How values of one setting are read and written."""

    def read(self, value: Any) -> Any:
        """The checked value. Raises BadValue, or a group of them."""

    def write(self, value: Any) -> str:
        """`value` as TOML."""


def read_each(items: Iterable[tuple[str | int, Any]], read: Callable[[Any], Any]) -> list[Any]:
    """Read every item. Raises a group of BadValue with the key of each bad item."""
    good, bad = [], []
    for key, item in items:
        try:
            good.append(read(item))
        except BadValue as error:
            error.at = (key, *error.at)
            bad.append(error)
    if bad:
        raise ExceptionGroup("bad values", bad)
    return good


@dataclass(frozen=True)
class OneOf:
    """One of a set of words."""

    words: tuple[str, ...]

    def read(self, value: Any) -> str:
        """The word."""
        if value not in self.words:
            raise BadValue(f"must be one of {', '.join(map(inline, self.words))}")
        return str(value)

    def write(self, value: str) -> str:
        """The word."""
        return inline(value)


_BYTES = {
    "": 1,
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}


@dataclass(frozen=True)
class Duration:
    """Seconds, as a number or as text like "500ms", "10s", "2m", "1h", "1d"."""

    least: float
    most: float

    def read(self, value: Any) -> float:
        """The duration in seconds."""
        seconds = _seconds(value)
        if not self.least <= seconds <= self.most:
            raise BadValue(f"must be between {self.least:g} and {self.most:g} seconds")
        return seconds

    def write(self, value: float) -> str:
        """Seconds as a number."""
        return f"{value:g}"


def _seconds(value: Any) -> float:
    """The seconds of a TOML value."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if isinstance(value, str):
        with suppress(InvalidDuration):
            return parse_duration(value)
    raise BadValue('must be a number of seconds, or text like "10s" or "2m"')


@dataclass(frozen=True)
class Durations:
    """A list of durations."""

    each: Duration
    most: int

    def read(self, value: Any) -> tuple[float, ...]:
        """The durations in seconds."""
        if not isinstance(value, list):
            raise BadValue('must be a list of durations, e.g. [2, 4] or ["2s", "1m"]')
        if len(value) > self.most:
            raise BadValue(f"must have at most {self.most} entries")
        return tuple(read_each(enumerate(value), self.each.read))

    def write(self, value: tuple[float, ...]) -> str:
        """Seconds as numbers."""
        return f"[{', '.join(map(self.each.write, value))}]"


@dataclass(frozen=True)
class Count:
    """A whole number."""

    least: int
    most: int

    def read(self, value: Any) -> int:
        """The number."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise BadValue("must be a whole number")
        if not self.least <= value <= self.most:
            raise BadValue(f"must be between {self.least} and {self.most}")
        return value

    def write(self, value: int) -> str:
        """The number."""
        return str(value)


@dataclass(frozen=True)
class Size:
    """Bytes, as a whole number or as text like "256KiB", "10 GiB", "5MB"."""

    least: int
    most: int

    def read(self, value: Any) -> int:
        """The number of bytes."""
        if isinstance(value, str):
            found = re.fullmatch(r"\s*(\d{1,18})\s*([A-Za-z]*)\s*", value, re.ASCII)
            if found is None or found[2] not in _BYTES:
                raise BadValue('must be a number of bytes, or text like "256KiB" or "10GiB"')
            value = int(found[1]) * _BYTES[found[2]]
        return Count(self.least, self.most).read(value)

    def write(self, value: int) -> str:
        """The largest binary unit that holds the value exactly, else the number of bytes."""
        for unit in ("TiB", "GiB", "MiB", "KiB"):
            if value and value % _BYTES[unit] == 0:
                return inline(f"{value // _BYTES[unit]}{unit}")
        return str(value)


@dataclass(frozen=True)
class OrNever:
    """A number whose 0 means "no limit"; it is read as None."""

    kind: Count | Size

    def read(self, value: Any) -> int | None:
        """The number, or None for 0."""
        if value == 0 and not isinstance(value, bool | float):
            return None
        return self.kind.read(value)

    def write(self, value: int | None) -> str:
        """The number, or 0 for None."""
        return "0" if value is None else self.kind.write(value)
