"""Makes untrusted text safe for terminals (app.md, Untrusted text).

Event data, responses, names, URLs and file names may hold terminal escapes, direction marks and
other characters that a terminal acts on or that readers cannot see. Each becomes its picture (`␛`)
or its code point (`‹U+202E›`), so that a reader sees it.

The daemon cleans text that it logs and prints. Clients clean all text that they display and mark it
with a type (`corgea_tui.text.safe_text`). This module imports only `re`.
"""

import re

TEXT_LIMIT = 64 * 1024
"""Characters kept of a text by default."""
LINE_LIMIT = 512
"""Characters kept of a line by default; wider than any terminal."""
MESSAGE_LIMIT = 4_000
"""Characters kept of one message of a log or a command."""

_PLAIN = re.compile(r"[\n\t\x20-\x7e]*")
_PLAIN_LINE = re.compile(r"[\x20-\x7e]*")
HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180b-\u180f"  # format controls
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"  # tags and further variation selectors: invisible text
    "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # letters without a shape
    "\ud800-\udfff"  # lone surrogates: they cannot even be written
    "]"
)
"""A character that a terminal acts on, or that readers cannot see."""
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILE = re.compile(f"([{_MARKS}]{{4}})[{_MARKS}]+")
"""Many accents on one letter cover the lines around it; four are enough for any script."""
_PICTURES = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {"\x7f": "␡"}
_LINE_BREAKS = str.maketrans({"\n": "␊", "\t": "␉"})


def visible(text: str, limit: int = TEXT_LIMIT) -> str:
    r"""`text` without characters that a terminal acts on; newlines and tabs stay.

    A text longer than `limit` characters is cut, with a note of how many are missing.

    >>> visible("red: \x1b[31m")
    'red: ␛[31m'
    """
    if len(text) <= limit and _PLAIN.fullmatch(text):
        return text
    kept = _without_controls(text[:limit])
    missing = len(text) - limit
    return kept if missing <= 0 else f"{kept}\n… {missing:,} more characters"


def visible_line(text: str, limit: int = LINE_LIMIT) -> str:
    """As `visible`, but always one line: newlines and tabs become `␊` and `␉`; cut with `…`."""
    if len(text) <= limit and _PLAIN_LINE.fullmatch(text):
        return text
    kept = _without_controls(text[:limit]).translate(_LINE_BREAKS)
    return kept if len(text) <= limit else kept + "…"


def _without_controls(text: str) -> str:
    return _PILE.sub(r"\1", HIDDEN.sub(_picture, text))


def _picture(match: re.Match[str]) -> str:
    character = match.group()
    return _PICTURES.get(character) or f"‹U+{ord(character):04X}›"
