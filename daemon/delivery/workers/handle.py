"""The daemon's side of one worker process: its start, its attempts, its end."""

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
    decode_from_worker,
)
from daemon.domain.deliveries.outcome import ErrorKind, Failure, Outcome
from daemon.domain.deliveries.request import OutgoingRequest

log = logging.getLogger(__name__)

START_SECONDS = 30.0
"""Seconds after which a worker that is not ready is ended."""
GRACE = 5.0
"""Seconds after an attempt's deadline; a worker that has not answered by then hangs."""
END_SECONDS = 5.0
"""Seconds to wait for the end of a killed worker, which the kernel may delay."""

_CODE = (
    "import sys; sys.path.append(sys.argv[1]);"
    "from daemon.delivery.workers.main import main;"
    "main(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])"
)
"""It runs with `-P`, so that files in the current folder are not imported. The daemon's own folder
comes last in the path, for a daemon that is not installed."""

_INTERRUPTED = Failure(ErrorKind.INTERRUPTED, "a process of the daemon's ended during this attempt")


class WorkerNotStarted(Exception):
    """The worker process is not ready to send; the message says why."""


class NotSent(Exception):
    """The worker had ended before the attempt was handed to it."""


class _Waiting(msgspec.Struct, gc=False):
    ended: OnOutcome
    began: float
    until: float


class WorkerHandle:
    """A worker process. It belongs to the running event loop and must be ended with `end`.

    When it ends by itself, `gone` is called, and the outcome of its attempts is `interrupted`: it
    is unknown whether they were sent.
    """

    def __init__(self, gone: Callable[["WorkerHandle"], None]) -> None:
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._frames = Frames(self._received, self._lost)
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[int, _Waiting] = {}
        self._overdue: set[int] = set()
        """Attempts that were overdue at the last `check`."""
        self._count = 0
        self._ended = False

    def __len__(self) -> int:
        """How many attempts are in flight in it."""
        return len(self._waiting)

    @property
    def pid(self) -> int | None:
        """The id of the process; None before its start."""
        return None if self._process is None else self._process.pid

    async def start(self, policy: NetworkPolicy) -> None:
        """Start the process; returns when it can send.

        Raises OSError or WorkerNotStarted after the process has been ended.
        """
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
        """Use `policy` in the worker from the next attempt on."""
        self._frames.put(UseNetwork(policy))

    def begin(self, request: OutgoingRequest, timeout: float, ended: OnOutcome) -> Cancel:
        """As in `AttemptRunner`. Raises NotSent, and ValueError for text that is not UTF-8."""
        if self._ended:
            raise NotSent
        self._count = number = self._count + 1
        self._frames.put(SendAttempt(number, timeout, request))
        now = time.monotonic()
        self._waiting[number] = _Waiting(ended, now, now + timeout + GRACE)
        return partial(self._cancel, number)

    def _cancel(self, number: int) -> None:
        if self._waiting.pop(number, None) is not None:
            self._frames.put(CutAttempt(number))

    def check(self) -> None:
        """End the worker if it hangs: an attempt without an answer would wait forever.

        It hangs when an attempt is overdue at two checks: at the first, this process may have been
        delayed, with the answer still unread. Its attempts are interrupted at once, even when the
        kernel delays its end.
        """
        now = time.monotonic()
        overdue = {number for number, each in self._waiting.items() if each.until < now}
        if overdue & self._overdue:
            log.error(
                "sender process %s hangs; it is killed, and its attempts are made again", self.pid
            )
            self._ended = True
            self._frames.abort()
        self._overdue = overdue

    async def end(self) -> None:
        """Kill it and wait for its end. Its attempts in flight are interrupted."""
        self._ended = True
        self._frames.abort()
        if self._process is not None:
            self._kill()
            try:
                async with asyncio.timeout(END_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                log.warning(
                    "sender process %d was killed and has not ended within %g s; it is left alone",
                    self._process.pid,
                    END_SECONDS,
                )

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    def _received(self, raw: bytes) -> None:
        message = decode_from_worker(raw)
        if isinstance(message, AttemptSent):
            waiting = self._waiting.pop(message.number, None)
            if waiting is not None:
                _report(waiting, message.outcome)
        elif isinstance(message, WorkerReady):
            if not self._ready.done():
                self._ready.set_result(None)
        else:
            logging.getLogger(message.logger).log(message.level, "%s", message.text)

    def _lost(self) -> None:
        self._ended = True
        self._kill()  # without a connection it is useless, running or not
        if not self._ready.done():
            self._ready.set_exception(WorkerNotStarted("it ended by itself"))
        self._gone(self)  # before the reports, since a reported outcome begins other attempts
        interrupted, self._waiting = self._waiting, {}
        for waiting in interrupted.values():
            spent = time.monotonic() - waiting.began
            began_ms = time.time_ns() // 1_000_000 - round(spent * 1000)
            _report(waiting, Outcome(began_ms, round(spent * 1000), _INTERRUPTED))


def _report(waiting: _Waiting, outcome: Outcome) -> None:
    try:
        waiting.ended(outcome)
    except Exception as error:  # noqa: BLE001  # one attempt must not end the shared connection
        defect(error)
