"""A wall clock that is set forward or back neither stalls a delivery nor hurries it."""

import asyncio

import pytest

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.util.clock import SystemClock
from tests.harness.receiver import in_turn

DAY_MS = 86_400_000


@pytest.fixture
def set_clock(monkeypatch):
    """A function that sets the wall clock so many milliseconds off; the steady one goes on."""
    real = SystemClock.now_ms

    def off(ms):
        monkeypatch.setattr(SystemClock, "now_ms", lambda self: real(self) + ms)

    return off


async def failed_once(rig, **webhook):
    """A delivery that failed its first try, to a receiver that is mended now."""
    rig.receiver.answer = in_turn(500, 200)
    await rig.webhook(**webhook)
    uid = (await rig.emit()).deliveries[0].id
    (lane,) = rig.service.dispatcher._lanes
    await rig.until(lambda: len(lane) == 1)
    return uid


@pytest.mark.parametrize("off", [-DAY_MS, DAY_MS])
async def test_a_try_that_waits_comes_when_it_would_have(rig, set_clock, off):
    await rig.restart(schedule=(0.3,))
    uid = await failed_once(rig)
    began = asyncio.get_running_loop().time()
    set_clock(off)
    await rig.settled()
    assert rig.delivery(uid).status is DeliveryStatus.SUCCEEDED
    assert asyncio.get_running_loop().time() - began > 0.1


async def test_after_a_restart_on_a_clock_set_back_no_delivery_waits_for_yesterday(rig, set_clock):
    await rig.restart(schedule=(0.2,), retry_after_max=0.3)
    uid = await failed_once(rig)
    set_clock(-DAY_MS)
    await rig.restart()
    await rig.settled(3)
    assert rig.delivery(uid).status is DeliveryStatus.SUCCEEDED


async def test_events_arrive_on_any_clock(rig, set_clock):
    await rig.webhook()
    for off in (0, DAY_MS, -DAY_MS, 0):
        set_clock(off)
        await rig.emit()
        await rig.settled()
    assert len(rig.receiver.received) == 4


async def test_a_webhooks_own_schedule_may_be_longer_than_the_settings(rig):
    uid = await failed_once(rig, retry={"schedule": [5 * 3600]})
    (lane,) = rig.service.dispatcher._lanes
    left = lane._later[0][0] - asyncio.get_running_loop().time()
    assert left == pytest.approx(5 * 3600, abs=60)
    await rig.restart()
    (lane,) = rig.service.dispatcher._lanes
    await rig.until(lambda: len(lane) == 1)
    left = lane._later[0][0] - asyncio.get_running_loop().time()
    assert left == pytest.approx(5 * 3600, abs=60)
    assert rig.delivery(uid).attempt == 1
