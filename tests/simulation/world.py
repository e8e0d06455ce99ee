"""What outlives the daemon: its files, the clock, the receivers, the oracle, a client, the log."""

import logging
import shutil
import tempfile
import traceback
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from unittest import mock

from daemon.delivery.scheduler import lane
from daemon.domain.events.event import SubmittedEvent
from daemon.protocol import Accepted
from daemon.protocol.paths import Paths
from daemon.runtime import service
from daemon.services import jobs
from daemon.settings import DeliverySettings, Settings
from daemon.store import writer
from daemon.store.commands import prune, webhook_state
from tests.simulation.crashes import CrashInjector, crash_injection
from tests.simulation.follower import Follower
from tests.simulation.oracle import Oracle
from tests.simulation.receivers import Receivers
from tests.simulation.simulated_clock import VirtualTime

T = TypeVar("T")

MEMORY = Path("/dev/shm")
"""Where it exists, files lie in memory: a commit is a commit and costs no disk."""


@dataclass
class Acknowledged:
    """An event that was acknowledged."""

    event_id: str
    data: bytes
    deliveries: list[str]


@dataclass
class World:
    """One seed's world."""

    seed: int | str
    """The seed of all randomness."""
    paths: Paths
    settings: Settings
    verbose: bool = False
    violations: list[str] = field(default_factory=list)
    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    audited_calls: int = 0
    """Calls that leave an audit entry; one that a crash interrupted may have left it."""
    audited_answers: int = 0
    deadly: bool = False
    """Whether there are events that kill the daemon when they are sent."""
    pruned: bool = False
    counts_pruned: bool = False
    starts: int = 0
    deaths: int = 0
    daemon: Any = None

    def __post_init__(self) -> None:
        self.time = VirtualTime()
        self.receivers = Receivers(self.time, self.rng("receivers"))
        self.oracle = Oracle(self.time, self.violation)
        self.crash_injector = CrashInjector(self._committed)
        self.follower = Follower()

    def rng(self, name: str) -> Random:
        """A random generator of its own, so that one part's numbers do not shift another's."""
        return Random(f"{self.seed}:{name}")

    def violation(self, what: str) -> None:
        """Note something that must not happen."""
        if len(self.violations) < 20:
            self.violations.append(f"[{self.time.steady():.3f}, daemon {self.starts}] {what}")
            self.note(f"VIOLATION: {what}")

    def note(self, what: str) -> None:
        """Note what happens, for the report of a failed seed."""
        line = f"{self.time.steady():10.3f} daemon {self.starts}: {what}"
        self.log.append(line)
        if self.verbose:
            print(line)  # noqa: T201  # --verbose

    def acknowledge(self, event: SubmittedEvent, accepted: Accepted) -> None:
        """An event was acknowledged."""
        known = self.acknowledged.get(accepted.event_id)
        if known is not None and not accepted.duplicate and not self.pruned:
            self.violation(f"event {accepted.event_id} was taken in twice")
        if known is None or not accepted.duplicate:
            uids = [ref.id for ref in accepted.deliveries]
            self.acknowledged[accepted.event_id] = Acknowledged(accepted.event_id, event.data, uids)

    async def audited(self, what: Awaitable[T]) -> T:
        """A call that leaves an audit entry, at the latest when it is answered."""
        self.audited_calls += 1
        result = await what
        self.audited_answers += 1
        return result

    def _committed(self, units: list[Any]) -> None:
        writer = self.daemon.service.writer
        self.oracle.policy = writer.memory.policy
        self.oracle.committed(writer._tx.facts, units)


class _Errors(logging.Handler):
    """An error in the daemon's log is a violation, unless the simulation caused it."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.ERROR)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        if self._world.daemon is not None and "FailingCommand" not in record.getMessage():
            self._world.violation(f"log: {record.getMessage()} {_place(record)}")


def _place(record: logging.LogRecord) -> str:
    """Where an exception came from."""
    if not record.exc_info or record.exc_info[2] is None:
        return ""
    last = traceback.extract_tb(record.exc_info[2])[-1]
    return f"({record.exc_info[1]!r} at {last.filename}:{last.lineno})"


@contextmanager
def made_world(
    seed: int | str, *, verbose: bool = False, delivery: DeliverySettings | None = None
) -> Iterator[World]:
    """A world for one seed, with a new store; gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="cg-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        for name in ("corgea.db", "corgea.key"):
            shutil.copyfile(_template() / name, home / name)
        paths = Paths.resolve({"CORGEA_HOME": str(home)})
        world = World(seed, paths, Settings(delivery=delivery or DeliverySettings()), verbose)
        errors = _Errors(world)
        loggers = [logging.getLogger(name) for name in ("daemon", "asyncio")]
        for logger in loggers:
            logger.addHandler(errors)
        try:
            with (
                crash_injection(world.crash_injector),
                mock.patch.object(service, "migrate", new=_is_of_today),
            ):
                yield world
        finally:
            for logger in loggers:
                logger.removeHandler(errors)
    finally:
        shutil.rmtree(home)


def _is_of_today(*_: Any) -> None:
    """Replaces migrations: the template has had all, and a look takes as long as a history."""


@cache
def _template() -> Path:
    """An empty store, made once: migrations take longer than most histories."""
    home = tempfile.TemporaryDirectory(prefix="cg-")
    _kept.append(home)
    paths = Paths.resolve({"CORGEA_HOME": home.name})
    db, _ = service.open_store(paths)
    db.close()
    return Path(home.name)


_kept: list[Any] = []


@contextmanager
def narrow(size: int) -> Iterator[None]:
    """Set steps and windows to a `size` that a short history fills."""
    with (
        mock.patch.object(lane, "WINDOW", size),
        mock.patch.object(lane, "LOW", 2),
        mock.patch.object(webhook_state.discard_pending, "__defaults__", (size,)),
        mock.patch.object(prune, "STEP", size),
        mock.patch.object(jobs, "STEP", size),
        mock.patch.object(writer, "MOST_COMMANDS", size),
    ):
        yield
