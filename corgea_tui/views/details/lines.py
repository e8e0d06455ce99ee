"""The lines of details: facts, headings, JSON."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from corgea_tui.text.facts import Fact
from corgea_tui.text.safe_text import LIMIT, safe
from corgea_tui.text.table import Cell, cell_width

Line = tuple[Cell, ...]

LABEL = 14
"""Columns for the labels at the left."""


def fact_lines(facts: Sequence[Fact]) -> list[Line]:
    """Labels and values in aligned columns; a fact with an empty value is left out."""
    return [(Cell(f"  {name:<{LABEL}}", "quiet"), value) for name, value in facts if value.text]


def heading(text: str) -> Line:
    """A heading."""
    return (Cell(f"  {text}", "head"),)


def quiet(text: str) -> Line:
    """A dimmed line, for hints and empty lists."""
    return (Cell(f"  {text}", "quiet"),)


def plain(lines: Iterable[Line]) -> str:
    """The lines as text."""
    return "\n".join("".join(cell.text for cell in line).rstrip() for line in lines)


def line_width(line: Line) -> int:
    """The width of a line in columns."""
    return sum(cell_width(c.text) for c in line)


_TOKEN = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<text>"(?:[^"\\]|\\.)*")'
    r"|(?P<number>-?[0-9][0-9.eE+-]*)|(?P<word>true|false|null)"
)


def json_lines(raw: bytes, limit: int = LIMIT) -> list[Line]:
    """The lines of a JSON document, indented; text that is not JSON stays unchanged.

    A text of more than `limit` characters is cut, with a note.
    """
    try:
        pretty = msgspec.json.format(raw, indent=2)
    except msgspec.DecodeError:
        return text_lines(raw.decode("utf-8", "replace"), limit)
    shown = safe(pretty.decode("utf-8", "replace"), limit)
    return [_coloured(line) for line in shown.split("\n")]


def text_lines(text: str, limit: int = LIMIT) -> list[Line]:
    """The lines of any text."""
    return [(Cell(line.expandtabs(4)),) for line in safe(text, limit).split("\n")]


def body_lines(text: str, limit: int = LIMIT) -> list[Line]:
    """The lines of a body, which may be JSON."""
    stripped = text.lstrip()
    if stripped[:1] in {"{", "["}:
        return json_lines(text.encode("utf-8", "replace"), limit)
    return text_lines(text, limit)


def _coloured(line: str) -> Line:
    cells: list[Cell] = []
    at = 0
    for match in _TOKEN.finditer(line):
        if match.start() > at:
            cells.append(Cell(line[at : match.start()], "quiet"))
        cells.append(Cell(match.group(), match.lastgroup or ""))
        at = match.end()
    if at < len(line):
        cells.append(Cell(line[at:], "quiet"))
    return tuple(cells)
