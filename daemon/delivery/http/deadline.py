"""The deadline over an attempt, at the price of an entry in a set instead of a timer each."""

import asyncio
from types import TracebackType

TICK = 0.02
"""Seconds by which a deadline may be late."""


class Deadlines:
    """Ends what takes too long.

    Thousands of attempts a second begin, with the same few seconds ahead of them, and nearly all
    end in time. Those whose time would be up within one `TICK` share a timer. Belongs to the
    running event loop.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due: dict[int, set[Deadline]] = {}

    def within(self, seconds: float) -> "Deadline":
        """A block in which the current task may spend `seconds`; then it raises TimeoutError."""
        tick = int((self._loop.time() + seconds) / TICK) + 1
        together = self._due.get(tick)
        if together is None:
            together = self._due[tick] = set()
            self._loop.call_at(tick * TICK, self._expire, tick)
        return Deadline(self._loop, together)

    def _expire(self, tick: int) -> None:
        for deadline in self._due.pop(tick):
            deadline.expire()


class Deadline:
    """What `asyncio.timeout` does, without a timer of its own."""

    __slots__ = ("_cancelling", "_expired", "_loop", "_task", "_together")

    def __init__(self, loop: asyncio.AbstractEventLoop, together: set["Deadline"]) -> None:
        self._loop = loop
        self._together = together
        self._expired = False

    def expire(self) -> None:
        """The time is up."""
        self._expired = True
        self._task.cancel()

    def __enter__(self) -> None:
        task = asyncio.current_task(self._loop)
        if task is None:
            raise RuntimeError("a deadline holds for a task")
        self._task: asyncio.Task[object] = task
        self._cancelling = task.cancelling()
        self._together.add(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._together.discard(self)
        # Cancelled from outside as well, it stays cancelled.
        if (
            self._expired
            and self._task.uncancel() <= self._cancelling
            and kind is asyncio.CancelledError
        ):
            raise TimeoutError from error
