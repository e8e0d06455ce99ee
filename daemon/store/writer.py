"""The single writer: one thread, one connection, group commits.

Commands queue up while a commit is on its way to the disk; the next batch takes all of them:

    loop      submit A   submit B  submit C               A, B, C answered
    writer    |begin A commit......| |begin B C commit......|
    disk                [==fsync==]           [==fsync==]

The writer does not wait for further commands. So a single command is committed at once, and a
thousand cost little more than one. A command that fails is rolled back with its batch; then each
command of the batch runs alone, and only the one that fails again gets the error. Answers are sent
after the commit.
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
from daemon.store.cipher import Cipher
from daemon.store.dialect.sqlite import DiskError, connection_of, disk_error_of
from daemon.store.errors import (
    StoreError,
    StoreFailed,
    StoreFull,
    StoreLocked,
    StoreUnavailable,
)
from daemon.store.facts import Fact
from daemon.store.transaction import Transaction
from daemon.store.writer_memory import Memory, load
from daemon.util import failpoints
from daemon.util.disk_reserve import Reserve

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Done = Callable[[Any], None]

log = logging.getLogger(__name__)

MOST_COMMANDS = 1_000
"""Commands in one batch, so that one commit stays short."""
RETRY_SECONDS = 1.0
"""Seconds between checks whether the disk has space, or another program's lock is gone."""


class WriteCommand(Protocol[R_co]):
    """A change that the writer makes. It may run again after its batch was rolled back.

    A command that is refused raises a `StoreError` before it writes. Any other exception rolls its
    batch back, and then only this command fails. A command with a true `irrevocable` records a past
    event, such as an outcome: while the disk is full it is kept, and other commands are refused.
    """

    def apply(self, tx: Transaction) -> R_co:
        """Do the work inside the transaction."""
        ...


class _Queued(msgspec.Struct, Generic[R], gc=False):
    command: Any
    done: Done

    @property
    def irrevocable(self) -> bool:
        return getattr(self.command, "irrevocable", False)


_ERRORS: dict[DiskError, Callable[[], StoreUnavailable]] = {
    DiskError.FULL: StoreFull,
    DiskError.LOCKED: StoreLocked,
    DiskError.BROKEN: StoreFailed,
}


class Writer:
    """Owns the writing connection. The methods before `_run` run on the loop's thread.

    Only `_wake`, `_deliver`, `start` and `close` use the writer's thread: the simulation runs
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
        self._db = db
        self._connection = connection_of(db)
        self._cipher = cipher
        self._on_facts = on_facts
        self._on_failure = on_failure
        self._reserve = reserve
        self._queue: deque[_Queued[Any]] = deque()
        self._checked_at = 0.0
        self._kept: list[_Queued[Any]] = []
        """Irrevocable commands that could not be written yet."""
        self._idle = threading.Lock()
        """The writer's thread acquires it to wait for work. A semaphore would cost a condition and
        a lock in Python for each command."""
        self._stopping = False
        self._failed = False
        self._thread = threading.Thread(target=self._run, name="writer")
        self.memory: Memory = load(db, cipher)
        self.full = False
        """Whether the disk is full: only irrevocable commands are written."""

    def start(self) -> None:
        """Start the thread. Call it on the loop that gets the answers."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def set_policy(self, policy: EffectiveRetryPolicy) -> None:
        """Use `policy` for webhooks without a schedule of their own, from the next command on."""
        self.memory.policy = policy

    def post(self, command: WriteCommand[Any], done: Done) -> None:
        """Queue a command; `done` gets its result or the exception, on the loop, after commit."""
        self._queue.append(_Queued(command, done))
        if self._failed:
            self._refuse_everything()
        else:
            self._wake()

    def submit(self, command: WriteCommand[R]) -> "asyncio.Future[R]":
        """Queue a command and wait for its commit."""
        future: asyncio.Future[R] = self._loop.create_future()

        def done(result: Any) -> None:
            if future.cancelled():
                return
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)

        self.post(command, done)
        return future

    async def close(self) -> None:
        """Commit queued commands, then end the thread. The owner closes the connection."""
        if not self._thread.is_alive():
            return
        self._stopping = True
        self._wake()
        await self._loop.run_in_executor(None, self._thread.join)

    def _wake(self) -> None:
        """Wake the writer's thread."""
        if self._idle.locked():
            self._idle.release()

    def _deliver(self, facts: list[Fact], results: list[tuple[Done, Any]]) -> None:
        """Pass the facts and the answers of a commit to the loop."""
        self._loop.call_soon_threadsafe(self._committed, facts, results)

    def _run(self) -> None:
        if self._reserve is not None and not self._reserve.hold():
            log.warning("the disk has no room for a reserve; free some space")
        while not self._failed:
            if not self._queue and not self._stopping:
                waiting = bool(self._kept) or self.full
                self._idle.acquire(timeout=RETRY_SECONDS if waiting else -1)
            taken = self.turn()
            if not taken and self._stopping:
                if self._kept:
                    log.error("%d outcomes could not be written before the end", len(self._kept))
                return

    def turn(self) -> int:
        """Commit queued commands as one batch; returns how many it took from the queue."""
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
        while queue and len(batch) < MOST_COMMANDS:
            batch.append(queue.popleft())
        return batch

    def _commit(self, batch: list[_Queued[Any]]) -> None:
        """Commit the batch as one; when that fails, each command alone."""
        try:
            self._transact(batch)
        except Exception as error:  # answered for one by one
            disk_error = disk_error_of(error)
            if disk_error is DiskError.BROKEN:
                raise StoreFailed(str(error)) from error
            self._undo()
            if disk_error is not None:
                self._wait_out(batch, disk_error)
            elif len(batch) == 1:
                self._give_up(batch[0], error)
            else:
                log.debug("a batch of %d is done again one by one: %s", len(batch), error)
                for queued in batch:
                    self._commit([queued])

    def _transact(self, batch: list[_Queued[Any]]) -> None:
        connection = self._connection
        tx = self._tx = Transaction(self._db, self.memory, self._cipher)
        connection.execute("BEGIN IMMEDIATE")
        results = []
        for queued in batch:
            try:
                results.append((queued.done, queued.command.apply(tx)))
            except StoreError as error:
                results.append((queued.done, error))
            failpoints.hit("unit.applied")
        tx.finish()
        failpoints.commit("before", batch)
        connection.execute("COMMIT")
        failpoints.commit("after", batch)
        self._deliver(tx.facts, results)

    def _undo(self) -> None:
        for undo in self._tx.undo:
            undo()
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self.memory = load(self._db, self._cipher, self.memory)

    def _wait_out(self, batch: list[_Queued[Any]], disk_error: DiskError) -> None:
        """Refuse commands; write irrevocable ones with the help of the reserve, or keep them."""
        irrevocable = self._refuse(batch, disk_error)
        if disk_error is DiskError.LOCKED:
            log.warning("another program has locked the database; close it")
        else:
            if not self.full:
                log.error("the disk is full: nothing is accepted or sent until there is space")
            self.full = True
            if irrevocable and self._reserve is not None and self._reserve.release():
                self._commit(irrevocable)
                return
        self._kept += irrevocable

    def _refuse(self, batch: list[_Queued[Any]], disk_error: DiskError) -> list[_Queued[Any]]:
        """Refuse commands that may be refused; returns the irrevocable ones."""
        refused = [(each.done, _ERRORS[disk_error]()) for each in batch if not each.irrevocable]
        if refused:
            self._deliver([], refused)
        return [each for each in batch if each.irrevocable]

    def _has_room(self) -> bool:
        """Whether the disk has space again, including that for the reserve."""
        now = time.monotonic()
        if now - self._checked_at < RETRY_SECONDS:
            return False
        self._checked_at = now
        self.full = self._reserve is not None and not self._reserve.hold_with_room()
        if not self.full:
            log.warning("the disk has space again")
        return not self.full

    def _give_up(self, queued: _Queued[Any], error: Exception) -> None:
        """Answer one command that failed alone."""
        if not isinstance(error, StoreError):
            log.error("%s failed: %s", type(queued.command).__name__, error, exc_info=error)
        self._deliver([], [(queued.done, error)])

    def _committed(self, facts: list[Fact], results: list[tuple[Done, Any]]) -> None:
        if facts:
            self._on_facts(facts)
        for done, result in results:
            done(result)

    def _fail(self, batch: list[_Queued[Any]], error: Exception) -> None:
        log.critical("the store failed, the daemon stops: %s", error)
        self._failed = True
        self._deliver([], [(each.done, StoreFailed()) for each in batch])
        self._refuse_everything()
        self._loop.call_soon_threadsafe(self._on_failure, error)

    def _refuse_everything(self) -> None:
        """Refuse all queued commands; both threads may call it at the same time."""
        while batch := self._take():
            self._deliver([], [(each.done, StoreFailed()) for each in batch])
