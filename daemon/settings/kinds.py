"""The kinds of values that settings take: how one is read from TOML, checked and written back.

A kind reads strictly: `true` is no number, `"5"` no count. It writes a value as the TOML that reads
back to it.
"""

import json
from dataclasses import dataclass
from typing import Any, Protocol


class BadValue(Exception):
    """A value that a setting does not take; the message says what is wanted."""


class Kind(Protocol):
    """How values of one setting are read and written."""

    def read(self, value: Any) -> Any:
        """The checked value; `BadValue` says what is wanted instead."""

    def write(self, value: Any) -> str:
        """`value` as TOML."""


def toml_text(text: str) -> str:
    """`text` as a TOML basic string: JSON's escapes are TOML's, but for DEL and lone surrogates."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


@dataclass(frozen=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    def read(self, value: Any) -> str:
        """The word."""
        if value not in self.words:
            raise BadValue(f"must be one of {', '.join(map(toml_text, self.words))}")
        return str(value)

    def write(self, value: str) -> str:
        """The word."""
        return toml_text(value)
