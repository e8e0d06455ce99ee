"""Many histories over the cores: mostly brief ones, with a share of long ones among them."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

from tests.simulation.history import BRIEF, LONG, Shape, run
from tests.simulation.stage import Broken

SHARE = 20
"""One in so many is long."""
AT_ONCE = 20
"""Seeds that a process lives through before it says what came of them."""


@dataclass
class Lived:
    """What some histories came to."""

    histories: int = 0
    events: int = 0
    attempts: int = 0
    deaths: int = 0
    broken: dict[int, str] = field(default_factory=dict)
    """What was wrong, by seed."""

    def add(self, other: "Lived") -> None:
        self.histories += other.histories
        self.events += other.events
        self.attempts += other.attempts
        self.deaths += other.deaths
        self.broken |= other.broken


def shape_of(seed: int, asked: str) -> Shape:
    """The shape of a seed's history: the one that was asked for, or `both` in their shares."""
    long = seed % SHARE == 0 if asked == "both" else asked == "long"
    return LONG if long else BRIEF


def live_through(seeds: Iterable[int], asked: str = "both", *, verbose: bool = False) -> Lived:
    """Live through these seeds, here, one after the other."""
    lived = Lived()
    for seed in seeds:
        lived.histories += 1
        try:
            summary = run(seed, shape=shape_of(seed, asked), verbose=verbose)
        except Broken as error:
            lived.broken[seed] = str(error)
            continue
        lived.events += summary.events
        lived.attempts += summary.attempts
        lived.deaths += summary.deaths
    return lived


def over_the_cores(seeds: range, asked: str, processes: int) -> Iterator[Lived]:
    """Live through these seeds in so many processes; what came of them as it comes."""
    portions = [seeds[at : at + AT_ONCE] for at in range(0, len(seeds), AT_ONCE)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(partial(live_through, asked=asked), portions)
        finally:
            pool.shutdown(cancel_futures=True)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))
