"""Crashes of the simulated process, at a failpoint or at any moment."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from daemon.util import failpoints
from tests.harness.failpoints import COMMITS

PLACES = (
    "retry.waiting",
    "send.before",
    "send.after",
    "send.answered",
    "unit.applied",
    "flush.middle",
    "prune.middle",
    "job.step",
    "job.ending",
    "drain.wire",
    "drain.done",
    "recover.begin",
    "recover.done",
    *COMMITS,
)
"""The failpoints of the simulation: all but those of sockets, migrations and backups."""


class Crash(SystemExit):
    """The process has died. asyncio lets a SystemExit through at once."""


class CrashInjector:
    """Replaces `daemon.util.failpoints` and crashes at the chosen failpoint."""

    def __init__(self, committed: Callable[[Iterable[Any]], None]) -> None:
        self._committed = committed
        self._place: str | None = None
        self._left = 0

    def aim(self, place: str | None, count: int = 1) -> None:
        """Crash when `place` is reached for the `count`th time from now."""
        self._place, self._left = place, count

    def hit(self, name: str) -> None:
        if name == self._place:
            self._left -= 1
            if self._left <= 0:
                self._place = None
                raise Crash(name)

    def commit(self, when: str, batch: Iterable[Any]) -> None:
        units = [queued.command for queued in batch]
        if when == "after":
            self._committed(units)
        for unit in units:
            self.hit(f"commit.{when}.{type(unit).__name__}")


@contextmanager
def crash_injection(crash_injector: CrashInjector) -> Iterator[None]:
    """Replace the failpoints with `crash_injector`."""
    with mock.patch.multiple(failpoints, hit=crash_injector.hit, commit=crash_injector.commit):
        yield
