"""Finding the end of a history by asking how much is older than a time."""

from datetime import UTC, datetime, timedelta

import pytest

from corgea_tui.client.calls import PAGE
from corgea_tui.state.history_search import just_after, stamp, time_near_oldest

NEWEST = datetime(2026, 11, 23, 14, tzinfo=UTC)
COUNTED = 10_000


async def found(ages):
    """How many rows are older than the time that is found, and how many questions it took."""
    made = [stamp(NEWEST - age) for age in ages]
    asked = []

    async def older(before):
        asked.append(before)
        count = sum(moment < before for moment in made)
        return count if count <= COUNTED else None

    before = await time_near_oldest(max(made), older)
    return sum(moment < before for moment in made), len(asked)


@pytest.mark.parametrize(
    "ages",
    [
        [timedelta(seconds=second) for second in range(20_000)],
        [timedelta(minutes=minute) for minute in range(5_000)],
        [timedelta(days=day) for day in range(900)],
        [*[timedelta(milliseconds=ms) for ms in range(12_000)], timedelta(days=2_000)],
    ],
    ids=["hours", "days", "years", "one long ago"],
)
async def test_some_of_the_oldest_are_left_and_it_takes_few_questions(ages):
    left, questions = await found(ages)
    assert 0 < left <= PAGE
    assert questions < 45


async def test_what_was_made_at_once_cannot_be_parted():
    left, _ = await found([timedelta(0), *[timedelta(hours=5)] * (PAGE + 50)])
    assert left == PAGE + 50


def test_just_after_is_a_millisecond_later():
    assert just_after("2026-11-23T13:59:59.999Z") == "2026-11-23T14:00:00.000Z"
