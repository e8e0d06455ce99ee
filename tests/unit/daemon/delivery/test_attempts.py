"""Waiting for an attempt that is begun with a call and ended by another one."""

import asyncio

import pytest

from daemon.delivery.attempts import AttemptRunner
from daemon.domain.deliveries.outcome import Outcome
from daemon.domain.deliveries.request import OutgoingRequest

REQUEST = OutgoingRequest("https://example.com/", "", 0, b"{}")


class Begun(AttemptRunner):
    """Remembers how to end its attempt, and whether that was cancelled."""

    def __init__(self):
        self.ended = None
        self.cancelled = False

    def begin(self, request, timeout, ended):
        self.ended = ended
        return self._cancel

    def _cancel(self):
        self.cancelled = True


async def test_its_outcome_is_waited_for():
    runner = Begun()
    waits = asyncio.Task(runner.attempt(REQUEST, 1))
    await asyncio.sleep(0)
    runner.ended(Outcome(0, 1))
    assert await waits == Outcome(0, 1)
    assert not runner.cancelled


async def test_an_outcome_that_comes_with_the_cancellation_is_dropped():
    runner = Begun()
    waits = asyncio.Task(runner.attempt(REQUEST, 1))
    await asyncio.sleep(0)
    waits.cancel()
    runner.ended(Outcome(0, 1))
    with pytest.raises(asyncio.CancelledError):
        await waits
    assert runner.cancelled
