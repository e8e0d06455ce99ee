"""What makes attempts, as the wire sees it: begun with a call, ended by another one.

A future, a task and the coroutines between them would cost more for each attempt than all that the
daemon decides about it, so there are none where a process beside it does the sending.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.domain.deliveries.outcome import Outcome
from daemon.domain.deliveries.request import OutgoingRequest
from daemon.util.tasks import Tasks

Ended = Callable[[Outcome], None]
"""Is told what came of an attempt, once, and never before its beginning has returned."""
Cancel = Callable[[], object]
"""Cuts an attempt off, whose `Ended` is told nothing then. Harmless when it has ended."""


class AttemptRunner(Protocol):
    """Makes attempts: `daemon.senders`, or what takes its place in a test, by inheritance."""

    def reconfigure(self, policy: NetworkPolicy) -> None:
        """As of `Sender`."""

    def begin(self, request: OutgoingRequest, timeout: float, ended: Ended) -> Cancel:
        """Begin what `Sender.attempt` does."""
        ...

    async def attempt(self, request: OutgoingRequest, timeout: float) -> Outcome:  # noqa: ASYNC109  # as of `Sender`
        """As of `Sender`; the attempt is cancelled with the task that waits for it."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def ended(outcome: Outcome) -> None:
            if not future.done():  # the task may have been cancelled a moment ago
                future.set_result(outcome)

        cancel = self.begin(request, timeout, ended)
        try:
            return await future
        except asyncio.CancelledError:
            cancel()
            raise

    async def close(self) -> None:
        """As of `Sender`."""


class TaskRunner:
    """Begins attempts that are coroutines, as those of `Sender`. Must be closed."""

    def __init__(self, attempt: Callable[[OutgoingRequest, float], Awaitable[Outcome]]) -> None:
        self._attempt = attempt
        self._tasks = Tasks()

    def begin(self, request: OutgoingRequest, timeout: float, ended: Ended) -> Cancel:
        """As of `AttemptRunner`."""
        return self._tasks.spawn(self._make(request, timeout, ended), "attempt").cancel

    async def _make(self, request: OutgoingRequest, timeout: float, ended: Ended) -> None:  # noqa: ASYNC109  # as of `Sender`
        ended(await self._attempt(request, timeout))

    async def close(self) -> None:
        """Cancel what is left."""
        await self._tasks.close()
