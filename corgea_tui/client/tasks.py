"""Background work that is no Textual worker: somebody keeps it, and its failures are heard."""

import asyncio
from collections.abc import Callable, Coroutine


class Tasks:
    """Running tasks with one owner, who must `close` it.

    asyncio holds tasks weakly: one that nobody keeps can vanish while it runs. `failed` is told of
    every exception that ends a task; that is a bug of ours, never a daemon that went away.
    """

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._running: set[asyncio.Task[object]] = set()
        self._failed = failed

    def spawn(self, work: Coroutine[object, object, object], name: str) -> None:
        """Run `work` until it ends or the owner closes."""
        task = asyncio.create_task(work, name=name)  # noqa: TID251  # the one place that keeps them
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)

    async def close(self) -> None:
        """Cancel what still runs and wait for it to end. Safe to call twice."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
