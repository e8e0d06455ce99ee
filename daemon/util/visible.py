"""Text on one line, with nothing in it that a terminal obeys; quick to import."""

import unicodedata

LINE_MAX = 4_000
"""Characters of one message; the rest is cut."""

_REMEMBERED = 4_096


class _Visible(dict[int, str | None]):
    """For `str.translate`: control and format characters become readable, the rest stays."""

    def __missing__(self, point: int) -> str | None:
        category = unicodedata.category(chr(point))
        if category in {"Cc", "Zl", "Zp"}:
            shown = f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"  # noqa: PLR2004
        elif category in {"Cf", "Cs"}:
            shown = f"‹U+{point:04X}›"
        else:
            shown = chr(point)
        if len(self) < _REMEMBERED:
            self[point] = shown
        return shown


_visible = _Visible({ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): " "})


def visible(text: str) -> str:
    """`text` on one line, with nothing in it that a terminal acts on."""
    cut = text if len(text) <= LINE_MAX else f"{text[:LINE_MAX]}… ({len(text)} characters)"
    return cut.translate(_visible)
