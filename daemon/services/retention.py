"""Retention: deletes history beyond `[store] retention_days` and `retention_bytes`, in steps."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from daemon.settings import StoreSettings
from daemon.store.commands.prune import Prune, PruneCounts
from daemon.store.commands.webhooks import ForgetOldSecrets
from daemon.store.database import Database, Readers
from daemon.store.dialect.sqlite import used_bytes
from daemon.store.errors import StoreError
from daemon.store.queries import events
from daemon.store.writer import Writer
from daemon.util.clock import Clock

log = logging.getLogger(__name__)

DAY_MS = 86_400_000
EVERY = 60.0
"""Seconds between runs."""
STEP_PAUSE = 0.02
"""Seconds between steps, in which deliveries are written."""
SPAN = 200
"""Events of one span of time, which is searched as one."""
_EVER = 2**62


class Retention:
    """Deletes the oldest history, step by step."""

    def __init__(
        self,
        *,
        writer: Writer,
        readers: Readers,
        clock: Clock,
        settings: Callable[[], StoreSettings],
    ) -> None:
        self._writer = writer
        self._readers = readers
        self._clock = clock
        self._settings = settings

    async def run(self) -> None:
        """Delete every minute until it is cancelled."""
        while True:
            try:
                await self.once()
            except StoreError as error:  # e.g. a full disk: it may have space in a minute
                log.warning("nothing can be pruned now: %s", error)
            await asyncio.sleep(EVERY)

    async def once(self) -> int:
        """Delete history that is too old or too large; returns how many deliveries."""
        settings, now_ms = self._settings(), self._clock.now_ms()
        deleted = 0
        if settings.retention_days is not None:
            deleted += await self._delete(now_ms - settings.retention_days * DAY_MS)
        if settings.retention_bytes is not None:
            deleted += await self._delete(_EVER, most=settings.retention_bytes)
        await self._writer.submit(PruneCounts(now_ms))
        await self._writer.submit(ForgetOldSecrets(now_ms))
        if deleted:
            log.info("%d deliveries were beyond the retention settings and are deleted", deleted)
        return deleted

    async def _delete(self, before_ms: int, most: int | None = None) -> int:
        """Delete history before `before_ms`, oldest first; `most`: only while more bytes are used.

        Each span of time is searched once: waiting deliveries stay, and however many there are,
        the finished ones after them are deleted.
        """
        deleted, since = 0, 0
        while since < before_ms:
            end = min(before_ms, await self._readers.run(partial(_span_end, since)))
            done = False
            while not done:
                if most is not None and await self._readers.run(used_bytes) <= most:
                    return deleted
                step = await self._writer.submit(Prune(end, since))
                deleted, done = deleted + step.deliveries, step.done
                await asyncio.sleep(STEP_PAUSE)
            since = end
        return deleted


def _span_end(since: int, db: Database) -> int:
    """The end of the span of `SPAN` events that begins at `since`; `_EVER` for the last one."""
    found = events.received_behind(db, since, SPAN)
    return _EVER if found is None else found + 1
