"""What the simulation found, each as a history short enough to read."""

import asyncio

from tests.simulation.actions import ANN
from tests.simulation.stage import staged


def test_a_webhook_that_keeps_a_rate_waits_for_its_place_in_peace():
    """The timer was set to a start that was due long ago and could not be made: a busy loop."""
    with staged(per_webhook_concurrency=1) as stage:
        stage.world.receivers.moods["slow.example.com"] = "hanging"

        async def scene(life):
            await stage.webhook(life, "slow", retry={"rate": 10.0, "schedule": []})
            await stage.emit(life, times=5)
            await asyncio.sleep(20.0)

        stage.live(scene)


def test_lanes_take_turns_for_the_wire():
    """Whoever landed went first again, then whoever was made first; the last one starved."""
    with staged(concurrency=4, per_webhook_concurrency=2, schedule=(), pause_after=1000) as stage:
        for name in ("dead1", "dead2"):
            stage.world.receivers.moods[f"{name}.example.com"] = "hanging"

        async def scene(life):
            for name in ("dead1", "dead2"):
                await stage.webhook(life, name, events=["scan.completed"])
            await stage.webhook(life, "well", events=["user.login"])
            await stage.emit(life, times=40)
            for n in range(5):
                await stage.emit(life, event_type="user.login")
                await asyncio.sleep(20.0)
                assert len(stage.arrivals("well")) == n + 1

        stage.live(scene)


def test_nothing_goes_out_once_a_pause_has_been_told():
    """An attempt asked whether it may when it was put in line, not when its turn came."""
    with staged() as stage:

        async def scene(life):
            await stage.webhook(life, "hook")
            for _ in range(20):
                await asyncio.gather(stage.emit(life), life.service.webhooks.pause("hook", ANN))
                await life.service.webhooks.activate("hook", ANN)

        stage.live(scene)
