"""The store's threads without threads: each takes its turn on the virtual loop, after a while.

A turn comes some time after it was asked for, and its answer some time after that, as long as a
seeded disk takes. So everything that two threads can do between each other's steps happens here,
too, and the same seed repeats it.
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
    """How long things take: mostly no time at all, sometimes long enough to be overtaken."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def seconds(self) -> float:
        dice = self._random.random()
        if dice < 0.5:
            return 0.0
        if dice < 0.95:
            return dice * 0.004
        return dice * 0.2


class InlineWriter(Writer):
    """The writer, whose turns come on the loop."""

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
        """As the thread: it ends once it finds nothing queued; its last answers still arrive."""
        while self._queue or self._coming:
            await asyncio.sleep(0.001)
        self._ended = True
        while self._untold:
            await asyncio.sleep(0.001)

    def die(self) -> None:
        """Write nothing more and answer nobody."""
        self._ended = True
        self._queue.clear()
        self._untold.clear()

    def _rouse(self) -> None:
        if not self._coming and not self._ended:
            self._coming = True
            self._loop.call_later(self._disk.seconds(), self._come_round)

    def _come_round(self) -> None:
        self._coming = False
        if self._ended:
            return
        self.turn()
        if self._queue:
            self._rouse()

    def _tell(self, facts: Any, results: Any) -> None:
        """Answers arrive in the order of the commits, however long each takes."""
        self._untold.append((facts, results))
        self._told_last = max(self._told_last, self._loop.time() + self._disk.seconds())
        self._loop.call_at(self._told_last, self._tell_next)

    def _tell_next(self) -> None:
        if self._untold:
            self._committed(*self._untold.popleft())


class InlineReaders(Readers):
    """The readers: a look into the store takes a while to begin, and its answer to arrive."""

    def __init__(self, path: Path, disk: Disk) -> None:
        super().__init__(path)
        self._disk = disk

    async def run(
        self, query: Callable[[Any], Any], *, aside: bool = False, seconds: float | None = None
    ) -> Any:
        await asyncio.sleep(self._disk.seconds())
        found = self._read(query, None)
        await asyncio.sleep(self._disk.seconds())
        return found
