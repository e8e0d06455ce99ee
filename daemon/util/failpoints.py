"""Named points at which the crash tests kill the daemon (architecture.md, Reliability).

`CORGEA_FAILPOINT=NAME[:N]` kills the process, as kill -9 would, when it reaches the named point for
the N-th time. A name is one of `POINTS`, or `commit.before.X` or `commit.after.X` with the class of
a command of the store, e.g. `commit.after.AcceptEvents`. Without the variable, every function here
does nothing; this is chosen at import.
"""

import os
import re
import signal
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, Protocol

VARIABLE = "CORGEA_FAILPOINT"

POINTS = {
    "send.before": "claimed and connected, nothing of the request is sent",
    "send.half": "half of the request is sent",
    "send.after": "the whole request is sent, no answer has been read",
    "send.answered": "the answer has been read, its outcome is in memory alone",
    "retry.waiting": "a failed attempt is on disk, its next try is not in a lane yet",
    "unit.applied": "one command of a batch is applied; the others and the commit follow",
    "flush.middle": "some of a batch's rows are written, those that belong to them are not",
    "prune.middle": "attempts of pruned deliveries are deleted, the deliveries are not",
    "migrate.copied": "the copy beside the store is made, nothing has been changed",
    "migrate.statement": "inside a migration's transaction",
    "migrate.done": "all migrations are committed",
    "job.step": "a step of a job is committed, the next one has not begun",
    "job.ending": "all deliveries of a job have ended, its own end is not written",
    "backup.middle": "some pages of a backup are written",
    "backup.written": "a backup is complete, under its temporary name",
    "drain.begin": "the stop begins; nothing is closed yet",
    "drain.wire": "stopping, attempts are still in flight",
    "drain.done": "everything is recorded, the store is still open",
    "recover.begin": "the store is open, claims of the dead daemon are still in it",
    "recover.done": "claims are recovered, nothing has been sent",
    "start.listening": "the sockets listen, readiness has not been reported",
}
"""Every other point, and the state at it."""

_COMMIT = re.compile(r"commit\.(?:before|after)\.[A-Z]\w*")


class _HasCommand(Protocol):
    command: Any


class Armed:
    """The failpoint that the variable names. Raises ValueError for an unknown name."""

    def __init__(self, text: str, die: Callable[[], None]) -> None:
        name, _, count = text.partition(":")
        known = name in POINTS or _COMMIT.fullmatch(name)
        if not known or not (count or "1").isdigit():
            points = ", ".join((*POINTS, "commit.before.COMMAND", "commit.after.COMMAND"))
            raise ValueError(f"{VARIABLE}: there is no point {text!r}; known: {points}")
        self._name = name
        self._left = int(count or 1)
        self._die = die

    def hit(self, name: str) -> None:
        """Reach a point."""
        if name == self._name:
            self._left -= 1
            if self._left <= 0:
                self._die()

    def commit(self, when: str, batch: Iterable[_HasCommand]) -> None:
        """Reach the point before or after a batch's commit."""
        for queued in batch:
            self.hit(f"commit.{when}.{type(queued.command).__name__}")

    def half(self, write: Callable[[bytes], object], request: bytes) -> None:
        """Reach the point where a request is written, after its first half is sent."""
        if self._name == "send.half":
            if self._left == 1:
                write(request[: len(request) // 2])
            self.hit(self._name)

    def statements(self, connection: sqlite3.Connection, name: str) -> None:
        """Reach `name` at every statement from now on."""
        if self._name == name:
            connection.set_trace_callback(lambda _: self.hit(name))

    def steps(self, name: str) -> dict[str, Any]:
        """Arguments for `Connection.backup` that make it reach `name` after some pages."""
        return {"pages": 4, "progress": lambda *_: self.hit(name)} if self._name == name else {}


class Unarmed:
    """No failpoint, as in every process outside of the crash tests."""

    def hit(self, name: str) -> None:
        """Do nothing."""

    def commit(self, when: str, batch: Iterable[_HasCommand]) -> None:
        """Do nothing."""

    def half(self, write: Callable[[bytes], object], request: bytes) -> None:
        """Do nothing."""

    def statements(self, connection: sqlite3.Connection, name: str) -> None:
        """Do nothing."""

    def steps(self, name: str) -> dict[str, Any]:  # noqa: ARG002  # as of `Armed`
        """No arguments: all pages at once."""
        return {}


def _kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


_text = os.environ.get(VARIABLE)
_chosen = Unarmed() if not _text else Armed(_text, _kill_self)

armed = isinstance(_chosen, Armed)
"""Whether this process has a failpoint."""
armed_for_sending = armed and str(_text).startswith("send.")
"""Whether the failpoint is one of sending; then worker processes must not send."""
hit = _chosen.hit
commit = _chosen.commit
half = _chosen.half
statements = _chosen.statements
steps = _chosen.steps
