"""The store's threads without threads: their work is done on the virtual loop, after a delay.

Work begins some time after it was requested, and its result arrives some time after that; a seeded
`Disk` decides how long. So every interleaving of two threads can happen, and a seed repeats it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from daemon.store.database import Readers
from daemon.store.writer import Writer


class Disk:
    """How long work takes: mostly no time, sometimes long enough to be overtaken."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def seconds(self) -> float:
        rng = self._random.random()
        if rng < 0.5:
            return 0.0
        if rng < 0.95:
            return rng * 0.004
        return rng * 0.2


class InlineWriter(Writer):
    """The writer, whose batches are written on the loop."""

    def __init__(self, *args: Any, disk: Disk, **options: Any) -> None:
        super().__init__(*args, **options)
        self._disk = disk
        self._coming = False
        self._ended = False
        self._untold: deque[tuple[Any, Any]] = deque()
        self._told_last = 0.0

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        """As the thread does: end once nothing is queued; the last results still arrive."""
        while self._queue or self._coming:
            await asyncio.sleep(0.001)
        self._ended = True
        while self._untold:
            await asyncio.sleep(0.001)

    def die(self) -> None:
        """Write nothing more and deliver no result."""
        self._ended = True
        self._queue.clear()
        self._untold.clear()

    def _wake(self) -> None:
        if not self._coming and not self._ended:
            self._coming = True
            self._loop.call_later(self._disk.seconds(), self._come_round)

    def _come_round(self) -> None:
        self._coming = False
        if self._ended:
            return
        self.turn()
        if self._queue:
            self._wake()

    def _deliver(self, facts: Any, results: Any) -> None:
        """Results arrive in the order of the commits, however long each takes."""
        self._untold.append((facts, results))
        self._told_last = max(self._told_last, self._loop.time() + self._disk.seconds())
        self._loop.call_at(self._told_last, self._deliver_next)

    def _deliver_next(self) -> None:
        if self._untold:
            self._committed(*self._untold.popleft())


class InlineReaders(Readers):
    """The readers: a query begins after a delay, and its result arrives after another."""

    def __init__(self, path: Path, disk: Disk) -> None:
        super().__init__(path)
        self._disk = disk

    async def run(
        self, query: Callable[[Any], Any], *, slow: bool = False, seconds: float | None = None
    ) -> Any:
        await asyncio.sleep(self._disk.seconds())
        found = self._read(query, None)
        await asyncio.sleep(self._disk.seconds())
        return found
