"""Who makes an attempt: this process, or one of those that help it while there is much to send."""

import asyncio
import logging
import os
import sys

from daemon.delivery.attempts import AttemptRunner, Cancel, OnOutcome, TaskRunner
from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.http.sender import Sender
from daemon.delivery.workers.handle import NotSent, WorkerHandle
from daemon.domain.deliveries.request import OutgoingRequest
from daemon.util import failpoints
from daemon.util.tasks import Tasks

log = logging.getLogger(__name__)

BUSY = 400
"""Attempts a second from which on processes help: a fifth to a tenth of what a core can send."""
CALM = 100
"""Attempts a second below which they are not needed."""
CALM_SECONDS = 60
"""For so long in a row it must be calm until they end."""
AGAIN = 10.0
"""Seconds until a process is started again after one could not be, or ended by itself."""
_LOOK = 0.1


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def processes_for(cores: int) -> int:
    """How many processes help on so many cores; the daemon itself keeps one and more busy."""
    return 0 if cores < 2 else 1 if cores < 4 else 2  # noqa: PLR2004  # as measured


class WorkerPool(AttemptRunner):
    """Makes attempts, by whomever. Belongs to the running loop; must be closed.

    An attempt whose process died comes back as `interrupted`: nobody knows how far it came.
    """

    def __init__(self, policy: NetworkPolicy) -> None:
        self._own = Sender(policy)
        self._own_attempts = TaskRunner(self._own.attempt)
        self._policy = policy
        self._loop = asyncio.get_running_loop()
        self._children: list[WorkerHandle] = []
        self._retiring: set[WorkerHandle] = set()
        """Those that are not needed any more and still have something on the wire, or that ended by
        themselves and have not been waited for."""
        self._tasks = Tasks()
        self._starting = False
        self._not_before = 0.0
        self._begun = 0
        self._calm = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._fit()

    @property
    def helpers(self) -> int:
        """How many processes help now."""
        return len(self._children)

    def reconfigure(self, policy: NetworkPolicy) -> None:
        """As of `Sender`; the number of processes, too, is another from now on."""
        self._own.reconfigure(policy)
        self._policy = policy
        for child in self._children:
            child.use(policy)
        if policy.processes is not None:
            self._fit()

    def begin(self, request: OutgoingRequest, timeout: float, ended: OnOutcome) -> Cancel:
        """As of `AttemptRunner`."""
        self._begun += 1
        self._keep_looking()
        if self._children:
            child = min(self._children, key=len)
            try:
                return child.begin(request, timeout, ended)
            except (NotSent, ValueError):  # what is no text cannot be said in a message
                pass
        return self._own_attempts.begin(request, timeout, ended)

    async def close(self) -> None:
        """Close every connection and end every process."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        await self._tasks.close()
        children, self._children = [*self._children, *self._retiring], []
        for child in children:
            await child.end()
        await self._own_attempts.close()
        await self._own.close()

    def _keep_looking(self) -> None:
        if self._timer is None and not self._closed:
            self._timer = self._loop.call_later(1.0, self._tick)

    def _tick(self) -> None:
        """Once a second, as long as something is sent or somebody helps."""
        self._timer = None
        begun, self._begun = self._begun, 0
        self._calm = 0 if begun >= CALM else self._calm + 1
        for child in self._children:
            child.look()
        self._fit(busy=begun >= BUSY)
        if begun or self._children:
            self._keep_looking()

    def _fit(self, *, busy: bool = False) -> None:
        """Have as many processes as are wanted now."""
        wanted = self._wanted(busy=busy)
        if len(self._children) > wanted:
            spare, self._children = self._children[wanted:], self._children[:wanted]
            for child in spare:
                self._put_away(child)
        elif len(self._children) < wanted and not self._starting and self._may_start():
            self._starting = True
            self._tasks.spawn(self._start(), "start of a sender process")

    def _may_start(self) -> bool:
        return self._loop.time() >= self._not_before

    def _wanted(self, *, busy: bool) -> int:
        if failpoints.armed_for_sending or self._closed:  # to die there, it must come there
            return 0
        if self._policy.processes is not None:
            return self._policy.processes
        if busy or (self._children and self._calm < CALM_SECONDS):
            return processes_for(cores())
        return 0

    async def _start(self) -> None:
        child, policy = WorkerHandle(self._gone), self._policy
        try:
            await child.start(policy)
        except Exception as error:  # noqa: BLE001  # no thread or memory for one, say
            self._not_before = self._loop.time() + AGAIN
            log.warning("no process to help with sending (it goes on without): %s", error)
            return
        finally:
            self._starting = False
        self._children.append(child)
        self._trust_alike()
        self._keep_looking()
        log.info("%d of the daemon's processes send", len(self._children))
        self._fit(busy=True)

    def _trust_alike(self) -> None:
        """Have all read the files of the policy anew: a process that starts does, too."""
        for child in self._children:
            child.use(self._policy)
        try:
            self._own.reconfigure(self._policy)
        except ValueError as error:
            log.warning("[network] %s; what was read before counts", error)

    def _put_away(self, child: WorkerHandle) -> None:
        self._retiring.add(child)
        self._tasks.spawn(self._retire(child), "end of a sender process")

    async def _retire(self, child: WorkerHandle) -> None:
        """End a process once it has nothing on the wire."""
        while len(child):
            await asyncio.sleep(_LOOK)
            child.look()
        await child.end()
        self._retiring.discard(child)

    def _gone(self, child: WorkerHandle) -> None:
        """A process has ended, maybe as it was told to."""
        if child in self._children:
            self._children.remove(child)
            self._put_away(child)
            self._not_before = self._loop.time() + AGAIN
            log.error("a sender process has ended; what was on its wire is sent again")
