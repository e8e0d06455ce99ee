"""A program on a real pseudo-terminal, its screen read back by an emulator, as a user sees it.

The emulator is slower than a terminal, so the time of output is the time of its arrival.
"""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

import pyte

from tests.bench.plan import TOP

OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    " os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
"""Makes the terminal its controlling terminal and becomes the program."""


class Terminal:
    """A running `python ARGUMENTS`. Its output is emulated during `until` and `watch`."""

    def __init__(self, process: subprocess.Popen[bytes], outer: int, size: tuple[int, int]) -> None:
        self._process = process
        self._outer = outer
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._arrived: SimpleQueue[tuple[float, bytes]] = SimpleQueue()
        self.bytes = 0
        """Bytes that the program has written so far."""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(OSError):  # the program has ended
            while data := os.read(self._outer, 1 << 16):
                self.bytes += len(data)
                self._arrived.put((time.perf_counter(), data))

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._process.pid

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self._screen.display)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._outer, keys.encode())

    def until(self, seen: Callable[[str], bool], seconds: float = 60.0) -> float:
        """Emulate output until the screen satisfies `seen`; returns when its last bytes arrived."""
        deadline = time.perf_counter() + seconds
        while True:
            moment = self._emulate(deadline - time.perf_counter())
            if moment is None:
                raise TimeoutError(f"the screen is still:\n{self.text}")
            if seen(self.text):
                return moment

    def watch(self, seconds: float) -> None:
        """Emulate output for so many seconds."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            self._emulate(left)

    def _emulate(self, seconds: float) -> float | None:
        """Emulate the next output; returns when it arrived, None when nothing did."""
        try:
            moment, data = self._arrived.get(timeout=max(0.0, seconds))
        except Empty:
            return None
        # The emulator does not know the keyboard protocol of newer terminals.
        self._stream.feed(data.replace(b"\x1b[>25u", b"").replace(b"\x1b[<u", b""))
        return moment


@contextmanager
def running(
    *arguments: str, env: dict[str, str], size: tuple[int, int] = (120, 36)
) -> Iterator[Terminal]:
    """A terminal with `python ARGUMENTS` in it, until the block ends."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", OWN_TERMINAL, *arguments],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        cwd=TOP,
        env={**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        start_new_session=True,
    )
    os.close(inner)
    try:
        yield Terminal(process, outer, size)
    finally:
        process.kill()
        process.wait()
        os.close(outer)
