"""A place in a text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TextPosition:
    """Line and column, both from 1."""

    line: int
    column: int
