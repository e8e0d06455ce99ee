"""The painting of all widgets: lines of cells, each a safe text and the name of its style.

Cells are not markup, as text from outside may hold brackets and must not be parsed. Their styles
are not component classes of the style sheet, as Textual takes longer to compute a dozen of them for
each widget than for the rest of the first paint.
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
"""The style names of cells, and the theme's colour for each."""
PLAIN = {
    **dict.fromkeys(COLOURS, Style()),
    "bad": Style(bold=True),
    "quiet": Style(dim=True),
    "head": Style(dim=True),
    "strong": Style(),
    "here": Style(bold=True, underline=True),
}
"""The styles where there are no colours: only `bad` is bold among rows."""


class ThemeStyles:
    """The style for each style name in one theme."""

    def __init__(self, variables: Mapping[str, str], *, coloured: bool, shades: bool) -> None:
        """`shades`: whether the background can mark a selected row; not with sixteen colours."""
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


_made: dict[tuple[str, bool], ThemeStyles] = {}


def theme_styles(widget: Widget) -> ThemeStyles:
    """The styles of the theme in effect."""
    app = widget.app
    key = (app.theme, not app.no_color)
    if (styles_in_effect := _made.get(key)) is None:
        styles_in_effect = _made[key] = ThemeStyles(
            app.get_css_variables(), coloured=not app.no_color, shades=not app.native_ansi_color
        )
    return styles_in_effect


def strip_of(widget: Widget, cells: Iterable[Cell], width: int, base: Style | None = None) -> Strip:
    """One line, exactly `width` wide; neighbours of one style are joined, for fewer bytes."""
    ground = widget.rich_style if base is None else base
    styles = theme_styles(widget).styles
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
