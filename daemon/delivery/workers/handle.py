"""The daemon's side of one sender process: its start, its attempts, its end."""

import asyncio
import logging
import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import msgspec

import daemon
from daemon.delivery.attempts import Cancel, OnOutcome
from daemon.delivery.http.errors import defect
from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.workers.messages import (
    AttemptSent,
    CutAttempt,
    Frames,
    SendAttempt,
    UseNetwork,
    WorkerReady,
    read_from_process,
)
from daemon.domain.deliveries.outcome import ErrorKind, Failure, Outcome
from daemon.domain.deliveries.request import OutgoingRequest

log = logging.getLogger(__name__)

START_SECONDS = 30.0
"""A process that cannot send by then is given up."""
GRACE = 5.0
"""Seconds after an attempt's deadline; a process that has not answered by then hangs."""
END_SECONDS = 5.0
"""For so long a process that was killed is waited for: one that the kernel holds is left to it."""

_CODE = (
    "import sys; sys.path.append(sys.argv[1]);"
    "from daemon.delivery.workers.main import main;"
    "main(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])"
)
"""With `-P`, so that nothing in the current folder can pass for a module; the daemon's own place
comes after all others, for a daemon that runs from where it is not installed."""

_INTERRUPTED = Failure(ErrorKind.INTERRUPTED, "a process of the daemon's ended during this attempt")


class WorkerNotStarted(Exception):
    """A sender process that cannot send."""


class NotSent(Exception):
    """The process had ended before the attempt was handed to it."""


class _Waiting(msgspec.Struct, gc=False):
    ended: OnOutcome
    began: float
    until: float


class WorkerHandle:
    """A process that sends. Belongs to the running event loop; `end` it.

    An attempt that it ends in is told to be `interrupted`: nobody knows how far that came.
    """

    def __init__(self, gone: Callable[["WorkerHandle"], None]) -> None:
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._frames = Frames(self._got, self._lost)
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[int, _Waiting] = {}
        self._late: set[int] = set()
        """Attempts that should have been answered before the last look."""
        self._count = 0
        self._over = False

    def __len__(self) -> int:
        return len(self._waiting)

    async def start(self, policy: NetworkPolicy) -> None:
        """Return when it can send. Raises OSError or NotStarted; nothing of it is left then."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                await self._loop.create_unix_connection(lambda: self._frames, sock=ours)
            except BaseException:
                ours.close()
                raise
            self.use(policy)
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-c", _CODE, Path(daemon.__file__).parents[1]),
                    *(str(theirs.fileno()), str(os.getpid()), daemon.__version__),
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                )
            except BaseException:
                self._ready.cancel()
                self._frames.abort()
                raise
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._ready
        except TimeoutError:
            await self.end()
            raise WorkerNotStarted(f"it was not ready within {START_SECONDS:g} s") from None
        except BaseException:
            await self.end()
            raise

    def use(self, policy: NetworkPolicy) -> None:
        """Go by `policy` from the next attempt on."""
        self._frames.put(UseNetwork(policy))

    def begin(self, request: OutgoingRequest, timeout: float, ended: OnOutcome) -> Cancel:
        """As of `Sends`. Raises NotSent, and ValueError for what no message can carry."""
        if self._over:
            raise NotSent
        self._count = number = self._count + 1
        self._frames.put(SendAttempt(number, timeout, request))
        now = time.monotonic()
        self._waiting[number] = _Waiting(ended, now, now + timeout + GRACE)
        return partial(self._cancel, number)

    def _cancel(self, number: int) -> None:
        if self._waiting.pop(number, None) is not None:
            self._frames.put(CutAttempt(number))

    def look(self) -> None:
        """End it if it hangs: what it does not answer would wait for ever.

        Late at two looks: at the first one it may be this process that was held up, with the
        answers still unread. It is given up at once, also if the kernel does not let it end.
        """
        now = time.monotonic()
        late = {number for number, each in self._waiting.items() if each.until < now}
        if late & self._late:
            log.error("a sender process hangs; it is ended, and its attempts are made again")
            self._over = True
            self._frames.abort()
        self._late = late

    async def end(self) -> None:
        """Have it end, and wait for that. Attempts that it still makes are interrupted."""
        self._over = True
        self._frames.abort()
        if self._process is not None:
            self._kill()
            try:
                async with asyncio.timeout(END_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                log.warning("process %d was killed and does not end", self._process.pid)

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    def _got(self, raw: bytes) -> None:
        message = read_from_process(raw)
        if isinstance(message, AttemptSent):
            waiting = self._waiting.pop(message.number, None)
            if waiting is not None:
                _tell(waiting, message.outcome)
        elif isinstance(message, WorkerReady):
            if not self._ready.done():
                self._ready.set_result(None)
        else:
            logging.getLogger(message.logger).log(message.level, "%s", message.text)

    def _lost(self) -> None:
        self._over = True
        self._kill()  # without a connection it is of no use, whatever has become of it
        if not self._ready.done():
            self._ready.set_exception(WorkerNotStarted("it ended by itself"))
        self._gone(self)  # first: what is told begins other attempts
        interrupted, self._waiting = self._waiting, {}
        for waiting in interrupted.values():
            spent = time.monotonic() - waiting.began
            began_ms = time.time_ns() // 1_000_000 - round(spent * 1000)
            _tell(waiting, Outcome(began_ms, round(spent * 1000), _INTERRUPTED))


def _tell(waiting: _Waiting, outcome: Outcome) -> None:
    try:
        waiting.ended(outcome)
    except Exception as error:  # noqa: BLE001  # one attempt must not end what all of them share
        defect(error)
