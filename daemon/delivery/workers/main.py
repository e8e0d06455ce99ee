"""A sender process: does what it is told, and ends with the daemon, however that ends."""

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
    read_to_process,
)
from daemon.domain.deliveries.outcome import Outcome
from daemon.util.gc_tuning import collect_now_and_then, collect_seldom
from daemon.util.tasks import begin

NAME = b"corgea-sender"
"""What `ps -o comm` and `top` call it (at most 15 bytes)."""

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15


def main(descriptor: int, parent: int, version: str) -> NoReturn:
    """Send for process `parent`, at the other end of the socket with this descriptor.

    That process is of `version`; after an upgrade in place this may be another.
    """
    # Ctrl-C and systemd's signals reach the whole group: what is on the wire ends as the daemon
    # wants, which hangs up when it is done.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _end_with(parent)
    if version != daemon.__version__:
        _leave(f"{daemon.__version__} is installed and {version} runs: restart the daemon")
    try:
        asyncio.run(_run(socket.socket(fileno=descriptor)))
    except Exception:  # noqa: BLE001  # told, before the process ends without a word
        traceback.print_exc()
    _leave()


async def _run(connection: socket.socket) -> None:
    work = _Work()
    # Nobody waits for the outcomes of a daemon that is gone: no attempt goes on for a moment more.
    frames = work.frames = Frames(work.got, _leave)
    logging.getLogger().addHandler(_Teller(frames))
    await asyncio.get_running_loop().create_unix_connection(lambda: frames, sock=connection)
    collect_seldom()
    await collect_now_and_then()


class _Work:
    """What a process has been told to do."""

    frames: Frames
    """Where it tells what came of it."""

    def __init__(self) -> None:
        self._sender: Sender | None = None
        self._loop = asyncio.get_running_loop()
        self._attempts: dict[int, asyncio.Task[None]] = {}

    def got(self, raw: bytes) -> None:
        """Do what a message says."""
        message = read_to_process(raw)
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
        except ValueError as error:  # a file that changed after the daemon had found it sound
            _leave(f"[network] {error}")  # what may not be reached any more must not be

    async def _attempt(self, sender: Sender, asked: SendAttempt) -> None:
        try:
            outcome = await sender.attempt(asked.request, asked.timeout)
            self.frames.put(AttemptSent(asked.number, outcome))
        except Exception as error:  # noqa: BLE001  # its neighbours must not suffer for it
            self.frames.put(AttemptSent(asked.number, _failed(error)))
        finally:
            self._attempts.pop(asked.number, None)


class _Teller(logging.Handler):
    """Has the daemon log what is logged here."""

    def __init__(self, frames: Frames) -> None:
        super().__init__(logging.WARNING)
        self._frames = frames
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        """Hand one line over, from whichever thread."""
        said = WorkerLog(record.levelno, record.name, self.format(record))
        self._loop.call_soon_threadsafe(self._frames.put, said)


def _end_with(parent: int) -> None:
    """Die with the daemon, also with one that was killed while this process was busy."""
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        prctl(_PR_SET_NAME, NAME)
    if os.getppid() != parent:  # it was too late to ask for that
        _leave()


def _failed(error: Exception) -> Outcome:
    """What is said of an attempt whose outcome could not be."""
    log.error("an attempt failed in the sender process: %r", error)
    return Outcome(time.time_ns() // 1_000_000, 0, unforeseen(error).failure)


def _leave(why: str = "") -> NoReturn:
    """End now. `why` goes to the daemon's own log: nobody may be left to tell it to."""
    if why:
        os.write(2, f"sender process: {why}\n".encode(errors="backslashreplace"))
    os._exit(0)
