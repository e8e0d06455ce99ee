"""How a series over time stands in so many terminal cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

SPANS = (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)
"""Minutes that one column may stand for: those that people count in."""
WIDEST = 12
"""Cells of the widest column: beyond that it says nothing more."""
APART = 3
"""Cells from one column to the next from which on a blank one stands between them."""
MINUTE = 60
HOUR = 60


@dataclass(frozen=True)
class Fit:
    """Columns of a plot. `groups` are the places in the series that each column adds up.

    Groups begin at multiples of their span, so that a column stays what it is while time goes on;
    what is left over at the old end is not shown. `pitch`: cells from one column to the next.
    """

    groups: tuple[range, ...]
    pitch: int
    minutes: int
    """What one column stands for."""

    @property
    def ink(self) -> int:
        """Cells of a column that are filled."""
        return self.pitch - 1 if self.pitch >= APART else self.pitch

    @property
    def width(self) -> int:
        """Cells of all columns."""
        return self.pitch * len(self.groups)

    @property
    def span_words(self) -> str:
        """What one column stands for, e.g. `minute`, `15 min`, `2 h`."""
        if self.minutes == 1:
            return "minute"
        if self.minutes == HOUR:
            return "hour"
        return f"{self.minutes} min" if self.minutes % HOUR else f"{self.minutes // HOUR} h"


def fit(starts: Sequence[datetime], width: int) -> Fit:
    """The finest columns that find room in `width` cells. `starts`: when each step begins."""
    step = _step_minutes(starts)
    for span in SPANS:
        if span % step == 0:
            groups = _groups(starts, step, span // step)
            if len(groups) <= width:
                break
    else:
        span, groups = step, _groups(starts, step, 1)[-max(width, 0) :]
    pitch = min(WIDEST, max(1, width // len(groups))) if groups else 1
    return Fit(tuple(groups), pitch, span)


def _step_minutes(starts: Sequence[datetime]) -> int:
    if len(starts) < 2:  # noqa: PLR2004  # a step lies between two starts
        return 1
    return max(1, round((starts[1] - starts[0]).total_seconds() / MINUTE))


def _groups(starts: Sequence[datetime], step: int, many: int) -> list[range]:
    if not starts:
        return []
    place = int(starts[0].timestamp() // (MINUTE * step)) % many
    first = -place % many
    return [range(at, min(at + many, len(starts))) for at in range(first, len(starts), many)]
