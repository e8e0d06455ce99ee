"""Lines made of cells, each a safe text and the name of its style: how all widgets here paint.

Not markup: text from outside may hold brackets, and nothing in it is ever parsed. And not component
classes of the style sheet: a dozen of them on every widget took longer to work out than all else
until the first paint.
"""

from collections.abc import Iterable, Mapping

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from corgea_tui.text.table import Cell

COLOURS = {
    "good": "success",
    "bad": "error",
    "warn": "warning",
    "quiet": "quiet",
    "accent": "primary",
    "name": "secondary",
    "head": "quiet",
    "text": "success",
    "number": "warning",
    "word": "primary",
}
"""The names that a cell may carry, and the theme's colour for each."""


PLAIN = {
    **dict.fromkeys(COLOURS, Style()),
    "bad": Style(bold=True),
    "quiet": Style(dim=True),
    "head": Style(dim=True),
    "strong": Style(),
    "here": Style(bold=True, underline=True),
}
"""What stands for colours where there are none: only what is bad stands out among rows."""


class Looks:
    """What the names of styles look like in one theme."""

    def __init__(self, variables: Mapping[str, str], *, coloured: bool, shades: bool) -> None:
        """`shades`: whether a selected row can be told by its ground; not with sixteen colours."""
        if coloured:
            colours = {name: _colour(variables[of]) for name, of in COLOURS.items()}
            self.styles = {name: Style(color=colour) for name, colour in colours.items()}
            self.styles["strong"] = Style(bold=True)
            self.styles["here"] = self.styles["accent"] + PLAIN["here"]
        else:
            self.styles = PLAIN
        self.chosen = Style(bgcolor=_colour(variables["chosen"]))
        self.chosen_blurred = Style(bgcolor=_colour(variables["chosen-blurred"]))
        if not (shades and coloured):
            self.chosen, self.chosen_blurred = Style(reverse=True), Style(underline=True)


_made: dict[tuple[str, bool], Looks] = {}


def looks_of(widget: Widget) -> Looks:
    """The looks of the theme in effect."""
    app = widget.app
    key = (app.theme, not app.no_color)
    if (looks := _made.get(key)) is None:
        looks = _made[key] = Looks(
            app.get_css_variables(), coloured=not app.no_color, shades=not app.native_ansi_color
        )
    return looks


def strip_of(widget: Widget, cells: Iterable[Cell], width: int, base: Style | None = None) -> Strip:
    """One line, exactly `width` wide; neighbours of one style become one, for fewer bytes."""
    ground = widget.rich_style if base is None else base
    styles = looks_of(widget).styles
    segments: list[Segment] = []
    text, style = "", ""
    for cell in cells:
        if cell.style != style and not cell.text.isspace():
            if text:
                segments.append(Segment(text, ground + styles[style] if style else ground))
            text, style = "", cell.style
        text += cell.text
    if text:
        segments.append(Segment(text, ground + styles[style] if style else ground))
    return Strip(segments).adjust_cell_length(width, ground)


def _colour(variable: str) -> RichColor:
    return Color.parse(variable).rich_color
