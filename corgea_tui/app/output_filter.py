"""A filter of the painted lines: no text that a terminal acts on leaves the app.

All text is made safe where it comes in; the filter catches the omissions of future widgets.
"""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from corgea_tui.text.safe_text import safe_line


class OutputFilter(LineFilter):
    """Makes the text of every painted line safe."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The segments; unprintable characters become visible symbols."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [_safe(segment) for segment in segments]


def _safe(segment: Segment) -> Segment:
    if segment.control or segment.text.isprintable():
        return segment
    shown = safe_line(segment.text, len(segment.text))
    return segment if shown == segment.text else Segment(shown, segment.style)
