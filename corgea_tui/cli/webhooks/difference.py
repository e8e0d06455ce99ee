"""Differences between two configurations, in lines."""

from collections.abc import Sequence

from corgea_tui.cli.webhooks.webhook_diff import Difference
from corgea_tui.text.facts import facts
from corgea_tui.text.output import Paint, show
from corgea_tui.text.table import Cell

SHORT = 40


def difference_lines(
    found: Sequence[Difference],
    width: int | None,
    paint: Paint,
    sides: tuple[str, str] = ("-", "+"),
) -> list[str]:
    """Each field with both sides: on one line when they are short."""
    lines: list[str] = []
    room = max((len(each.field) for each in found), default=0)
    for each in found:
        before, after = show(each.before), show(each.after)
        if sides == ("-", "+") and len(before) + len(after) <= SHORT:
            change = f"{paint(before, 'bad')} → {paint(after, 'good')}"
            lines.append(f"    {paint(each.field.ljust(room), 'quiet')}  {change}")
            continue
        lines.append(f"    {paint(each.field, 'quiet')}")
        pairs = [(sides[0], Cell(before, "bad")), (sides[1], Cell(after, "good"))]
        lines += facts(pairs, width, paint, "      ")
    return lines
