"""Mutations: daemons with a fault put in on purpose. `python -m tests.crash.mutations NAME run`.

A campaign that finds the fault shows that it would find a real one of this kind. A mutation changes
how parts are put together, never the inside of one, so it breaks at once when a part changes shape.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

from daemon.__main__ import main
from daemon.delivery.attempts import Cancel, OnSignedOutcome
from daemon.delivery.scheduler.dispatcher import Dispatcher
from daemon.delivery.scheduler.in_flight import Attempts
from daemon.domain.deliveries.outcome import Outcome
from daemon.runtime import service
from daemon.store.commands.accept import AcceptEvents
from daemon.store.commands.outcome import AttemptResult, RecordOutcomes
from daemon.store.records import QueuedDelivery, WebhookRecord
from daemon.store.transaction import Transaction
from daemon.store.writer import Writer
from daemon.util.clock import Clock


def answer_before_commit() -> None:
    """Producers get the answer "accepted" before the commit."""
    post = Writer.post

    def early(self: Writer, unit: Any, done: Callable[[Any], None]) -> None:
        if not isinstance(unit, AcceptEvents):
            post(self, unit, done)
            return
        loop = asyncio.get_running_loop()
        apply = unit.apply

        def answered(tx: Transaction) -> Any:
            result = apply(tx)
            loop.call_soon_threadsafe(done, result)
            time.sleep(0.05)  # a disk that takes its time
            return result

        unit.apply = answered  # type: ignore[method-assign]
        post(self, unit, lambda _: None)

    Writer.post = early  # type: ignore[method-assign]


class Hasty:
    """Records a delivery as succeeded, and makes the attempt afterwards."""

    def __init__(
        self, *, owner: str, writer: Writer, attempts: Attempts, clock: Clock, **_: object
    ) -> None:
        self._owner = owner
        self._writer = writer
        self._attempts = attempts
        self._clock = clock

    def begin(
        self,
        queued: QueuedDelivery,
        webhook: WebhookRecord,
        deadline: float,
        ended: OnSignedOutcome,
    ) -> Cancel:
        """As `Attempts.begin`."""
        now_ms = self._clock.now_ms()
        result = AttemptResult(queued, Outcome(now_ms, 1), webhook.revision, None)
        written = RecordOutcomes(self._owner, [result], now_ms)
        self._writer.post(written, lambda _: self._attempts.begin(queued, webhook, deadline, ended))
        return lambda: None


def outcome_before_attempt() -> None:
    """A delivery is recorded as succeeded before it is sent."""

    def hasty(**parts: Any) -> Dispatcher:
        return Dispatcher(**{**parts, "attempts": Hasty(**parts)})

    service.Dispatcher = hasty  # type: ignore[assignment,misc]


def commits_without_sync() -> None:
    """`synchronous=NORMAL`: a commit is in the system's memory, not on the disk."""
    original = service.open_store

    def lazy(*args: Any) -> Any:
        db, cipher = original(*args)
        db.execute_sql("PRAGMA synchronous = NORMAL")
        return db, cipher

    service.open_store = lazy


MUTATIONS = {
    change.__name__: change
    for change in (answer_before_commit, outcome_before_attempt, commits_without_sync)
}


def program(name: str) -> tuple[str, ...]:
    """What Python runs to have this mutation."""
    return ("-m", "tests.crash.mutations", name)


if __name__ == "__main__":
    MUTATIONS[sys.argv.pop(1)]()
    main()
