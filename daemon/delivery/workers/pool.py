"""Chooses the process for an attempt: the daemon itself, or a worker under high load."""

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
"""Attempts a second from which on workers send: a fifth to a tenth of what a core can send."""
CALM = 100
"""Attempts a second below which workers are not needed."""
CALM_SECONDS = 60
"""Seconds for which the load must stay below `CALM` before workers end."""
RESTART_PAUSE = 10.0
"""Seconds until a worker is started again after one could not be started, or ended by itself."""
_POLL = 0.1


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def processes_for(cores: int) -> int:
    """How many workers send on `cores` cores; the daemon itself keeps one busy."""
    return 0 if cores < 2 else 1 if cores < 4 else 2  # noqa: PLR2004  # as measured


class WorkerPool(AttemptRunner):
    """Makes attempts in this process or in workers.

    It belongs to the running loop and must be closed. The outcome of an attempt whose worker died
    is `interrupted`: it is unknown whether it was sent.
    """

    def __init__(self, policy: NetworkPolicy) -> None:
        self._own = Sender(policy)
        self._own_attempts = TaskRunner(self._own.attempt)
        self._policy = policy
        self._loop = asyncio.get_running_loop()
        self._workers: list[WorkerHandle] = []
        self._retiring: set[WorkerHandle] = set()
        """Workers that are no longer needed and still have attempts in flight, and workers that
        ended by themselves and are not yet awaited."""
        self._tasks = Tasks()
        self._starting = False
        self._not_before = 0.0
        self._begun = 0
        self._calm = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._fit()

    @property
    def workers(self) -> int:
        """How many workers send now."""
        return len(self._workers)

    def reconfigure(self, policy: NetworkPolicy) -> None:
        """As in `AttemptRunner`; the number of workers changes, too."""
        self._own.reconfigure(policy)
        self._policy = policy
        for worker in self._workers:
            worker.use(policy)
        if policy.processes is not None:
            self._fit()

    def begin(self, request: OutgoingRequest, timeout: float, ended: OnOutcome) -> Cancel:
        """As in `AttemptRunner`."""
        self._begun += 1
        self._keep_ticking()
        if self._workers:
            worker = min(self._workers, key=len)
            try:
                return worker.begin(request, timeout, ended)
            except (NotSent, ValueError):  # ValueError: text that is not UTF-8
                pass
        return self._own_attempts.begin(request, timeout, ended)

    async def close(self) -> None:
        """Close every connection and end every process."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        await self._tasks.close()
        workers, self._workers = [*self._workers, *self._retiring], []
        for worker in workers:
            await worker.end()
        await self._own_attempts.close()
        await self._own.close()

    def _keep_ticking(self) -> None:
        if self._timer is None and not self._closed:
            self._timer = self._loop.call_later(1.0, self._tick)

    def _tick(self) -> None:
        """Called once a second while attempts are made or a worker runs."""
        self._timer = None
        begun, self._begun = self._begun, 0
        self._calm = 0 if begun >= CALM else self._calm + 1
        for worker in self._workers:
            worker.check()
        self._fit(busy=begun >= BUSY)
        if begun or self._workers:
            self._keep_ticking()

    def _fit(self, *, busy: bool = False) -> None:
        """Start or retire workers, so that as many run as are needed now."""
        needed = self._needed(busy=busy)
        if len(self._workers) > needed:
            spare, self._workers = self._workers[needed:], self._workers[:needed]
            for worker in spare:
                self._retire_soon(worker)
        elif len(self._workers) < needed and not self._starting and self._may_start():
            self._starting = True
            self._tasks.spawn(self._start(), "start of a sender process")

    def _may_start(self) -> bool:
        return self._loop.time() >= self._not_before

    def _needed(self, *, busy: bool) -> int:
        if failpoints.armed_for_sending or self._closed:  # a failpoint must be hit in this process
            return 0
        if self._policy.processes is not None:
            return self._policy.processes
        if busy or (self._workers and self._calm < CALM_SECONDS):
            return processes_for(cores())
        return 0

    async def _start(self) -> None:
        worker, policy = WorkerHandle(self._gone), self._policy
        try:
            await worker.start(policy)
        except Exception as error:  # noqa: BLE001  # no memory for one, for example
            self._not_before = self._loop.time() + RESTART_PAUSE
            log.warning(
                "a sender process could not be started, sending continues without it: %s", error
            )
            return
        finally:
            self._starting = False
        self._workers.append(worker)
        self._reread_certificates()
        self._keep_ticking()
        log.info("%d sender processes run", len(self._workers))
        self._fit(busy=True)

    def _reread_certificates(self) -> None:
        """Read the policy's files again in all processes, as the new worker has."""
        for worker in self._workers:
            worker.use(self._policy)
        try:
            self._own.reconfigure(self._policy)
        except ValueError as error:
            log.warning("[network] %s; the certificates that were read before stay in use", error)

    def _retire_soon(self, worker: WorkerHandle) -> None:
        self._retiring.add(worker)
        self._tasks.spawn(self._retire(worker), "end of a sender process")

    async def _retire(self, worker: WorkerHandle) -> None:
        """End a worker once it has no attempt in flight."""
        while len(worker):
            await asyncio.sleep(_POLL)
            worker.check()
        await worker.end()
        self._retiring.discard(worker)

    def _gone(self, worker: WorkerHandle) -> None:
        """A worker has ended; by itself, if it is still in `_workers`."""
        if worker in self._workers:
            self._workers.remove(worker)
            self._retire_soon(worker)
            self._not_before = self._loop.time() + RESTART_PAUSE
            log.error(
                "sender process %s ended by itself; its attempts are made again",
                worker.pid,
            )
