"""Keeping the store within the days and bytes that the settings allow, behind delivery's back."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from daemon.protocol.refusal import Refusal
from daemon.settings import StoreSettings
from daemon.store.commands.prune import Prune, PruneCounts
from daemon.store.commands.webhooks import ForgetOldSecrets
from daemon.store.database import Database, Readers, execute
from daemon.store.writer import Writer
from daemon.util.clock import Clock

log = logging.getLogger(__name__)

DAY_MS = 86_400_000
EVERY = 60.0
"""Seconds between looks."""
BREATH = 0.02
"""Seconds between steps: what delivers comes first."""
SPAN = 200
"""Events that are looked at together."""
_EVER = 2**62


class Retention:
    """Forgets the oldest, step by step."""

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
        """Look every minute, for ever."""
        while True:
            try:
                await self.once()
            except Refusal as refusal:  # a full disk, say: it may have passed in a minute
                log.warning("nothing can be pruned now: %s", refusal)
            await asyncio.sleep(EVERY)

    async def once(self) -> int:
        """Forget all that is too old or too much; returns how many deliveries that were."""
        settings, now_ms = self._settings(), self._clock.now_ms()
        forgotten = 0
        if settings.retention_days is not None:
            forgotten += await self._forget(now_ms - settings.retention_days * DAY_MS)
        if settings.retention_bytes is not None:
            forgotten += await self._forget(_EVER, most=settings.retention_bytes)
        await self._writer.submit(PruneCounts(now_ms))
        await self._writer.submit(ForgetOldSecrets(now_ms))
        if forgotten:
            log.info("%d deliveries were older than is kept and are forgotten", forgotten)
        return forgotten

    async def _forget(self, before_ms: int, most: int | None = None) -> int:
        """Forget what was made before then, the oldest first; with `most`, until no more is used.

        A span of time after the other, each looked at once: what still waits stays, and however
        much of it there is, what has ended after it goes.
        """
        forgotten, since = 0, 0
        while since < before_ms:
            end = min(before_ms, await self._readers.run(partial(_span_end, since)))
            done = False
            while not done:
                if most is not None and await self._readers.run(_used) <= most:
                    return forgotten
                step = await self._writer.submit(Prune(end, since))
                forgotten, done = forgotten + step.deliveries, step.done
                await asyncio.sleep(BREATH)
            since = end
        return forgotten


def _used(db: Database) -> int:
    """Bytes of the database that hold something."""
    pages, free, size = (
        execute(db, f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _span_end(since: int, db: Database) -> int:
    """Where a span ends that begins at `since` and has some events in it; the last one: never."""
    found = execute(
        db,
        "SELECT received_at FROM events WHERE received_at >= ? ORDER BY received_at"
        " LIMIT 1 OFFSET ?",
        (since, SPAN),
    ).fetchone()
    return _EVER if found is None else found[0] + 1
