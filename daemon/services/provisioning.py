"""Webhooks kept as files: what `webhooks.d/` says is made so, while running and at the start.

Reading and deciding stand elsewhere (`webhook_files`, `domain.webhook_plan`); here it is carried
out.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from daemon.domain.configuration.file_plan import FileChange, StoredWebhook, make_plan
from daemon.protocol import SettingProblem
from daemon.protocol.caller import DAEMON, Caller
from daemon.protocol.refusal import Refusal
from daemon.services.registry import Registry
from daemon.services.webhook_files import Check, FolderRead, read_folder, webhook_files
from daemon.settings.read import problem_line
from daemon.settings.watch import watch_files

log = logging.getLogger(__name__)

GONE_AFTER = 2.0
"""Seconds for which a webhook must be named by no file before it is removed (rules.md §2)."""
AGAIN_AFTER = 5.0
"""Seconds after which what the store refused is tried again."""


class Webhooks(Protocol):
    """What is needed of the service that saves webhooks."""

    async def create(
        self, form: Mapping[str, Any], caller: Caller, *, managed_by: str | None = None
    ) -> object:
        """Make a webhook."""

    async def replace(
        self,
        uid_or_name: str,
        form: Mapping[str, Any],
        version: int | None,
        caller: Caller,
        *,
        managed_by: str | None = None,
        taken_from: str | None = None,
    ) -> object:
        """Replace a webhook's configuration; `taken_from` is the file it belonged to."""

    async def delete(
        self,
        uid_or_name: str,
        version: int | None,
        caller: Caller,
        *,
        managed_by: str | None = None,
    ) -> None:
        """Delete a webhook."""


def standing(registry: Registry) -> list[StoredWebhook]:
    """The webhooks that are there, as plans see them."""
    return [
        StoredWebhook(entry.uid, entry.webhook.managed_by, entry.webhook.config)
        for entry in registry.all()
    ]


class Provisioner:
    """Keeps the store in step with the files of one folder.

    `problems` are what is wrong with the files now. A file with a problem changes nothing; nor
    does a folder that cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        webhooks: Webhooks,
        present: Callable[[], list[StoredWebhook]],
        check: Check,
        *,
        gone_after: float = GONE_AFTER,
    ) -> None:
        self._folder = folder
        self._webhooks = webhooks
        self._present = present
        self._check = check
        self._gone_after = gone_after
        self._orphaned: dict[str, float] = {}
        self._referenced: frozenset[Path] = frozenset()
        self._stirred = asyncio.Event()
        self.problems: tuple[SettingProblem, ...] = ()

    def stir(self) -> None:
        """Have the files read again soon (SIGHUP, changed settings)."""
        self._stirred.set()

    async def run(self) -> None:
        """Follow the files for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(watch_files(self._folder, self._files, self._changed))
            group.create_task(self._keep_in_step())

    async def catch_up(self) -> float | None:
        """As `sync`, before the first event can come; a failure is logged and ends nothing."""
        try:
            return await self.sync()
        except Exception:
            log.exception("webhook files could not be taken over, trying again")
            return AGAIN_AFTER

    async def sync(self) -> float | None:
        """Read the files and do what is necessary; seconds after which to come back, if any."""
        self._stirred.clear()
        try:
            found = await asyncio.to_thread(read_folder, self._folder, self._check)
        except OSError as error:
            reason = f"cannot be read: {error.strerror}"
            self._tell([SettingProblem(str(self._folder), None, reason)])
            return AGAIN_AFTER
        self._referenced = frozenset(found.referenced)
        return await self._carry_out(found)

    async def _carry_out(self, found: FolderRead) -> float | None:
        plan = make_plan(found.sound, found.broken, self._present())
        refused = [
            SettingProblem(str(self._folder / conflict.file), conflict.line, conflict.message)
            for conflict in plan.conflicts
        ]
        for change in plan.changes:
            refused += await self._save(change)
        wait = await self._remove(plan.orphans)
        self._tell([*found.problems, *refused])
        return min(AGAIN_AFTER, wait or AGAIN_AFTER) if refused else wait

    async def _save(self, change: FileChange) -> list[SettingProblem]:
        """Make or change one webhook; why not, when it was refused."""
        requested, stored = change.requested, change.stored
        # The file owns the configuration: a secret that it does not name is none.
        form = {"secret": None, **requested.form}
        try:
            if stored is None:
                await self._webhooks.create(form, DAEMON, managed_by=change.file)
            else:
                await self._webhooks.replace(
                    stored.uid,
                    form,
                    None,
                    DAEMON,
                    managed_by=change.file,
                    taken_from=stored.owner,
                )
        except Refusal as refusal:
            message = f"webhook {requested.name!r} was refused: {refusal}"
            return [SettingProblem(str(self._folder / change.file), requested.line, message)]
        log.info("webhook %r is as %s says", requested.name, change.file)
        return []

    async def _remove(self, orphans: list[StoredWebhook]) -> float | None:
        """Remove what has been without a file long enough; seconds until the next is due."""
        now = asyncio.get_running_loop().time()
        since = {orphan.uid: self._orphaned.get(orphan.uid, now) for orphan in orphans}
        self._orphaned = since
        waits = []
        for orphan in orphans:
            left = since[orphan.uid] + self._gone_after - now
            if left > 0:
                waits.append(left)
                continue
            await self._webhooks.delete(orphan.uid, None, DAEMON, managed_by=orphan.owner)
            log.info("webhook %r is removed: no file names it", orphan.config.name)
        return min(waits, default=None)

    def _tell(self, problems: list[SettingProblem]) -> None:
        """Show what is wrong, and log it when it is news."""
        for problem in problems:
            if problem not in self.problems:
                log.error("%s (the file changes nothing)", problem_line(problem))
        self.problems = tuple(problems)

    async def _keep_in_step(self) -> None:
        while True:
            await self._stirred.wait()
            while (seconds := await self.catch_up()) is not None:
                try:
                    async with asyncio.timeout(seconds):
                        await self._stirred.wait()
                except TimeoutError:
                    continue

    async def _changed(self) -> None:
        self.stir()

    def _files(self) -> list[Path]:
        try:
            found = webhook_files(self._folder)
        except OSError:
            found = []
        return [*found, *self._referenced]
