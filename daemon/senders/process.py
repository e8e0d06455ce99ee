"""A sender process: does what it is told, and ends with the daemon, however that ends."""

import asyncio
import ctypes
import logging
import os
import signal
import socket
import sys
from typing import NoReturn

from daemon.collecting import collect_now_and_then, collect_seldom
from daemon.delivery.sender import Sender
from daemon.senders.messages import Frames, Ready, Said, Send, Sent, Use, read_to_process
from daemon.tasks import Tasks

NAME = b"corgea-sender"
"""What `ps -o comm` and `top` call it (at most 15 bytes)."""

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15


def main(descriptor: int, parent: int) -> NoReturn:
    """Send for process `parent`, at the other end of the socket with this descriptor."""
    # Ctrl-C and systemd's signals reach the whole group: what is on the wire ends as the daemon
    # wants, which hangs up when it is done.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _end_with(parent)
    try:
        asyncio.run(_run(socket.socket(fileno=descriptor)))
    finally:
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
        self._tasks = Tasks()
        self._attempts: dict[int, asyncio.Task[None]] = {}

    def got(self, raw: bytes) -> None:
        """Do what a message says."""
        message = read_to_process(raw)
        if isinstance(message, Use):
            self._use(message)
        elif isinstance(message, Send):
            if self._sender is not None:  # the policy comes first
                work = self._attempt(self._sender, message)
                self._attempts[message.number] = self._tasks.spawn(work, "attempt")
        elif message.number in self._attempts:
            self._attempts[message.number].cancel()

    def _use(self, message: Use) -> None:
        if self._sender is None:
            self._sender = Sender(message.policy)
            self.frames.put(Ready())
            return
        try:
            self._sender.reconfigure(message.policy)
        except ValueError as error:  # the daemon has just found it sound
            log.error("[network] %s (a sender process stays as it was)", error)  # noqa: TRY400  # said

    async def _attempt(self, sender: Sender, asked: Send) -> None:
        try:
            outcome = await sender.attempt(asked.request, asked.timeout)
            self.frames.put(Sent(asked.number, outcome))
        finally:
            del self._attempts[asked.number]


class _Teller(logging.Handler):
    """Has the daemon log what is logged here."""

    def __init__(self, frames: Frames) -> None:
        super().__init__(logging.WARNING)
        self._frames = frames
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        """Hand one line over, from whichever thread."""
        said = Said(record.levelno, record.name, self.format(record))
        self._loop.call_soon_threadsafe(self._frames.put, said)


def _end_with(parent: int) -> None:
    """Die with the daemon, also with one that was killed while this process was busy."""
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        prctl(_PR_SET_NAME, NAME)
    if os.getppid() != parent:  # it was too late to ask for that
        _leave()


def _leave() -> NoReturn:
    os._exit(0)
