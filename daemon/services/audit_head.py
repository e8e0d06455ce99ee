"""Telling the audit's newest entry outside the database: a line of the log and a file each time.

The journal of a system daemon is not its own user's to change; the file is for everybody else
(`daemon.store.audit_head`). `corgea-daemon check --audit` compares with either.
"""

import asyncio
import logging
from pathlib import Path

from daemon.store.audit import BrokenChain, End
from daemon.store.audit_head import forward_head, head_file, last_entry, write_head
from daemon.store.database import Database, Readers
from daemon.store.facts import Audited
from daemon.util.tasks import Tasks

log = logging.getLogger(__name__)


class AuditHead:
    """Keeps the file in step with the audit, but never with one that lacks what it names."""

    def __init__(self, key: Path, readers: Readers) -> None:
        self._path = head_file(key)
        self._readers = readers
        self._tasks = Tasks()
        self._newest: End | None = None
        self._writing: asyncio.Task[None] | None = None
        self._sound = True

    async def start(self) -> None:
        """Compare the database with the file that was left here, which may lag after a death."""
        try:
            await self._readers.run(self._catch_up, seconds=None)
        except BrokenChain as error:
            self._sound = False
            words = "the audit was tampered with: %s; see `corgea-daemon check --audit`"
            log.error(words, error)  # noqa: TRY400  # said
        except OSError as error:
            log.warning("%s cannot be written: %s", self._path, error)

    async def close(self) -> None:
        """Wait for what is being written."""
        if self._writing is not None:
            await self._writing
        await self._tasks.close()

    def moved(self, fact: Audited) -> None:
        """Tell that an entry was committed."""
        log.info(
            "audit entry %d: %s %s by %s, hash %s",
            fact.number,
            fact.action,
            fact.target,
            fact.login,
            fact.hash,
        )
        self._newest = End(fact.number, fact.hash)
        if self._sound and self._writing is None:
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
