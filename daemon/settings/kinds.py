"""The kinds of values that settings take: how one is read from TOML, checked and written back.

A kind reads strictly: `true` is no number, `"5"` no count. It writes a value as the TOML that reads
back to it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from daemon.util.toml import inline


class BadValue(Exception):
    """A value that a setting does not take; the message says what is wanted.

    `at` leads from the setting to the bad part of it: keys of tables and indices of lists.
    """

    def __init__(self, message: str, *, at: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.at = at


class ValueKind(Protocol):
    """How values of one setting are read and written."""

    def read(self, value: Any) -> Any:
        """The checked value; `BadValue`, or a group of them, says what is wanted instead."""

    def write(self, value: Any) -> str:
        """`value` as TOML."""


def read_each(items: Iterable[tuple[str | int, Any]], read: Callable[[Any], Any]) -> list[Any]:
    """Every item read; the bad ones, all of them, as a group with their keys."""
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
    """One of some words."""

    words: tuple[str, ...]

    def read(self, value: Any) -> str:
        """The word."""
        if value not in self.words:
            raise BadValue(f"must be one of {', '.join(map(inline, self.words))}")
        return str(value)

    def write(self, value: str) -> str:
        """The word."""
        return inline(value)
