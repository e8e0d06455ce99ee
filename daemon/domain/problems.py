"""Errors about single fields, with messages that say what to do."""

from collections.abc import Iterable

import msgspec

from daemon.util.visible import visible_line

_SHOWN = 60
"""The most characters of a refused value in a message."""


class FieldError(msgspec.Struct, frozen=True):
    """An error about one field. `field` is its path, e.g. `headers.0.value`."""

    field: str
    message: str


def quoted(text: str) -> str:
    """`text` for a message: in quotes, on one line, shortened."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def printable(name: str) -> str:
    """An untrusted key for a field's path: safe for terminals, shortened."""
    return visible_line(name, _SHOWN)


def is_unicode(text: str) -> bool:
    """Whether text can be written as UTF-8: it has no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def closest(word: str, known: Iterable[str]) -> str | None:
    """The word of `known` that is closest to `word`, or None."""
    import difflib

    near = difflib.get_close_matches(word[:_SHOWN].lower(), list(known), n=1, cutoff=0.6)
    return near[0] if near else None


def unknown(what: str, word: object, known: Iterable[str]) -> str:
    """The message for a word outside a vocabulary: it names the nearest word, then all words."""
    names = sorted(known)
    if not isinstance(word, str):
        return f"must be a string, one of {', '.join(names)}"
    guess = closest(word, names)
    meant = f" (did you mean {guess}?)" if guess else ""
    return f"{quoted(word)} is not a known {what}{meant}; known are {', '.join(names)}"
