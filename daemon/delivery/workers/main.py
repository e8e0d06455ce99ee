"""A worker process: makes attempts for the daemon, and ends when the daemon ends."""

import asyncio
import ctypes
import logging
import os
import signal
import socket
import sys
import time
import traceback
from typing import NoReturn

import daemon
from daemon.delivery.http.errors import unforeseen
from daemon.delivery.http.sender import Sender
from daemon.delivery.workers.messages import (
    AttemptSent,
    Frames,
    SendAttempt,
    UseNetwork,
    WorkerLog,
    WorkerReady,
    decode_to_worker,
)
from daemon.domain.deliveries.outcome import Outcome
from daemon.util.gc_tuning import collect_every_minute, freeze_and_collect_rarely
from daemon.util.tasks import begin

NAME = b"corgea-sender"
"""Its name in `ps -o comm` and `top` (at most 15 bytes)."""

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15


def main(descriptor: int, parent: int, version: str) -> NoReturn:
    """Send for the process `parent` at the other end of the socket with this `descriptor`.

    `version` is that process's version; after an upgrade in place, this process may have another.
    """
    # Ctrl-C and systemd's signals reach the process group. Only the daemon decides when attempts
    # end, and then closes the connection.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _end_with(parent)
    if version != daemon.__version__:
        _exit(f"{daemon.__version__} is installed and {version} runs: restart the daemon")
    try:
        asyncio.run(_run(socket.socket(fileno=descriptor)))
    except Exception:  # noqa: BLE001  # written to the log before the process ends
        traceback.print_exc()
    _exit()


async def _run(connection: socket.socket) -> None:
    worker = _Worker()
    # When the daemon has ended, attempts end too: their outcomes would be lost.
    worker.frames = frames = Frames(worker.received, _exit)
    logging.getLogger().addHandler(_LogForwarder(frames))
    await asyncio.get_running_loop().create_unix_connection(lambda: frames, sock=connection)
    freeze_and_collect_rarely()
    await collect_every_minute()


class _Worker:
    """Carries out the messages of the daemon."""

    frames: Frames
    """The connection to the daemon."""

    def __init__(self) -> None:
        self._sender: Sender | None = None
        self._loop = asyncio.get_running_loop()
        self._attempts: dict[int, asyncio.Task[None]] = {}

    def received(self, raw: bytes) -> None:
        """Carry out a message."""
        message = decode_to_worker(raw)
        if isinstance(message, SendAttempt):
            if self._sender is not None:  # the policy comes first
                work = self._attempt(self._sender, message)
                self._attempts[message.number] = begin(work, self._loop)
        elif isinstance(message, UseNetwork):
            self._use(message)
        elif (attempt := self._attempts.get(message.number)) is not None:
            attempt.cancel()

    def _use(self, message: UseNetwork) -> None:
        try:
            if self._sender is None:
                self._sender = Sender(message.policy)
                self.frames.put(WorkerReady())
            else:
                self._sender.reconfigure(message.policy)
        except ValueError as error:  # a file that changed after the daemon had read it
            _exit(f"[network] {error}")  # an address that is blocked now must not be reached

    async def _attempt(self, sender: Sender, message: SendAttempt) -> None:
        try:
            outcome = await sender.attempt(message.request, message.timeout)
            self.frames.put(AttemptSent(message.number, outcome))
        except Exception as error:  # noqa: BLE001  # one attempt must not end the others
            self.frames.put(AttemptSent(message.number, _failed(error)))
        finally:
            self._attempts.pop(message.number, None)


class _LogForwarder(logging.Handler):
    """Sends log records, from warnings on, to the daemon's log."""

    def __init__(self, frames: Frames) -> None:
        super().__init__(logging.WARNING)
        self._frames = frames
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        """Send one line; called from any thread."""
        line = WorkerLog(record.levelno, record.name, self.format(record))
        self._loop.call_soon_threadsafe(self._frames.put, line)


def _end_with(parent: int) -> None:
    """Tell the kernel to end this process with the daemon, even while it is busy."""
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        prctl(_PR_SET_NAME, NAME)
    if os.getppid() != parent:  # the parent ended before that took effect
        _exit()


def _failed(error: Exception) -> Outcome:
    """The outcome of an attempt whose outcome could not be sent."""
    log.error("an attempt failed in the sender process: %r", error)
    return Outcome(time.time_ns() // 1_000_000, 0, unforeseen(error).failure)


def _exit(why: str = "") -> NoReturn:
    """End now. `why` goes to stderr, shared with the daemon: the connection may be closed."""
    if why:
        os.write(2, f"sender process: {why}\n".encode(errors="backslashreplace"))
    os._exit(0)
