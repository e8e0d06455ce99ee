"""What outlives the daemon: its files, the time, the receivers, those who watch it, the record."""

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

from daemon.domain.events.event import SubmittedEvent
from daemon.protocol import Accepted
from daemon.protocol.paths import Paths
from daemon.runtime import service
from daemon.settings import DeliverySettings, Settings
from tests.simulation.clockwork import VirtualTime
from tests.simulation.crashes import Executioner, in_charge
from tests.simulation.follower import Follower
from tests.simulation.receivers import Receivers
from tests.simulation.witness import Witness

T = TypeVar("T")

MEMORY = Path("/dev/shm")
"""Where it exists, files lie in memory: a commit is a commit and costs no disk."""


@dataclass
class Promise:
    """An event that was acknowledged."""

    event_id: str
    data: bytes
    deliveries: list[str]


@dataclass
class World:
    """One seed's world."""

    seed: int | str
    """What all chance comes from."""
    paths: Paths
    settings: Settings
    verbose: bool = False
    wrong: list[str] = field(default_factory=list)
    promises: dict[str, Promise] = field(default_factory=dict)
    acts: list[str] = field(default_factory=list)
    asked: int = 0
    """How many audited acts were asked for; one that a death cut may have happened."""
    granted: int = 0
    deadly: bool = False
    """Whether there are events that kill the daemon when they are sent."""
    pruned: bool = False
    counts_pruned: bool = False
    lives: int = 0
    deaths: int = 0
    life: Any = None

    def __post_init__(self) -> None:
        self.time = VirtualTime()
        self.receivers = Receivers(self.time, self.dice("receivers"))
        self.witness = Witness(self.time, self.complain)
        self.executioner = Executioner(self._committed)
        self.follower = Follower()

    def dice(self, name: str) -> Random:
        """A source of chance of its own, so that one part's throws do not move another's."""
        return Random(f"{self.seed}:{name}")

    def complain(self, what: str) -> None:
        """Note something that must not be."""
        if len(self.wrong) < 20:
            self.wrong.append(f"[{self.time.steady():.3f}, life {self.lives}] {what}")
            self.tell(f"WRONG: {what}")

    def tell(self, what: str) -> None:
        """Note what happens, for who reads a failed seed."""
        line = f"{self.time.steady():10.3f} life {self.lives}: {what}"
        self.acts.append(line)
        if self.verbose:
            print(line)  # noqa: T201  # asked for

    def promise(self, event: SubmittedEvent, accepted: Accepted) -> None:
        """An event was acknowledged."""
        known = self.promises.get(accepted.event_id)
        if known is not None and not accepted.duplicate and not self.pruned:
            self.complain(f"event {accepted.event_id} was taken in twice")
        if known is None or not accepted.duplicate:
            uids = [ref.id for ref in accepted.deliveries]
            self.promises[accepted.event_id] = Promise(accepted.event_id, event.data, uids)

    async def audited(self, what: Awaitable[T]) -> T:
        """Something that leaves an entry in the audit, when it is answered."""
        self.asked += 1
        result = await what
        self.granted += 1
        return result

    def _committed(self, units: list[Any]) -> None:
        writer = self.life.service.writer
        self.witness.policy = writer.memory.policy
        self.witness.committed(writer._tx.facts, units)


class _Errors(logging.Handler):
    """Whatever the daemon logs as an error is one, unless the world expects it."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.ERROR)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        if self._world.life is not None and "Mischief" not in record.getMessage():
            self._world.complain(f"log: {record.getMessage()} {_place(record)}")


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
                in_charge(world.executioner),
                mock.patch.object(service, "migrate", new=_is_of_today),
            ):
                yield world
        finally:
            for logger in loggers:
                logger.removeHandler(errors)
    finally:
        shutil.rmtree(home)


def _is_of_today(*_: Any) -> None:
    """In place of a migration: the template has had all, and looking takes as long as a life."""


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
