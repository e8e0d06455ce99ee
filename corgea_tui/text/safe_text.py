"""`SafeText`: the type of text that a terminal may be given (app.md, Untrusted text).

Event data, responses, names and URLs reach a screen or stdout only as `SafeText`, which this module
alone makes. What is cleaned, and how, is decided in `daemon.util.visible`.
"""

from daemon.util.visible import LINE_LIMIT, TEXT_LIMIT, visible, visible_line

LIMIT = TEXT_LIMIT
"""Characters kept of a text by default; what is longer is for `$PAGER`."""


class SafeText(str):
    """Text that a terminal may see. Made by `safe` and `safe_line` only, never by hand."""

    __slots__ = ()


def safe(text: str, limit: int = LIMIT) -> SafeText:
    """`text` without anything that a terminal would act on; newlines and tabs stay.

    More than `limit` characters are cut, with a note of how many are missing.
    """
    if isinstance(text, SafeText) and len(text) <= limit:
        return text
    return SafeText(visible(text, limit))


def safe_line(text: str, limit: int = LINE_LIMIT) -> SafeText:
    """As `safe`, but certainly one line: newlines and tabs become `␊` and `␉`; cut with `…`."""
    return SafeText(visible_line(text, limit))
