"""What can be typed next in a filter, for the app's input line and the shells."""

from collections.abc import Iterable, Mapping

import msgspec

from daemon.domain.filters.parser import KEYS, VALUES, FilterKey
from daemon.domain.filters.tokens import Token, quote, tokens

_HTTP = ("2xx", "3xx", "4xx", "5xx", "404", "429", "500", "503", "none")
_TIMES = ("15m", "1h", "24h", "7d", "today", "yesterday")
_FIXED: dict[FilterKey, tuple[str, ...]] = {
    **VALUES,
    FilterKey.HTTP: _HTTP,
    FilterKey.SINCE: _TIMES,
    FilterKey.UNTIL: _TIMES,
}


class Suggestion(msgspec.Struct, frozen=True):
    """Text to put in place of the half-typed word, and what it means."""

    text: str
    meaning: str = ""


class Suggestions(msgspec.Struct, frozen=True):
    """What fits, and the part of the line (from `start` to `end`) that it takes the place of."""

    start: int
    end: int
    items: tuple[Suggestion, ...]


def complete(
    text: str, cursor: int, words: Mapping[FilterKey, Iterable[str]] | None = None
) -> Suggestions:
    """What can stand where the cursor is.

    `words` are values that are known now: names of webhooks, ids of projects, event types.
    """
    token = _at(text, cursor)
    if token.key is None or cursor < token.value_start:
        return _keys(text, cursor, token)
    key = token.key.lower()
    if key not in KEYS:
        return Suggestions(token.value_start, token.end, ())
    typed = FilterKey(key)
    known = list(_FIXED.get(typed, ())) or list((words or {}).get(typed, ()))
    if typed is FilterKey.TYPE:
        known += sorted({f"{name.partition('.')[0]}.*" for name in known})
    begun = text[token.value_start : cursor].lstrip('"').lower()
    items = [
        Suggestion(quote(value, after_key=True))
        for value in dict.fromkeys(known)
        if value.lower().startswith(begun)
    ]
    return Suggestions(token.value_start, token.end, tuple(items))


def _keys(text: str, cursor: int, token: Token) -> Suggestions:
    start = token.start + token.negated
    begun = text[start:cursor].lower()
    items = [
        Suggestion(f"{key}:", meaning) for key, meaning in KEYS.items() if key.startswith(begun)
    ]
    end = token.end if token.key is None else token.value_start
    return Suggestions(start, end, tuple(items))


def _at(text: str, cursor: int) -> Token:
    """The word that the cursor is in or behind; an empty one where it stands between words."""
    for token in tokens(text):
        if token.start <= cursor <= token.end:
            return token
    return Token(negated=False, key=None, value="", start=cursor, value_start=cursor, end=cursor)
