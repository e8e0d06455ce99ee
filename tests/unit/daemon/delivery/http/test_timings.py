import asyncio

import pytest

from daemon.delivery.http.timings import (
    TICK,
    AttemptTimings,
    Deadlines,
    current_timings,
    set_current_timings,
)
from daemon.domain.deliveries.outcome import Phases
from daemon.util.tasks import Tasks

STEPS = [
    (None, "no free connection"),
    ("lookup_began", "no address for h from the name server"),
    ("lookup_ended", "no address for h from the name server"),
    ("dialled", "no connection to h"),
    ("handshake_began", "no TLS handshake with h"),
    ("sent", "no answer"),
    ("head_arrived", "no end of the answer"),
]


@pytest.mark.parametrize("reached", range(len(STEPS)))
def test_what_is_missing_at_each_step(reached):
    made = AttemptTimings()
    for step, _ in STEPS[1 : reached + 1]:
        getattr(made, step)()
    assert made.missing("h") == STEPS[reached][1]


def test_phases_without_any_step():
    assert AttemptTimings().phases() == Phases()


def test_connect_includes_tls_where_they_cannot_be_distinguished():
    made = AttemptTimings()
    made.dialled()
    made.connected()
    assert made.phases() == Phases(connect=0)


def test_starting_over_forgets():
    made = AttemptTimings()
    for step, _ in STEPS[1:]:
        getattr(made, step)()
    made.address_blocked("x")
    made.start_over()
    assert made.phases() == Phases()
    assert made.blocked is None
    assert not made.on_new_connection


async def test_timings_are_those_of_the_task_and_of_what_it_starts():
    async def report():
        current_timings().dialled()

    async def attempt(made):
        set_current_timings(made)
        await asyncio.gather(report(), report())

    first, second = AttemptTimings(), AttemptTimings()
    await asyncio.gather(attempt(first), attempt(second))
    assert first.on_new_connection
    assert second.on_new_connection
    assert not current_timings().on_new_connection


async def test_a_block_that_ends_in_time_goes_on():
    with Deadlines().within(TICK):
        await asyncio.sleep(0)
    await asyncio.sleep(3 * TICK)


async def test_a_block_that_takes_too_long_is_ended():
    with pytest.raises(TimeoutError), Deadlines().within(TICK):
        await asyncio.sleep(10)
    assert asyncio.current_task().cancelling() == 0


async def test_blocks_share_a_timer_and_end_by_their_own_deadlines():
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


async def test_a_task_that_is_cancelled_stays_cancelled():
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
