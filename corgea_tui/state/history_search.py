"""A search for the oldest rows of a long history, which the daemon lists newest first."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from corgea_tui.client.calls import PAGE

CountBefore = Callable[[str], Awaitable[int | None]]
"""Counts the rows created before a time; None: too many to count."""
FIRST_STEP = timedelta(hours=1)
STEP_FACTOR = 4
RESOLUTION = timedelta(milliseconds=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


async def time_near_oldest(newest: str, older: CountBefore) -> str:
    """A time before which there are rows, but no more than a page (unless created at once).

    The search steps back from `newest` in growing steps until no row is older, and then halves
    the interval. It takes about twenty requests for any number of rows.
    """
    late, step = datetime.fromisoformat(newest), FIRST_STEP
    while (early := max(late - step, LONG_AGO)) > LONG_AGO:
        count = await older(stamp(early))
        if _fits_a_page(count):
            return stamp(early)
        if count == 0:
            break
        late, step = early, step * STEP_FACTOR
    while late - early > RESOLUTION:
        middle = early + (late - early) / 2
        count = await older(stamp(middle))
        if _fits_a_page(count):
            return stamp(middle)
        early, late = (middle, late) if count == 0 else (early, middle)
    return stamp(late)


def stamp(moment: datetime) -> str:
    """A time as the daemon writes it: ISO 8601 UTC, whole milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def just_after(timestamp: str) -> str:
    """The next millisecond: as `until` it includes all rows of `timestamp`."""
    return stamp(datetime.fromisoformat(timestamp) + RESOLUTION)


def _fits_a_page(count: int | None) -> bool:
    return count is not None and 0 < count <= PAGE
