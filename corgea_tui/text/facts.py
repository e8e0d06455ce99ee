"""An object as lines of name and value, in two aligned columns; long values wrap."""

from collections.abc import Sequence

from corgea_tui.text.output import Paint
from corgea_tui.text.table import GAP, Cell, cell_width

Fact = tuple[str, Cell]


def facts(pairs: Sequence[Fact], width: int | None, paint: Paint, indent: str = "") -> list[str]:
    """The lines of the facts; a fact with an empty value is left out."""
    given = [(name, cell) for name, cell in pairs if cell.text]
    room = max((cell_width(name) for name, _ in given), default=0)
    lines = []
    for name, cell in given:
        head = f"{indent}{name.ljust(room)}{GAP}"
        left = None if width is None else max(20, width - cell_width(head))
        first, *rest = wrapped(cell.text, left)
        lines.append(f"{indent}{paint(name.ljust(room), 'quiet')}{GAP}{paint(first, cell.style)}")
        lines += [" " * cell_width(head) + paint(text, cell.style) for text in rest]
    return lines


def wrapped(text: str, width: int | None) -> list[str]:
    """`text` in lines of at most `width` columns, broken at spaces where possible."""
    if width is None or cell_width(text) <= width:
        return [text]
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_width(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _cut(word, width)
        lines += full
    return [*lines, line]


def _cut(word: str, width: int) -> list[str]:
    """A word that is too long for a line, in pieces."""
    pieces, piece = [], ""
    for character in word:
        if cell_width(piece + character) > width:
            pieces.append(piece)
            piece = ""
        piece += character
    return [*pieces, piece]
