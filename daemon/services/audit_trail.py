"""The audit trail's newest entry, kept outside of the database, and entries about settings.

Each new entry is logged and written to a file (`daemon.store.maintenance.audit_check`);
`corgea-daemon check --audit` compares the database with both. The daemon's own user cannot change
the journal of a system daemon; the file serves all other daemons.
"""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from daemon.protocol.caller import DAEMON
from daemon.settings import Settings
from daemon.settings.views import public_settings
from daemon.store.audit import AuditNote, BrokenChain, End
from daemon.store.database import Database, Readers
from daemon.store.facts import Audited
from daemon.store.maintenance.audit_check import forward_head, head_file, last_entry, write_head
from daemon.store.writer import Writer
from daemon.util.clock import Clock
from daemon.util.tasks import Tasks

log = logging.getLogger(__name__)


class AuditHead:
    """Writes the newest entry to the file, unless the database lacks the entry that is in it."""

    def __init__(self, key: Path, readers: Readers) -> None:
        self._path = head_file(key)
        self._readers = readers
        self._tasks = Tasks()
        self._newest: End | None = None
        self._writing: asyncio.Task[None] | None = None
        self._intact = True

    async def start(self) -> None:
        """Compare the database with the file, which may be older after a crash."""
        try:
            await self._readers.run(self._catch_up, seconds=None)
        except BrokenChain as error:
            self._intact = False
            message = "the audit was tampered with: %s; see `corgea-daemon check --audit`"
            log.error(message, error)  # noqa: TRY400  # the message is enough
        except OSError as error:
            log.warning("%s cannot be written: %s", self._path, error)

    async def close(self) -> None:
        """Wait until the file is written."""
        if self._writing is not None:
            await self._writing
        await self._tasks.close()

    def entry_added(self, fact: Audited) -> None:
        """Log an entry that was committed, and write it to the file."""
        log.info(
            "audit entry %d: %s %s by %s, hash %s",
            fact.number,
            fact.action,
            fact.target,
            fact.login,
            fact.hash,
        )
        self._newest = End(fact.number, fact.hash)
        if self._intact and self._writing is None:
            self._writing = self._tasks.spawn(self._write(), "the audit's end")

    def _catch_up(self, db: Database) -> None:
        end = last_entry(db)
        if end is not None or self._path.exists():
            forward_head(self._path, db, end)

    async def _write(self) -> None:
        try:
            while (newest := self._newest) is not None:
                self._newest = None
                await asyncio.to_thread(write_head, self._path, newest)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._path, error)
        finally:
            self._writing = None


class SettingsAudit:
    """Adds an audit entry of the user `daemon` for each change of the settings in effect.

    The settings file does not record which user changed it.
    """

    def __init__(self, file: Path, settings: Settings, writer: Writer, clock: Clock) -> None:
        self._file = file
        self._view = public_settings(settings)
        self._writer = writer
        self._clock = clock

    def changed(self, settings: Settings) -> None:
        """Add an entry with the changed keys, their old and their new values, without secrets."""
        before, self._view = self._view, public_settings(settings)
        keys = list(_differing(before, self._view))
        previous, current = ({f"{s}.{k}": of[s][k] for s, k in keys} for of in (before, self._view))
        note = AuditNote(
            DAEMON,
            "settings.change",
            str(self._file),
            self._clock.now_ms(),
            before=previous,
            after=current,
        )
        self._writer.post(note, _noted)


def _differing(one: dict[str, Any], other: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Section and key of each value that differs."""
    for section, keys in one.items():
        for key, value in keys.items():
            if other[section][key] != value:
                yield section, key


def _noted(result: object) -> None:
    if isinstance(result, BaseException):
        log.warning("the change of settings is not in the audit: %s", result)
