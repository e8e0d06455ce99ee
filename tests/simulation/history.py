"""One seed's history: some lives of the daemon full of chance, then quiet, then the reckoning.

There are long ones, in which much piles up, and brief ones, of which there can be thousands.
"""

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from random import Random

from daemon.settings import DeliverySettings
from daemon.util.tasks import Tasks
from tests.simulation.actions import Actions
from tests.simulation.clockwork import VirtualLoop
from tests.simulation.crashes import PLACES, Crash
from tests.simulation.invariants import reckon
from tests.simulation.life import Life
from tests.simulation.sizes import narrow
from tests.simulation.stage import Broken, calm, play, report, safely
from tests.simulation.world import World, made_world

MOST_DEATHS = 12


@dataclass(frozen=True)
class Shape:
    """How much happens; each is the least and the most."""

    name: str
    lives: tuple[int, int]
    deadly_lives: tuple[int, int]
    """Where events kill, a third death takes more lives than are wanted elsewhere."""
    acts: tuple[int, int]
    webhooks: tuple[int, int]
    burst: int


LONG = Shape("", lives=(1, 5), deadly_lives=(4, 10), acts=(5, 30), webhooks=(1, 5), burst=40)
BRIEF = Shape("brief ", lives=(1, 2), deadly_lives=(3, 4), acts=(2, 8), webhooks=(1, 2), burst=6)


@dataclass
class Summary:
    """What a history was made of."""

    lives: int
    deaths: int
    events: int
    attempts: int
    commits: int


def run(seed: int, *, shape: Shape = LONG, verbose: bool = False) -> Summary:
    """Live through a seed's history. Raises `Broken` when an invariant does not hold."""
    chance = f"{shape.name}{seed}"
    size = Random(f"{chance}:sizes").choice((None, 2, 5, 20))
    with (
        nullcontext() if size is None else narrow(size),
        made_world(chance, verbose=verbose, delivery=_delivery(chance)) as world,
    ):
        dice = world.dice("history")
        world.deadly = dice.random() < 0.2
        actions = Actions(world, dice, burst=shape.burst)
        for _ in range(dice.randint(*(shape.deadly_lives if world.deadly else shape.lives))):
            if play(world, _busy(world, actions, dice, shape), partial(_threaten, world, dice)):
                world.deadly = world.deadly and world.deaths < MOST_DEATHS
        world.executioner.aim(None)
        world.deadly = False
        play(world, calm(world), safely)
        if world.wrong:
            raise Broken(report(world))
        witness = world.witness
        return Summary(
            world.lives,
            world.deaths,
            len(witness.events),
            sum(len(known.tried) for known in witness.deliveries.values()),
            witness.commits,
        )


def _threaten(world: World, dice: Random, loop: VirtualLoop) -> None:
    """Perhaps choose a death for the life that begins."""
    chance = dice.random()
    world.executioner.aim(None)
    if chance < 0.4:
        world.executioner.aim(dice.choice(PLACES), dice.choice((1, 1, 2, 5, 20)))
    elif chance < 0.6:
        loop.call_later(dice.choice((0.01, 1.0, 60.0)) * dice.random(), _die)


def _die() -> None:
    raise Crash("at any moment")


async def _busy(world: World, actions: Actions, dice: Random, shape: Shape) -> None:
    """Start, let things happen one over the other, and stop."""
    life = Life(world)
    await life.start()
    if world.lives == 1:
        await actions.first(life, *shape.webhooks)
    tasks = Tasks()
    for _ in range(dice.randint(*shape.acts)):
        tasks.spawn(actions.any(life), "act")
        await asyncio.sleep(_pause(dice))
    if dice.random() < 0.3:
        # In the same life: a restart would put in order what this one has left lying about.
        if await life.settled(tasks):
            reckon(world, life)
        else:
            world.complain("what waits does not come to its end")
    await tasks.close()
    await life.stop()


def _pause(dice: Random) -> float:
    chance = dice.random()
    if chance < 0.3:
        return 0.0
    if chance < 0.6:
        return chance * 0.02
    return chance * dice.choice((0.5, 3.0, 3.0, 30.0))


def _delivery(chance: str) -> DeliverySettings:
    """Most daemons of the simulation are narrow, so that deliveries are in each other's way."""
    dice = Random(f"{chance}:settings")
    wide, each = dice.choice(((64, 16), (8, 4), (4, 2), (3, 3), (1, 1)))
    return DeliverySettings(
        concurrency=wide,
        per_webhook_concurrency=each,
        pause_after=dice.choice((10, 10, 10, 2)),
        drain=dice.choice((15.0, 15.0, 0.5, 0.0)),
    )
