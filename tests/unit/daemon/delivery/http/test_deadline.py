import asyncio

import pytest

from daemon.delivery.http.deadline import TICK, Deadlines
from daemon.util.tasks import Tasks


async def test_what_ends_in_time_is_left_alone():
    with Deadlines().within(TICK):
        await asyncio.sleep(0)
    await asyncio.sleep(3 * TICK)


async def test_what_takes_too_long_is_ended():
    with pytest.raises(TimeoutError), Deadlines().within(TICK):
        await asyncio.sleep(10)
    assert asyncio.current_task().cancelling() == 0


async def test_many_share_one_timer_and_end_each_by_its_own():
    deadlines = Deadlines()

    async def slow(seconds):
        with deadlines.within(seconds):
            await asyncio.sleep(10)

    started = asyncio.get_running_loop().time()
    tasks = Tasks()
    short = [tasks.spawn(slow(TICK), "short") for _ in range(5)]
    long = tasks.spawn(slow(10 * TICK), "long")
    ended = await asyncio.gather(*short, return_exceptions=True)
    assert all(isinstance(error, TimeoutError) for error in ended)
    assert not long.done()
    with pytest.raises(TimeoutError):
        await long
    assert asyncio.get_running_loop().time() - started >= 10 * TICK


async def test_who_is_cancelled_from_outside_stays_cancelled():
    async def slow():
        with Deadlines().within(10):
            await asyncio.sleep(10)

    tasks = Tasks()
    task = tasks.spawn(slow(), "slow")
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelled_from_outside_as_the_time_is_up():
    async def slow():
        with Deadlines().within(TICK):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                asyncio.current_task().cancel()
                raise

    tasks = Tasks()
    task = tasks.spawn(slow(), "slow")
    with pytest.raises(asyncio.CancelledError):
        await task
