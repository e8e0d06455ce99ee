"""A template written over several lines, as people like to read and change it."""

import re

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\{\{[^{}]*\}\}|[{}\[\],:]|[^"{}\[\],:\s]+|\S')
_INDENT = "  "
_OPEN, _CLOSE = "{[", "}]"


def tidy(template: str) -> str:
    """The same JSON with its placeholders, a member a line; only what stands between is changed."""
    pieces = _PIECE.findall(template)
    parts: list[str] = []
    depth = 0
    for before, piece in zip(["", *pieces], pieces, strict=False):
        if piece in _CLOSE:
            depth -= 1
        if before and _breaks(before, piece):
            parts.append("\n" + _INDENT * depth)
        if piece in _OPEN:
            depth += 1
        parts.append(": " if piece == ":" else piece)
    return "".join(parts)


def _breaks(before: str, piece: str) -> bool:
    """Whether a line ends between two pieces; what is empty stays on one."""
    if piece in _CLOSE:
        return before not in _OPEN
    return before in _OPEN or before == ","
