"""The daemon as a whole: how it is doing, stopping it, copying its store."""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from daemon.protocol import FieldProblem, Queues
from daemon.protocol.caller import Caller
from daemon.protocol.refusal import Refusal, conflict, invalid
from daemon.runtime.service import Service
from daemon.store.commands.audit_note import AuditNote
from daemon.store.migrate import copy
from daemon.util.clock import Clock

log = logging.getLogger(__name__)


class DaemonControl:
    """What the API may do to the daemon itself."""

    def __init__(self, service: Service, stop: Callable[[], None], clock: Clock) -> None:
        self._service = service
        self._stop = stop
        self._clock = clock

    def queues(self) -> Queues:
        """How much is under way."""
        service = self._service
        entries = service.registry.all()
        return Queues(
            waiting=service.intake.waiting,
            in_flight=service.dispatcher.in_flight,
            events_per_second=round(service.commit_handlers.events.per_second(), 1),
            deliveries_per_second=round(service.commit_handlers.deliveries.per_second(), 1),
            failing_webhooks=sum(entry.failing for entry in entries),
            paused_webhooks=sum(entry.webhook.blocked_reason is not None for entry in entries),
        )

    def problem(self) -> str | None:
        """What is wrong with the store right now, if anything."""
        if self._service.writer.full:
            return "the disk is full: nothing is accepted or sent until there is space again"
        return None

    async def stop(self, caller: Caller) -> None:
        """Begin to stop. A store that cannot take the audit entry is no reason to go on."""
        log.info("%s asks the daemon to stop", caller.login)
        try:
            await self._note(caller, "daemon.stop", "")
        except Refusal:
            log.warning("stopping without an audit entry: the store takes none")
        self._stop()

    async def backup(self, path: Path, caller: Caller) -> int:
        """Write a copy of the store to a new file; returns its size in bytes.

        The key file is not in it: a copied database must not hold what opens it.
        """
        if not path.is_absolute():
            raise invalid([FieldProblem("path", "must be absolute: the daemon has its own folder")])
        await asyncio.to_thread(_check_new, path)
        # Before it is made: a copy that nobody knows of must not come of a death in between.
        await self._note(caller, "daemon.backup", str(path))
        return await asyncio.to_thread(_copy, self._service.paths.database, path)

    async def _note(self, caller: Caller, action: str, target: str) -> None:
        await self._service.writer.submit(AuditNote(caller, action, target, self._clock.now_ms()))


def _check_new(path: Path) -> None:
    """Refuse a place where no copy can be made."""
    if os.path.lexists(path):
        raise conflict(f"{path} exists already; name a new file")
    if not os.access(path.parent, os.W_OK):
        raise invalid([FieldProblem("path", f"{path.parent} is no folder this daemon can use")])


def _copy(database: Path, path: Path) -> int:
    try:
        copy(database, path)
    except OSError as error:
        raise conflict(f"{path} cannot be written: {error.strerror}; name another") from error
    return path.stat().st_size
