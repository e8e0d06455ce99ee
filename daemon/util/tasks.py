"""Background tasks with an owner, which keeps them alive and reports their errors."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


def begin(work: Coroutine[object, object, T], loop: asyncio.AbstractEventLoop) -> asyncio.Task[T]:
    """A task at half the cost of `Tasks.spawn`, for work that begins thousands of times a second.

    The caller must keep the task, and the work must not fail: its error would not be logged.
    """
    # It has no name and no callback: these cost a turn of the loop and a dozen calls.
    return asyncio.Task(work, loop=loop)


class Tasks:
    """A set of running tasks with one owner, who must `close` it.

    asyncio keeps only weak references to tasks: a task without another reference can be collected
    while it runs, and its exception is lost. All background work is spawned here.
    """

    def __init__(self, failed: Callable[[BaseException], None] | None = None) -> None:
        """`failed` is called with each exception that ends a task; with None, it is logged."""
        self._running: set[asyncio.Task[object]] = set()
        self._failed = failed

    def __len__(self) -> int:
        return len(self._running)

    def spawn(self, work: Coroutine[object, object, T], name: str) -> asyncio.Task[T]:
        """Run `work` until it ends or the owner closes; an exception is logged under `name`."""
        task = asyncio.create_task(work, name=name)  # noqa: TID251  # kept in `_running`
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            if self._failed is not None:
                self._failed(error)
            else:
                log.error("%s failed: %s", task.get_name(), error, exc_info=error)

    async def close(self) -> None:
        """Cancel running tasks and wait for their end. Safe to call twice."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
