"""`DaemonControl`: the daemon's own figures, stopping it, and copying its store."""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from daemon.delivery.scheduler.dispatcher import Dispatcher
from daemon.protocol import FieldProblem, Queues
from daemon.protocol.caller import Caller
from daemon.protocol.refusal import conflict, invalid
from daemon.services.commit_handlers import CommitHandlers
from daemon.services.intake import Intake
from daemon.services.registry import Registry
from daemon.store.audit import AuditNote
from daemon.store.errors import StoreError
from daemon.store.maintenance.migrate import copy
from daemon.store.writer import Writer
from daemon.util.clock import Clock

log = logging.getLogger(__name__)


class DaemonControl:
    """The API's operations on the daemon itself."""

    def __init__(
        self,
        *,
        registry: Registry,
        intake: Intake,
        dispatcher: Dispatcher,
        commit_handlers: CommitHandlers,
        writer: Writer,
        database: Path,
        clock: Clock,
        stop: Callable[[], None],
    ) -> None:
        self._registry = registry
        self._intake = intake
        self._dispatcher = dispatcher
        self._commit_handlers = commit_handlers
        self._writer = writer
        self._database = database
        self._clock = clock
        self._stop = stop

    def queues(self) -> Queues:
        """How many deliveries wait and are in flight, and how many webhooks fail or are paused."""
        entries = self._registry.all()
        rates = self._commit_handlers
        return Queues(
            waiting=self._intake.waiting,
            in_flight=self._dispatcher.in_flight,
            events_per_second=round(rates.events.per_second(), 1),
            deliveries_per_second=round(rates.deliveries.per_second(), 1),
            failing_webhooks=sum(entry.failing for entry in entries),
            paused_webhooks=sum(entry.webhook.blocked_reason is not None for entry in entries),
        )

    def problem(self) -> str | None:
        """The present problem of the store, or None."""
        if self._writer.full:
            return "the disk is full: nothing is accepted or sent until there is space again"
        return None

    async def stop(self, caller: Caller) -> None:
        """Begin to stop, even when the store cannot take the audit entry."""
        log.info("%s asks the daemon to stop", caller.login)
        try:
            await self._note(caller, "daemon.stop", "")
        except StoreError:
            log.warning("stopping without an audit entry: the store cannot write it")
        self._stop()

    async def backup(self, path: Path, caller: Caller) -> int:
        """Write a copy of the store to a new file; returns its size in bytes.

        The copy does not hold the key file: a database must not carry the key that decrypts it.
        """
        if not path.is_absolute():
            raise invalid(
                [
                    FieldProblem(
                        "path", "must be an absolute path: the daemon runs in a folder of its own"
                    )
                ]
            )
        await asyncio.to_thread(_check_new, path)
        # The audit entry comes first: after a crash in between, no copy exists without its entry.
        await self._note(caller, "daemon.backup", str(path))
        return await asyncio.to_thread(_copy, self._database, path)

    async def _note(self, caller: Caller, action: str, target: str) -> None:
        await self._writer.submit(AuditNote(caller, action, target, self._clock.now_ms()))


def _check_new(path: Path) -> None:
    """Refuse a path where no copy can be made."""
    if os.path.lexists(path):
        raise conflict(f"{path} exists already; name a new file")
    if not os.access(path.parent, os.W_OK):
        raise invalid(
            [
                FieldProblem(
                    "path",
                    f"{path.parent} is not a folder in which the daemon may write; name another",
                )
            ]
        )


def _copy(database: Path, path: Path) -> int:
    try:
        copy(database, path)
    except OSError as error:
        raise conflict(f"{path} cannot be written: {error.strerror}; name another file") from error
    return path.stat().st_size
