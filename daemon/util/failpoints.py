"""Named places to die at, for the crash tests (architecture.md, Reliability).

`CORGEA_FAILPOINT=NAME[:N]` kills the process, as kill -9 would, when it comes to the named place
for the N-th time. Without the variable every function here is an empty one, chosen once at import.
"""

import os
import signal
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, Protocol

VARIABLE = "CORGEA_FAILPOINT"

UNITS = (
    "AcceptEvents",
    "ActivateWebhook",
    "AuditNote",
    "Claim",
    "DeleteWebhook",
    "DiscardPending",
    "EndJob",
    "ForgetOldSecrets",
    "Interrupt",
    "PauseWebhook",
    "Prune",
    "PruneCounts",
    "RecordOutcomes",
    "RecoverAttempt",
    "RecoverClaims",
    "Release",
    "ReplayStep",
    "RetryDelivery",
    "RetryStep",
    "SaveWebhook",
    "SendTest",
    "StartJob",
)
"""The kinds of units whose commits can be died at, before and after."""

PLACES = {
    "send.before": "claimed and connected, nothing of the request is on the wire",
    "send.half": "half of the request is on the wire",
    "send.after": "the whole request is on the wire, no answer has been read",
    "send.answered": "the answer has been read, its outcome is in memory alone",
    "retry.waiting": "a failed attempt is on disk, its next try is not in a lane yet",
    "unit.applied": "a unit of a batch is carried out; others and the commit are still to come",
    "flush.middle": "some of a batch's rows are written, those that belong to them are not",
    "prune.middle": "attempts of forgotten deliveries are deleted, the deliveries are not",
    "migrate.copied": "the copy beside the store is made, nothing has been changed",
    "migrate.statement": "inside a migration's transaction",
    "migrate.done": "all migrations are committed",
    "job.step": "a step of a job is committed, the next one has not begun",
    "job.ending": "all that a job started has ended, its own end is not written",
    "backup.middle": "some pages of a backup are written",
    "backup.written": "a backup is whole, under its temporary name",
    "drain.begin": "told to stop; nothing has been closed",
    "drain.wire": "stopping, attempts are still on the wire",
    "drain.done": "everything is recorded, the store is still open",
    "recover.begin": "the store is open, claims of the dead daemon are still in it",
    "recover.done": "claims are recovered, nothing has been sent",
    "start.listening": "the sockets listen, nobody has been told",
}
"""Every other place, and what holds there."""

NAMES = (*PLACES, *(f"commit.{when}.{unit}" for when in ("before", "after") for unit in UNITS))


class _HasUnit(Protocol):
    unit: Any


class Armed:
    """The failpoint that a variable asks for. Raises ValueError for a name that there is not."""

    def __init__(self, wanted: str, die: Callable[[], None]) -> None:
        name, _, count = wanted.partition(":")
        if name not in NAMES or not (count or "1").isdigit():
            raise ValueError(f"{VARIABLE}: there is no place {wanted!r}; known: {', '.join(NAMES)}")
        self._name = name
        self._left = int(count or 1)
        self._die = die

    def hit(self, name: str) -> None:
        """Come to a place."""
        if name == self._name:
            self._left -= 1
            if self._left <= 0:
                self._die()

    def commit(self, when: str, batch: Iterable[_HasUnit]) -> None:
        """Come to one side of a batch's commit."""
        for queued in batch:
            self.hit(f"commit.{when}.{type(queued.unit).__name__}")

    def half(self, write: Callable[[bytes], object], request: bytes) -> None:
        """Come to where a request is written; what has to lie on the wire is put there first."""
        if self._name == "send.half":
            if self._left == 1:
                write(request[: len(request) // 2])
            self.hit(self._name)

    def statements(self, connection: sqlite3.Connection, name: str) -> None:
        """Come to `name` at every statement from now on."""
        if self._name == name:
            connection.set_trace_callback(lambda _: self.hit(name))

    def steps(self, name: str) -> dict[str, Any]:
        """Arguments for `Connection.backup` that make it come to `name` after some pages."""
        return {"pages": 4, "progress": lambda *_: self.hit(name)} if self._name == name else {}


class Unarmed:
    """What stands in the place of a failpoint for everybody but the crash tests."""

    def hit(self, name: str) -> None:
        """Go on."""

    def commit(self, when: str, batch: Iterable[_HasUnit]) -> None:
        """Go on."""

    def half(self, write: Callable[[bytes], object], request: bytes) -> None:
        """Go on."""

    def statements(self, connection: sqlite3.Connection, name: str) -> None:
        """Go on."""

    def steps(self, name: str) -> dict[str, Any]:  # noqa: ARG002  # as of `Armed`
        """No arguments: all pages at once."""
        return {}


def _kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


_wanted = os.environ.get(VARIABLE)
_chosen = Unarmed() if not _wanted else Armed(_wanted, _kill_self)

armed = isinstance(_chosen, Armed)
"""Whether this process is here to die."""
armed_for_sending = armed and str(_wanted).startswith("send.")
"""Whether it is to die while it sends: then no other may send for it."""
hit = _chosen.hit
commit = _chosen.commit
half = _chosen.half
statements = _chosen.statements
steps = _chosen.steps
