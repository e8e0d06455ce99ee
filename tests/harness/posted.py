"""The updates that a link posts, to be waited for."""

import asyncio

from corgea_tui.client.updates import LinkState, Snapshot, UpdateBatch


class Posted:
    """Give it to a link as `post`; `until` removes what it has passed."""

    def __init__(self):
        self.updates = []
        self._news = asyncio.Event()

    def __call__(self, update):
        self.updates.append(update)
        self._news.set()

    async def until(self, wanted):
        async with asyncio.timeout(5):
            while True:
                for index, update in enumerate(self.updates):
                    if wanted(update):
                        del self.updates[: index + 1]
                        return update
                self._news.clear()
                await self._news.wait()

    async def phase(self, phase):
        return await self.until(lambda u: isinstance(u, LinkState) and u.phase is phase)

    async def batch(self):
        return await self.until(lambda u: isinstance(u, UpdateBatch))

    async def snapshot(self):
        return await self.until(lambda u: isinstance(u, Snapshot))
