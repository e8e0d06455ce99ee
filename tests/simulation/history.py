"""One seed's history: a daemon is started, used and crashed at random; then all must add up.

Long histories have many open deliveries; brief ones are cheap enough for thousands. In a history
the daemon starts several times, and each start ends with a stop or a crash.
"""

import asyncio
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from random import Random

from daemon.settings import DeliverySettings
from daemon.util.tasks import Tasks
from tests.simulation.crashes import PLACES, Crash
from tests.simulation.invariants import check_all
from tests.simulation.scenario import Broken, failure_report, no_crash, run_daemon, settle_and_check
from tests.simulation.simulated_clock import VirtualLoop
from tests.simulation.simulated_daemon import SimulatedDaemon
from tests.simulation.workload import Workload
from tests.simulation.world import World, made_world, narrow

MOST_DEATHS = 12


@dataclass(frozen=True)
class Shape:
    """How much happens: the least and the most of each."""

    name: str
    starts: tuple[int, int]
    deadly_starts: tuple[int, int]
    """Where events kill the daemon, a delivery's third death takes more starts."""
    workload: tuple[int, int]
    webhooks: tuple[int, int]
    burst: int


LONG = Shape("", starts=(1, 5), deadly_starts=(4, 10), workload=(5, 30), webhooks=(1, 5), burst=40)
BRIEF = Shape(
    "brief ", starts=(1, 2), deadly_starts=(3, 4), workload=(2, 8), webhooks=(1, 2), burst=6
)


@dataclass
class Summary:
    """What happened in a history."""

    starts: int
    deaths: int
    events: int
    attempts: int
    commits: int


def run(seed: int, *, shape: Shape = LONG, verbose: bool = False) -> Summary:
    """Run a seed's history. Raises `Broken` when an invariant does not hold."""
    chance = f"{shape.name}{seed}"
    size = Random(f"{chance}:sizes").choice((None, 2, 5, 20))
    with (
        nullcontext() if size is None else narrow(size),
        made_world(chance, verbose=verbose, delivery=_delivery(chance)) as world,
    ):
        rng = world.rng("history")
        world.deadly = rng.random() < 0.2
        workload = Workload(world, rng, burst=shape.burst)
        for _ in range(rng.randint(*(shape.deadly_starts if world.deadly else shape.starts))):
            if run_daemon(
                world, _busy(world, workload, rng, shape), partial(_threaten, world, rng)
            ):
                world.deadly = world.deadly and world.deaths < MOST_DEATHS
        world.crash_injector.aim(None)
        world.deadly = False
        run_daemon(world, settle_and_check(world), no_crash)
        if world.violations:
            raise Broken(failure_report(world))
        oracle = world.oracle
        return Summary(
            world.starts,
            world.deaths,
            len(oracle.events),
            sum(len(known.attempts) for known in oracle.deliveries.values()),
            oracle.commits,
        )


def _threaten(world: World, rng: Random, loop: VirtualLoop) -> None:
    """Perhaps choose where the daemon that starts will crash."""
    chance = rng.random()
    world.crash_injector.aim(None)
    if chance < 0.4:
        world.crash_injector.aim(rng.choice(PLACES), rng.choice((1, 1, 2, 5, 20)))
    elif chance < 0.6:
        loop.call_later(rng.choice((0.01, 1.0, 60.0)) * rng.random(), _die)


def _die() -> None:
    raise Crash("at any moment")


async def _busy(world: World, workload: Workload, rng: Random, shape: Shape) -> None:
    """Start, let actions overlap, and stop."""
    daemon = SimulatedDaemon(world)
    await daemon.start()
    if world.starts == 1:
        await workload.first(daemon, *shape.webhooks)
    tasks = Tasks()
    for _ in range(rng.randint(*shape.workload)):
        tasks.spawn(workload.any(daemon), "act")
        await asyncio.sleep(_pause(rng))
    if rng.random() < 0.3:
        # Before the stop: a restart would mend what this process has left inconsistent.
        if await daemon.settled(tasks):
            check_all(world, daemon)
        else:
            world.violation("what waits does not come to its end")
    await tasks.close()
    await daemon.stop()


def _pause(rng: Random) -> float:
    chance = rng.random()
    if chance < 0.3:
        return 0.0
    if chance < 0.6:
        return chance * 0.02
    return chance * rng.choice((0.5, 3.0, 3.0, 30.0))


def _delivery(chance: str) -> DeliverySettings:
    """Small limits in most histories, so that deliveries compete."""
    rng = Random(f"{chance}:settings")
    wide, each = rng.choice(((64, 16), (8, 4), (4, 2), (3, 3), (1, 1)))
    return DeliverySettings(
        concurrency=wide,
        per_webhook_concurrency=each,
        pause_after=rng.choice((10, 10, 10, 2)),
        drain=rng.choice((15.0, 15.0, 0.5, 0.0)),
    )


# --- many histories ---------------------------------------------------------------------------

SHARE = 20
"""One in so many histories is long."""
AT_ONCE = 20
"""Seeds that a process starts through before it says what came of them."""


@dataclass
class Totals:
    """The totals of some histories."""

    histories: int = 0
    events: int = 0
    attempts: int = 0
    deaths: int = 0
    broken: dict[int, str] = field(default_factory=dict)
    """Violations by seed."""

    def add(self, other: "Totals") -> None:
        self.histories += other.histories
        self.events += other.events
        self.attempts += other.attempts
        self.deaths += other.deaths
        self.broken |= other.broken


def shape_of(seed: int, requested: str) -> Shape:
    """The shape of a seed's history: the requested one, or for `both` mostly brief ones."""
    long = seed % SHARE == 0 if requested == "both" else requested == "long"
    return LONG if long else BRIEF


def run_seeds(seeds: Iterable[int], requested: str = "both", *, verbose: bool = False) -> Totals:
    """Run these seeds in this process, one after the other."""
    totals = Totals()
    for seed in seeds:
        totals.histories += 1
        try:
            summary = run(seed, shape=shape_of(seed, requested), verbose=verbose)
        except Broken as error:
            totals.broken[seed] = str(error)
            continue
        totals.events += summary.events
        totals.attempts += summary.attempts
        totals.deaths += summary.deaths
    return totals


def run_in_parallel(seeds: range, requested: str, processes: int) -> Iterator[Totals]:
    """Run these seeds in several processes; yields totals as they come."""
    portions = [seeds[at : at + AT_ONCE] for at in range(0, len(seeds), AT_ONCE)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(partial(run_seeds, requested=requested), portions)
        finally:
            pool.shutdown(cancel_futures=True)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))
