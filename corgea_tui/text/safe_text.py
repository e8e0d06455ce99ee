"""`SafeText`: text that may be written to a terminal (app.md, Untrusted text).

Event data, responses, names and URLs reach a screen or stdout only as `SafeText`, which only this
module makes. `daemon.util.visible` cleans the text.
"""

from daemon.util.visible import LINE_LIMIT, TEXT_LIMIT, visible, visible_line

LIMIT = TEXT_LIMIT
"""Characters kept of a text by default; `$PAGER` shows longer texts."""


class SafeText(str):
    """Text that is safe for a terminal. Only `safe` and `safe_line` make it."""

    __slots__ = ()


def safe(text: str, limit: int = LIMIT) -> SafeText:
    """`text` without characters that a terminal would act on; newlines and tabs stay.

    A text of more than `limit` characters is cut, with a note of the number of missing ones.
    """
    if isinstance(text, SafeText) and len(text) <= limit:
        return text
    return SafeText(visible(text, limit))


def safe_line(text: str, limit: int = LINE_LIMIT) -> SafeText:
    """`text` as one safe line: newlines and tabs become `␊` and `␉`; a long one is cut with `…`."""
    return SafeText(visible_line(text, limit))
