"""The daemon's side of one sender process: its start, its attempts, its end."""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

import daemon
from daemon.delivery.network import NetworkPolicy
from daemon.domain.outcome import Outcome
from daemon.domain.request import OutgoingRequest
from daemon.senders.messages import Cut, Frames, Ready, Send, Sent, Use, read_from_process

log = logging.getLogger(__name__)

START_SECONDS = 30.0
"""A process that cannot send by then is given up."""
GRACE = 5.0
"""Seconds after an attempt's deadline; a process that has not answered by then hangs."""
END_SECONDS = 5.0
"""For so long a process that was killed is waited for: one that the kernel holds is left to it."""

_CODE = (
    "import sys; sys.path.append(sys.argv[1]);"
    "from daemon.senders.process import main; main(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])"
)
"""With `-P`, so that nothing in the current folder can pass for a module; the daemon's own place
comes after all others, for a daemon that runs from where it is not installed."""


class ProcessGone(Exception):
    """A sender process ended before it said what came of an attempt: it may have been sent."""


class NotSent(ProcessGone):
    """It had ended before the attempt was handed to it."""


class _Waiting(msgspec.Struct, gc=False):
    future: "asyncio.Future[Outcome]"
    until: float


class Child:
    """A process that sends. Belongs to the running event loop; `end` it."""

    def __init__(self, gone: Callable[["Child"], None]) -> None:
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
        """Return when it can send. Raises OSError or ProcessGone; nothing of it is left then."""
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
            raise ProcessGone(f"it was not ready within {START_SECONDS:g} s") from None
        except BaseException:
            await self.end()
            raise

    def use(self, policy: NetworkPolicy) -> None:
        """Go by `policy` from the next attempt on."""
        self._frames.put(Use(policy))

    async def attempt(self, request: OutgoingRequest, timeout: float) -> Outcome:  # noqa: ASYNC109  # the process keeps it
        """As of `Sender`; raises ProcessGone besides."""
        if self._over:
            raise NotSent
        self._count = number = self._count + 1
        future: asyncio.Future[Outcome] = self._loop.create_future()
        self._frames.put(Send(number, timeout, request))
        self._waiting[number] = _Waiting(future, self._loop.time() + timeout + GRACE)
        try:
            return await future
        except asyncio.CancelledError:
            self._frames.put(Cut(number))
            raise
        finally:
            self._waiting.pop(number, None)

    def look(self) -> None:
        """End it if it hangs: what it does not answer would wait for ever.

        Late at two looks: at the first one it may be this process that was held up, with the
        answers still unread. It is given up at once, also if the kernel does not let it end.
        """
        now = self._loop.time()
        late = {
            number
            for number, each in self._waiting.items()
            if each.until < now and not each.future.done()
        }
        if late & self._late:
            log.error("a sender process hangs; it is ended, and its attempts are made again")
            self._over = True
            self._frames.abort()
        self._late = late

    async def end(self) -> None:
        """Have it end, and wait for that. Attempts that it still makes raise ProcessGone."""
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
        if isinstance(message, Sent):
            waiting = self._waiting.get(message.number)
            if waiting is not None and not waiting.future.done():
                waiting.future.set_result(message.outcome)
        elif isinstance(message, Ready):
            if not self._ready.done():
                self._ready.set_result(None)
        else:
            logging.getLogger(message.logger).log(message.level, "%s", message.text)

    def _lost(self) -> None:
        self._over = True
        self._kill()  # without a connection it is of no use, whatever has become of it
        gone = ProcessGone("it ended by itself")
        if not self._ready.done():
            self._ready.set_exception(gone)
        for waiting in self._waiting.values():
            if not waiting.future.done():
                waiting.future.set_exception(gone)
        self._gone(self)
