"""Keeping the store within the days and bytes that the settings allow, behind delivery's back."""

import asyncio
import logging
from collections.abc import Callable

from daemon.clock import Clock
from daemon.refusal import Refusal
from daemon.settings import Store as StoreSettings
from daemon.store.database import Database, Readers, execute
from daemon.store.units.prune import Prune, PruneCounts, Pruned
from daemon.store.units.webhooks import ForgetOldSecrets
from daemon.store.writer import Writer

log = logging.getLogger(__name__)

DAY_MS = 86_400_000
EVERY = 60.0
"""Seconds between looks."""
BREATH = 0.02
"""Seconds between steps: what delivers comes first."""


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
            forgotten += await self._prune(now_ms - settings.retention_days * DAY_MS)
        if settings.retention_bytes is not None:
            forgotten += await self._fit(settings.retention_bytes)
        await self._writer.submit(PruneCounts(now_ms))
        await self._writer.submit(ForgetOldSecrets(now_ms))
        if forgotten:
            log.info("%d deliveries were older than is kept and are forgotten", forgotten)
        return forgotten

    async def _prune(self, before_ms: int) -> int:
        forgotten = 0
        while True:
            step = await self._writer.submit(Prune(before_ms))
            forgotten += step.deliveries
            if step.done:
                return forgotten
            await asyncio.sleep(BREATH)

    async def _fit(self, most: int) -> int:
        """Forget the oldest until what is in use fits; pages that are free do not count."""
        forgotten = 0
        while await self._readers.run(_used) > most:
            oldest = await self._readers.run(_nth_oldest)
            if oldest is None:
                break
            step: Pruned = await self._writer.submit(Prune(oldest + 1))
            if not step.deliveries and not step.events:
                break
            forgotten += step.deliveries
            await asyncio.sleep(BREATH)
        return forgotten


def _used(db: Database) -> int:
    """Bytes of the database that hold something."""
    pages, free, size = (
        execute(db, f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _nth_oldest(db: Database) -> int | None:
    """When the hundredth oldest event came in; None when there is none."""
    found = execute(
        db,
        "SELECT max(received_at) FROM"
        " (SELECT received_at FROM events ORDER BY received_at LIMIT 100)",
    ).fetchone()
    return None if found is None else found[0]
