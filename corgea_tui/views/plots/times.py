"""The time axis of a plot: columns that fit its width, and labels under them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

LABEL_MINUTES = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 2880, 10080)
"""The allowed numbers of minutes from one label to the next."""
COLUMN_MINUTES = (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)
"""The allowed numbers of minutes of one column."""
MINUTE = 60
HOUR = 60
DAY = 1440
LABEL_GAP = 3
"""The least number of blank cells between two labels."""
MOST_PITCH = 12
"""The most cells from one column to the next."""
GAP_PITCH = 3
"""The pitch from which on a blank cell separates the columns."""
NOW = "now"


@dataclass(frozen=True)
class Tick:
    """A label, the cell of its column, and the cell at which the label begins."""

    cell: int
    at: int
    label: str


def ticks(starts: Sequence[datetime], pitch: int) -> list[Tick]:
    """Labels at round times, as many as fit. `starts`: the local time of each column."""
    if not starts:
        return []
    width = len(starts) * pitch
    end = _tick(len(starts) - 1, NOW, pitch, width)
    step = _local_minutes(starts[1]) - _local_minutes(starts[0]) if len(starts) > 1 else 1
    for every in (each for each in LABEL_MINUTES if each % max(step, 1) == 0):
        found = [
            _tick(index, _label(starts[index], every), pitch, width)
            for index in _crossed(starts[:-1], every)
        ]
        if all(_apart(before, after) for before, after in pairwise(found)):
            return [*(tick for tick in found if _apart(tick, end)), end]
    return [end]


def _tick(index: int, label: str, pitch: int, width: int) -> Tick:
    """A label centred under the first cell of its column, moved inwards at the edges."""
    cell = index * pitch
    at = min(max(cell - len(label) // 2, 0), max(width - len(label), 0))
    return Tick(cell, at, label)


def _crossed(starts: Sequence[datetime], every: int) -> list[int]:
    """The columns at which a multiple of `every` minutes begins or was passed."""
    counted = [_local_minutes(moment) for moment in starts]
    first = [0] if counted and counted[0] % every == 0 else []
    return first + [
        index
        for index, (before, after) in enumerate(pairwise(counted), start=1)
        if before // every < after // every
    ]


def _local_minutes(moment: datetime) -> int:
    """Minutes of local time, so that labels stay round when summer time begins."""
    return moment.toordinal() * DAY + moment.hour * 60 + moment.minute


def _label(moment: datetime, every: int) -> str:
    """The label of a column's start: a new day as `Mon 3`, another time as `14:30`."""
    if every >= DAY or (moment.hour, moment.minute) == (0, 0):
        return f"{moment:%a} {moment.day}"
    return f"{moment:%H:%M}"


def _apart(before: Tick, after: Tick) -> bool:
    return after.at - before.at >= len(before.label) + LABEL_GAP


def axis_line(found: Sequence[Tick], width: int) -> str:
    """The line under the columns, with a notch at every label."""
    notches = {tick.cell for tick in found}
    return "".join("┬" if cell in notches else "─" for cell in range(width))


def label_line(found: Sequence[Tick], width: int) -> str:
    """The labels under their notches."""
    line = ""
    for tick in found:
        line = line.ljust(tick.at) + tick.label
    return line[:width]


@dataclass(frozen=True)
class Fit:
    """The columns of a plot. `groups` are the steps of the series that each column adds up.

    Groups begin at multiples of their span, so that a column keeps its steps as time goes on. The
    steps left over at the old end are not shown. `pitch`: cells from one column to the next.
    """

    groups: tuple[range, ...]
    pitch: int
    minutes: int
    """Minutes of one column."""

    @property
    def ink(self) -> int:
        """Cells of a column that are filled."""
        return self.pitch - 1 if self.pitch >= GAP_PITCH else self.pitch

    @property
    def width(self) -> int:
        """Cells of all columns."""
        return self.pitch * len(self.groups)

    @property
    def span_words(self) -> str:
        """The span of one column, e.g. `minute`, `15 min`, `2 h`."""
        if self.minutes == 1:
            return "minute"
        if self.minutes == HOUR:
            return "hour"
        return f"{self.minutes} min" if self.minutes % HOUR else f"{self.minutes // HOUR} h"


def fit(starts: Sequence[datetime], width: int) -> Fit:
    """The finest columns that fit into `width` cells. `starts`: when each step begins."""
    step = _step_minutes(starts)
    for span in COLUMN_MINUTES:
        if span % step == 0:
            groups = _groups(starts, step, span // step)
            if len(groups) <= width:
                break
    else:
        span, groups = step, _groups(starts, step, 1)[-max(width, 0) :]
    pitch = min(MOST_PITCH, max(1, width // len(groups))) if groups else 1
    return Fit(tuple(groups), pitch, span)


def _step_minutes(starts: Sequence[datetime]) -> int:
    if len(starts) < 2:  # noqa: PLR2004  # a step lies between two starts
        return 1
    return max(1, round((starts[1] - starts[0]).total_seconds() / MINUTE))


def _groups(starts: Sequence[datetime], step: int, many: int) -> list[range]:
    if not starts:
        return []
    index = int(starts[0].timestamp() // (MINUTE * step)) % many
    first = -index % many
    return [range(at, min(at + many, len(starts))) for at in range(first, len(starts), many)]
