"""Completion of filters, for the app's input line and the shells."""

from collections.abc import Iterable, Mapping

import msgspec

from daemon.domain.filters.keys import KEYS, FilteredList, FilterKey, ValueKind, keys_of
from daemon.domain.filters.tokens import Token, quote, tokens


class Suggestion(msgspec.Struct, frozen=True):
    """Text that replaces the unfinished word, and its meaning."""

    text: str
    meaning: str = ""


class Suggestions(msgspec.Struct, frozen=True):
    """The suggestions, and the part of the line (from `start` to `end`) that they replace."""

    start: int
    end: int
    items: tuple[Suggestion, ...]


def complete(
    text: str,
    cursor: int,
    words: Mapping[FilterKey, Iterable[str]] | None = None,
    *,
    of: FilteredList = FilteredList.DELIVERIES,
) -> Suggestions:
    """The suggestions at the cursor in a filter over the list `of`.

    `words` are values from the caller: names of webhooks, ids of projects, event types.
    """
    known = [key for key in keys_of(of) if key is not FilterKey.TEXT]
    token = _at(text, cursor)
    if token.key is None or cursor < token.value_start:
        return _keys(text, cursor, token, known)
    if token.key.lower() not in known:
        return Suggestions(token.value_start, token.end, ())
    key = FilterKey(token.key.lower())
    spec = KEYS[key]
    values = list(spec.proposals) or list((words or {}).get(key, ()))
    if spec.kind is ValueKind.PATTERN:
        values += sorted({f"{value.partition('.')[0]}.*" for value in values})
    begun = text[token.value_start : cursor].lstrip('"').lower()
    items = [
        Suggestion(quote(value, after_key=True))
        for value in dict.fromkeys(values)
        if value.lower().startswith(begun)
    ]
    return Suggestions(token.value_start, token.end, tuple(items))


def _keys(text: str, cursor: int, token: Token, known: Iterable[FilterKey]) -> Suggestions:
    start = token.start + token.negated
    begun = text[start:cursor].lower()
    items = [Suggestion(f"{key}:", KEYS[key].help) for key in known if key.startswith(begun)]
    end = token.end if token.key is None else token.value_start
    return Suggestions(start, end, tuple(items))


def _at(text: str, cursor: int) -> Token:
    """The word at or before the cursor; an empty one when the cursor is between words."""
    for token in tokens(text):
        if token.start <= cursor <= token.end:
            return token
    return Token(negated=False, key=None, value="", start=cursor, value_start=cursor, end=cursor)
