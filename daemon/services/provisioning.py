"""Webhooks as files: applies the files of `webhooks.d/`, at the start and whenever they change.

`webhook_files.py` reads the files, `daemon.domain.configuration.file_plan` decides what to change,
and the webhook service carries it out, as it does for the API.
"""

import asyncio
import logging
from pathlib import Path

from daemon.domain.configuration.file_plan import FileChange, StoredWebhook, make_plan
from daemon.protocol import SettingProblem
from daemon.protocol.caller import DAEMON
from daemon.protocol.refusal import Refusal
from daemon.services.registry import Registry
from daemon.services.webhook_files import FolderRead, read_folder, webhook_files
from daemon.services.webhooks import WebhookService
from daemon.settings.read import problem_line
from daemon.settings.watch import watch_files
from daemon.store.errors import StoreError

log = logging.getLogger(__name__)

GONE_AFTER = 2.0
"""Seconds after which a webhook that no file names is deleted (rules.md §2)."""
AGAIN_AFTER = 5.0
"""Seconds after which a refused change is tried again."""


class Provisioner:
    """Keeps the webhooks equal to the files of one folder.

    `problems` are the errors in the files now. A file with an error changes nothing; nor does a
    folder that cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        webhooks: WebhookService,
        registry: Registry,
        *,
        gone_after: float = GONE_AFTER,
    ) -> None:
        self._folder = folder
        self._webhooks = webhooks
        self._registry = registry
        self._gone_after = gone_after
        self._orphaned: dict[str, float] = {}
        self._referenced: frozenset[Path] = frozenset()
        self._changed_event = asyncio.Event()
        self.problems: tuple[SettingProblem, ...] = ()

    def reread(self) -> None:
        """Read the files again soon (after SIGHUP or changed settings)."""
        self._changed_event.set()

    async def run(self) -> None:
        """Apply changes of the files until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(watch_files(self._folder, self._files, self._changed))
            group.create_task(self._follow_changes())

    async def catch_up(self) -> float | None:
        """Call `sync`; a failure is logged, and the daemon tries again later."""
        try:
            return await self.sync()
        except Exception:
            log.exception("webhook files could not be applied, trying again")
            return AGAIN_AFTER

    async def sync(self) -> float | None:
        """Read and apply the files; returns the seconds until the next try, or None."""
        self._changed_event.clear()
        try:
            found = await asyncio.to_thread(read_folder, self._folder, self._webhooks.read_form)
        except OSError as error:
            reason = f"cannot be read: {error.strerror}"
            self._report([SettingProblem(str(self._folder), None, reason)])
            return AGAIN_AFTER
        self._referenced = frozenset(found.referenced)
        return await self._carry_out(found)

    async def _carry_out(self, found: FolderRead) -> float | None:
        plan = make_plan(found.valid, found.broken, self._stored())
        refused = [
            SettingProblem(str(self._folder / conflict.file), conflict.line, conflict.message)
            for conflict in plan.conflicts
        ]
        for change in plan.changes:
            refused += await self._save(change)
        wait = await self._remove(plan.orphans)
        self._report([*found.problems, *refused])
        return min(AGAIN_AFTER, wait or AGAIN_AFTER) if refused else wait

    def _stored(self) -> list[StoredWebhook]:
        """The webhooks of the daemon, as plans see them."""
        return [
            StoredWebhook(entry.uid, entry.webhook.managed_by, entry.webhook.config)
            for entry in self._registry.all()
        ]

    async def _save(self, change: FileChange) -> list[SettingProblem]:
        """Create or change one webhook; the problem when it was refused."""
        requested, stored = change.requested, change.stored
        # The file owns the configuration: without a secret in it, the webhook has none.
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
        except (Refusal, StoreError) as error:
            message = f"webhook {requested.name!r} was refused: {error}"
            return [SettingProblem(str(self._folder / change.file), requested.line, message)]
        log.info("webhook %r is now as in %s", requested.name, change.file)
        return []

    async def _remove(self, orphans: list[StoredWebhook]) -> float | None:
        """Delete webhooks that no file has named for long enough; seconds until the next is due."""
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
            log.info("webhook %r is deleted: no file names it", orphan.config.name)
        return min(waits, default=None)

    def _report(self, problems: list[SettingProblem]) -> None:
        """Keep the problems, and log those that are new."""
        for problem in problems:
            if problem not in self.problems:
                log.error("%s (the file changes nothing)", problem_line(problem))
        self.problems = tuple(problems)

    async def _follow_changes(self) -> None:
        while True:
            await self._changed_event.wait()
            while (seconds := await self.catch_up()) is not None:
                try:
                    async with asyncio.timeout(seconds):
                        await self._changed_event.wait()
                except TimeoutError:
                    continue

    async def _changed(self) -> None:
        self.reread()

    def _files(self) -> list[Path]:
        try:
            found = webhook_files(self._folder)
        except OSError:
            found = []
        return [*found, *self._referenced]
