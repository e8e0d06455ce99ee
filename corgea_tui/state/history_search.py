"""Finds the oldest rows of a history that is listed newest first and may be long."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from corgea_tui.client.calls import PAGE

More = Callable[[str], Awaitable[int | None]]
"""How many rows were made before a time; None: too many to count."""
FIRST_STEP = timedelta(hours=1)
LONGER = 4
FINEST = timedelta(milliseconds=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


async def near_the_oldest(newest: str, older: More) -> str:
    """A time before which there are some rows, but no more than a page (unless made at once).

    Looks back from `newest` in growing steps until nothing is older, then halves: some twenty
    questions, whatever the number of rows.
    """
    late, step = datetime.fromisoformat(newest), FIRST_STEP
    while (early := max(late - step, LONG_AGO)) > LONG_AGO:
        count = await older(stamp(early))
        if _few(count):
            return stamp(early)
        if count == 0:
            break
        late, step = early, step * LONGER
    while late - early > FINEST:
        middle = early + (late - early) / 2
        count = await older(stamp(middle))
        if _few(count):
            return stamp(middle)
        early, late = (middle, late) if count == 0 else (early, middle)
    return stamp(late)


def stamp(moment: datetime) -> str:
    """A time as the daemon writes it: ISO 8601 UTC, whole milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def just_after(timestamp: str) -> str:
    """The next millisecond, so that `until` takes in everything of this one."""
    return stamp(datetime.fromisoformat(timestamp) + FINEST)


def _few(count: int | None) -> bool:
    return count is not None and 0 < count <= PAGE
