"""Small lines that several texts are made of."""

from collections.abc import Iterable, Sequence

from corgea_tui.text.table import Cell, cell_width

Line = tuple[Cell, ...]

LABEL = 14
"""Columns for the names at the left."""


def fact_lines(facts: Sequence[tuple[str, Cell | None]]) -> list[Line]:
    """Names and values, the names aligned; what is not there takes no line."""
    return [
        (Cell(f"  {name:<{LABEL}}", "quiet"), value) for name, value in facts if value is not None
    ]


def heading(text: str) -> Line:
    """A line above others."""
    return (Cell(f"  {text}", "head"),)


def quiet(text: str) -> Line:
    """A line that says that there is nothing to see."""
    return (Cell(f"  {text}", "quiet"),)


def plain(lines: Iterable[Line]) -> str:
    """The lines as text."""
    return "\n".join("".join(cell.text for cell in line).rstrip() for line in lines)


def line_width(line: Line) -> int:
    """Columns that a line takes."""
    return sum(cell_width(c.text) for c in line)
