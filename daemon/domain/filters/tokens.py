"""The words of the filter language (interfaces.md, Filters) and the quotes around them."""

import re
from collections.abc import Iterator

import msgspec

_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_]*):")
_BARE = re.compile(r"\S*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SPACE = re.compile(r"\s*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN = re.compile(r'[^\s"\-\\][^\s]*')


class FilterError(ValueError):
    """A text is not a filter. `position` is the character of the error, from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class Token(msgspec.Struct, frozen=True):
    """The parts of `-key:value` or `-value`. `key` is None for free text.

    `start`, `value_start` and `end` are positions in the text. `open` means that a quote is not
    closed, as happens while a filter is typed.
    """

    negated: bool
    key: str | None
    value: str
    start: int
    value_start: int
    end: int
    open: bool = False


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text. It never raises, so it also reads unfinished filters."""
    at = _skip(_SPACE, text, 0)
    while at < len(text):
        token = _token(text, at)
        yield token
        at = _skip(_SPACE, text, token.end)


def _token(text: str, start: int) -> Token:
    negated = text[start] == "-" and bool(text[start + 1 : start + 2].strip())
    at = start + negated
    key = _KEY.match(text, at)
    value_start = key.end() if key else at
    value, end, is_open = _value(text, value_start)
    return Token(negated, key[1] if key else None, value, start, value_start, end, is_open)


def _value(text: str, start: int) -> tuple[str, int, bool]:
    if not text.startswith('"', start):
        end = _skip(_BARE, text, start)
        return text[start:end], end, False
    quoted = _QUOTED.match(text, start)
    if quoted is None:
        return _unescaped(text[start + 1 :]), len(text), True
    return _unescaped(quoted[1]), quoted.end(), False


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def quote(value: str, *, after_key: bool) -> str:
    """A value as text in a filter, in quotes if it needs them."""
    plain = _PLAIN.fullmatch(value) and (after_key or not _KEY.match(value))
    if plain:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
