"""Lines made of cells, each a safe text and the name of its style: how everything here is painted.

Not markup: text from outside may hold brackets, and nothing in it is ever parsed.
"""

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from corgea_tui.output_table import Cell

Line = tuple[Cell, ...]

STYLES = (
    "good",
    "bad",
    "warn",
    "quiet",
    "strong",
    "accent",
    "name",
    "head",
    "here",
    "text",
    "number",
    "word",
)
"""The names that a cell may carry; what they look like stands in `app.tcss`."""


LOOKS = {f"paint--{style}" for style in STYLES}
"""The component classes of every widget that paints cells."""


def style_of(widget: Widget, name: str, base: Style) -> Style:
    """The look of a named style on a background."""
    if not name:
        return base
    return base + widget.get_component_rich_style(f"paint--{name}", partial=True)


def strip_of(widget: Widget, cells: Iterable[Cell], width: int, base: Style | None = None) -> Strip:
    """One line, exactly `width` wide; neighbours of one style become one, for fewer bytes."""
    ground = widget.rich_style if base is None else base
    segments: list[Segment] = []
    text, style = "", ""
    for cell in cells:
        if cell.style != style and not cell.text.isspace():
            if text:
                segments.append(Segment(text, style_of(widget, style, ground)))
            text, style = "", cell.style
        text += cell.text
    if text:
        segments.append(Segment(text, style_of(widget, style, ground)))
    return Strip(segments).adjust_cell_length(width, ground)
