"""Text from outside, made safe for a terminal (app.md, Untrusted text).

Event data, responses, names and URLs may hold terminal escapes, direction marks or markup. They
reach a screen or stdout only as `SafeText`, which this module alone makes. Nothing is swallowed:
a control character becomes its picture (`␛`) or its code point (`‹U+202E›`), so that a reader
sees that somebody tried.
"""

import re

LIMIT = 64 * 1024
"""Characters kept of a text by default; what is longer is for `$PAGER`."""
LINE_LIMIT = 512
"""Characters kept of a line by default; wider than any terminal."""

_PLAIN = re.compile(r"[\n\t\x20-\x7e]*")
_PLAIN_LINE = re.compile(r"[\x20-\x7e]*")
_CONTROL = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180b-\u180f"  # format controls
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"  # tags and further variation selectors: text nobody sees
    "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # letters without a shape
    "\ud800-\udfff"  # lone surrogates: they cannot even be written
    "]"
)
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILE = re.compile(f"([{_MARKS}]{{4}})[{_MARKS}]+")
"""Accents piled on one letter run over the lines around it; four are enough for any script."""
_PICTURES = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {"\x7f": "␡"}
_LINE_BREAKS = str.maketrans({"\n": "␊", "\t": "␉"})


class SafeText(str):
    """Text that a terminal may see. Made by `safe` and `safe_line` only, never by hand."""

    __slots__ = ()


def safe(text: str, limit: int = LIMIT) -> SafeText:
    """`text` without anything that a terminal would act on; newlines and tabs stay.

    More than `limit` characters are cut, with a note of how many are missing.
    """
    if isinstance(text, SafeText) and len(text) <= limit:
        return text
    if len(text) <= limit and _PLAIN.fullmatch(text):
        return SafeText(text)
    kept = _shown(text[:limit])
    missing = len(text) - limit
    return SafeText(kept if missing <= 0 else f"{kept}\n… {missing:,} more characters")


def safe_line(text: str, limit: int = LINE_LIMIT) -> SafeText:
    """As `safe`, but certainly one line: newlines and tabs become `␊` and `␉`; cut with `…`."""
    if len(text) <= limit and _PLAIN_LINE.fullmatch(text):
        return SafeText(text)
    kept = _shown(text[:limit]).translate(_LINE_BREAKS)
    return SafeText(kept if len(text) <= limit else kept + "…")


def _shown(text: str) -> str:
    return _PILE.sub(r"\1", _CONTROL.sub(_picture, text))


def _picture(match: re.Match[str]) -> str:
    character = match.group()
    return _PICTURES.get(character) or f"‹U+{ord(character):04X}›"
