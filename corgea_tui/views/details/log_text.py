"""The last lines of the daemon's log: put together from several looks, narrowed, shown."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.views.details.lines import Line
from corgea_tui.views.rows.feed_rows import moment
from daemon.protocol import LogLine

KEPT = 500
"""Lines that are held; as many as the daemon keeps."""
LEVEL = 8
STYLES = {"error": "bad", "critical": "bad", "warning": "warn", "info": "", "debug": "quiet"}


def joined(held: Sequence[LogLine], newest: Sequence[LogLine]) -> list[LogLine] | None:
    """What is held and what is new, oldest first; None when lines between them are missing.

    `held` is oldest first, `newest` as the daemon tells it, newest first.
    """
    fresh = list(reversed(newest))
    if not held:
        return fresh[-KEPT:]
    for end in range(min(len(fresh), len(held)), 0, -1):
        if list(held[-end:]) == fresh[:end]:
            return [*held, *fresh[end:]][-KEPT:]
    return None


def log_lines(lines: Iterable[LogLine], now: datetime) -> list[Line]:
    """Lines to read, oldest first."""
    return [_line(each, now) for each in lines]


def _line(line: LogLine, now: datetime) -> Line:
    style = STYLES.get(line.level, "warn")
    return (
        Cell(f"  {moment(line.at, now):>8}  ", "quiet"),
        Cell(f"{safe_line(line.level, LEVEL - 1):<{LEVEL}} ", style or "quiet"),
        Cell(safe_line(line.message, KEPT), style),
        Cell(f"   {safe_line(line.logger.removeprefix('daemon.'), 40)}", "quiet"),
    )


def narrowed(lines: Iterable[Line], text: str) -> list[Line]:
    """The lines that hold every word of `text` in any case, and none of those after a `-`."""
    words = text.casefold().split()
    wanted = [word for word in words if not word.startswith("-")]
    unwanted = [word[1:] for word in words if len(word) > 1 and word.startswith("-")]
    found = []
    for line in lines:
        shown = "".join(cell.text for cell in line).casefold()
        if all(word in shown for word in wanted) and not any(word in shown for word in unwanted):
            found.append(line)
    return found
