"""The single writer: one thread, one connection, group commits.

Units of work queue up while a commit is on its way to the disk; the next batch takes all of them.
The writer never waits for company, so a lone unit is committed at once and a thousand cost little
more than one. Answers leave after the commit.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from peewee import SqliteDatabase

from daemon.domain.deliveries.lifecycle import EffectiveRetryPolicy
from daemon.protocol.refusal import Refusal
from daemon.store.cipher import Cipher
from daemon.store.database import connection_of
from daemon.store.disk_errors import DiskError, disk_error_of, refusal_of
from daemon.store.facts import Fact
from daemon.store.reserve import Reserve
from daemon.store.transaction import Transaction
from daemon.store.writer_memory import Memory, load
from daemon.util import failpoints

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Done = Callable[[Any], None]

log = logging.getLogger(__name__)

MOST_UNITS = 1_000
"""Units in one batch, so that one commit stays short."""
AGAIN = 1.0
"""Seconds between looks whether a full disk, or a lock of another program's, has passed."""


class WriteCommand(Protocol[R_co]):
    """A piece of work for the writer. It may run again after its batch was rolled back.

    A unit that says no raises `Refusal` before it writes anything; any other exception rolls its
    batch back, and then only this unit fails. One with a true `happened` tells of what cannot be
    taken back, such as an outcome: while nothing can be written it is kept, where others are
    refused.
    """

    def apply(self, tx: Transaction) -> R_co:
        """Do the work inside the transaction."""
        ...


class _Queued(msgspec.Struct, Generic[R], gc=False):
    unit: Any
    done: Done

    @property
    def happened(self) -> bool:
        return getattr(self.unit, "happened", False)


class StoreFailed(Exception):
    """The disk gave an error that leaves the state of a commit unknown: the daemon must stop."""


class Writer:
    """Owns the writing connection. What stands before `_run` belongs to the loop's thread.

    `_rouse`, `_tell`, `start` and `close` are all that knows of the thread: the simulation runs
    `turn` on its loop instead.
    """

    def __init__(
        self,
        db: SqliteDatabase,
        cipher: Cipher,
        *,
        on_facts: Callable[[list[Fact]], None],
        on_failure: Callable[[Exception], None],
        reserve: Reserve | None = None,
    ) -> None:
        self._connection = connection_of(db)
        self._cipher = cipher
        self._on_facts = on_facts
        self._on_failure = on_failure
        self._reserve = reserve
        self._queue: deque[_Queued[Any]] = deque()
        self._looked_at = 0.0
        self._kept: list[_Queued[Any]] = []
        """What has happened and could not be written down yet."""
        self._idle = threading.Lock()
        """Taken by the writer's thread to wait for work. Not a semaphore: that is a condition and a
        lock in Python for each unit."""
        self._stopping = False
        self._failed = False
        self._thread = threading.Thread(target=self._run, name="writer")
        self.memory: Memory = load(self._connection, cipher)
        self.full = False
        """Whether the disk is full: nothing is written but what has happened."""

    def start(self) -> None:
        """Begin to write. Call it on the loop that answers come back to."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def set_policy(self, policy: EffectiveRetryPolicy) -> None:
        """Try webhooks that have no schedule of their own by `policy` from the next unit on."""
        self.memory.policy = policy

    def post(self, unit: WriteCommand[Any], done: Done) -> None:
        """Queue a unit; `done` gets its result, or the exception, on the loop after the commit."""
        self._queue.append(_Queued(unit, done))
        if self._failed:
            self._refuse_everything()
        else:
            self._rouse()

    def submit(self, unit: WriteCommand[R]) -> "asyncio.Future[R]":
        """Queue a unit and wait for its commit."""
        future: asyncio.Future[R] = self._loop.create_future()

        def done(result: Any) -> None:
            if future.cancelled():
                return
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)

        self.post(unit, done)
        return future

    async def close(self) -> None:
        """Commit what is queued, then end the thread. The connection stays open for its owner."""
        if not self._thread.is_alive():
            return
        self._stopping = True
        self._rouse()
        await self._loop.run_in_executor(None, self._thread.join)

    def _rouse(self) -> None:
        """Have the writer's thread look at the queue."""
        if self._idle.locked():
            self._idle.release()

    def _tell(self, facts: list[Fact], results: list[tuple[Done, Any]]) -> None:
        """Hand what was committed, and the answers to it, over to the loop."""
        self._loop.call_soon_threadsafe(self._committed, facts, results)

    def _run(self) -> None:
        if self._reserve is not None and not self._reserve.hold():
            log.warning("the disk has no room for a reserve; free some space")
        while not self._failed:
            if not self._queue and not self._stopping:
                waiting = bool(self._kept) or self.full
                self._idle.acquire(timeout=AGAIN if waiting else -1)
            taken = self.turn()
            if not taken and self._stopping:
                if self._kept:
                    log.error("%d units could not be written before the end", len(self._kept))
                return

    def turn(self) -> int:
        """Commit what is queued, as one batch; returns how many units were taken for it."""
        taken = self._take()
        kept, self._kept = self._kept, []
        batch = [*kept, *taken]
        try:
            if self.full and not self._has_room():
                batch = self._refuse(batch, DiskError.FULL)
            if batch:
                self._commit(batch)
        except Exception as error:  # noqa: BLE001  # handed to the service, which stops
            self._fail(batch, error)
        return len(taken)

    def _take(self) -> list[_Queued[Any]]:
        batch: list[_Queued[Any]] = []
        queue = self._queue
        while queue and len(batch) < MOST_UNITS:
            batch.append(queue.popleft())
        return batch

    def _commit(self, batch: list[_Queued[Any]]) -> None:
        """Commit the batch as one; when that fails, each unit alone."""
        try:
            self._transact(batch)
        except Exception as error:  # answered for one by one
            trouble = disk_error_of(error)
            if trouble is DiskError.BROKEN:
                raise StoreFailed(str(error)) from error
            self._undo()
            if trouble is not None:
                self._wait_out(batch, trouble)
            elif len(batch) == 1:
                self._give_up(batch[0], error)
            else:
                log.debug("a batch of %d is done again one by one: %s", len(batch), error)
                for queued in batch:
                    self._commit([queued])

    def _transact(self, batch: list[_Queued[Any]]) -> None:
        connection = self._connection
        tx = self._tx = Transaction(connection, self.memory, self._cipher)
        connection.execute("BEGIN IMMEDIATE")
        results = []
        for queued in batch:
            try:
                results.append((queued.done, queued.unit.apply(tx)))
            except Refusal as refusal:
                results.append((queued.done, refusal))
            failpoints.hit("unit.applied")
        tx.finish()
        failpoints.commit("before", batch)
        connection.execute("COMMIT")
        failpoints.commit("after", batch)
        self._tell(tx.facts, results)

    def _undo(self) -> None:
        for undo in self._tx.undo:
            undo()
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        policy = self.memory.policy
        self.memory = load(self._connection, self._cipher)
        self.memory.policy = policy

    def _wait_out(self, batch: list[_Queued[Any]], trouble: DiskError) -> None:
        """Refuse what asks for something; write what has happened from the reserve, or keep it."""
        happened = self._refuse(batch, trouble)
        if trouble is DiskError.LOCKED:
            log.warning("another program has locked the database; close it")
        else:
            if not self.full:
                log.error("the disk is full: nothing is accepted or sent until there is space")
            self.full = True
            if happened and self._reserve is not None and self._reserve.release():
                self._commit(happened)
                return
        self._kept += happened

    def _refuse(self, batch: list[_Queued[Any]], trouble: DiskError) -> list[_Queued[Any]]:
        """Say no to what asks for something; what has happened is left."""
        refused = [(each.done, refusal_of(trouble)) for each in batch if not each.happened]
        if refused:
            self._tell([], refused)
        return [each for each in batch if each.happened]

    def _has_room(self) -> bool:
        """Whether the disk has room again, for the reserve before all else."""
        now = time.monotonic()
        if now - self._looked_at < AGAIN:
            return False
        self._looked_at = now
        self.full = self._reserve is not None and not self._reserve.hold_with_room()
        if not self.full:
            log.warning("the disk has space again")
        return not self.full

    def _give_up(self, queued: _Queued[Any], error: Exception) -> None:
        """Answer for one unit that failed alone."""
        if not isinstance(error, Refusal):
            log.error("%s failed: %s", type(queued.unit).__name__, error, exc_info=error)
        self._tell([], [(queued.done, error)])

    def _committed(self, facts: list[Fact], results: list[tuple[Done, Any]]) -> None:
        if facts:
            self._on_facts(facts)
        for done, result in results:
            done(result)

    def _fail(self, batch: list[_Queued[Any]], error: Exception) -> None:
        log.critical("the store failed, the daemon stops: %s", error)
        self._failed = True
        self._tell([], [(each.done, refusal_of(DiskError.BROKEN)) for each in batch])
        self._refuse_everything()
        self._loop.call_soon_threadsafe(self._on_failure, error)

    def _refuse_everything(self) -> None:
        """Answer what is queued and never will be written; both threads may do so at once."""
        while batch := self._take():
            self._tell([], [(each.done, refusal_of(DiskError.BROKEN)) for each in batch])
