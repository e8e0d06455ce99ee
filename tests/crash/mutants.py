"""Daemons with a fault put in on purpose: `python -m tests.crash.mutants NAME run`.

What the campaign says of them shows that it would say so of a real fault of that kind.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

from daemon import service
from daemon.__main__ import main
from daemon.delivery.lane import Lane
from daemon.delivery.wire import Wire
from daemon.domain.outcome import Outcome
from daemon.store.records import Flight
from daemon.store.tx import Tx
from daemon.store.units.accept import AcceptEvents
from daemon.store.units.outcome import Landed, RecordOutcomes
from daemon.store.writer import Writer


def answer_before_commit() -> None:
    """Producers hear "accepted" before the commit."""
    post = Writer.post

    def early(self: Writer, unit: Any, done: Callable[[Any], None]) -> None:
        if not isinstance(unit, AcceptEvents):
            post(self, unit, done)
            return
        loop = asyncio.get_running_loop()
        apply = unit.apply

        def answered(tx: Tx) -> Any:
            result = apply(tx)
            loop.call_soon_threadsafe(done, result)
            time.sleep(0.005)  # a disk that takes its time
            return result

        unit.apply = answered  # type: ignore[method-assign]
        post(self, unit, lambda _: None)

    Writer.post = early  # type: ignore[method-assign]


def outcome_before_attempt() -> None:
    """A delivery is written down as taken before it is sent."""
    fly = Wire._fly

    async def hasty(self: Wire, lane: Lane, flight: Flight) -> None:
        hook, now_ms = self._hook_of(lane.webhook), self._clock.now_ms()
        landed = Landed(flight, Outcome(now_ms, 1), hook.revision, None)
        await self._writer.submit(RecordOutcomes(self._owner, [landed], now_ms))
        await fly(self, lane, flight)

    Wire._fly = hasty  # type: ignore[method-assign]


def commits_without_sync() -> None:
    """`synchronous=NORMAL`: a commit is in the system's memory, not on the disk."""
    original = service.open_store

    def lazy(*args: Any) -> Any:
        db, cipher = original(*args)
        db.execute_sql("PRAGMA synchronous = NORMAL")
        return db, cipher

    service.open_store = lazy


MUTANTS = {
    mutant.__name__: mutant
    for mutant in (answer_before_commit, outcome_before_attempt, commits_without_sync)
}


def program(name: str) -> tuple[str, ...]:
    """What Python runs to have this mutant."""
    return ("-m", "tests.crash.mutants", name)


if __name__ == "__main__":
    MUTANTS[sys.argv.pop(1)]()
    main()
