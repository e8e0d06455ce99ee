"""The real program on a real pseudo-terminal, its screen read back by a terminal emulator."""

import asyncio
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pyte

START = """
import fcntl, os, sys, termios
if os.environ.get("OWN") != "no":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "corgea_tui", *sys.argv[1:]])
"""
"""Takes the terminal as its own, so that resizing it is signalled; becomes the program."""


class Terminal:
    """`corgea-tui` with arguments, on a terminal of a size. Close it."""

    def __init__(self, *arguments, env, size=(120, 36)):
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.bytes = b""
        self._fd, inner = pty.openpty()
        self.resize(*size)
        self._process = subprocess.Popen(
            [sys.executable, "-c", START, *arguments],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd="/",
            env={"TERM": "xterm-256color", "COLORTERM": "truecolor", **env},
            start_new_session=True,
        )
        os.close(inner)
        os.set_blocking(self._fd, False)
        asyncio.get_running_loop().add_reader(self._fd, self._read)

    def _read(self):
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._fd)
            return
        self.bytes += data
        # The emulator does not know the keyboard protocol of newer terminals.
        self._stream.feed(data.replace(b"\x1b[>25u", b"").replace(b"\x1b[<u", b""))

    def resize(self, width, height):
        packed = struct.pack("HHHH", height, width, 0, 0)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, packed)
        self.screen.resize(height, width)

    def press(self, keys):
        os.write(self._fd, keys.encode())

    async def until(self, words, seconds=15):
        """Wait until the screen shows these words."""
        try:
            async with asyncio.timeout(seconds):
                while words not in self.text:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{words!r} did not appear:\n{self.text}") from None

    @property
    def pid(self):
        """The program's process."""
        return self._process.pid

    @property
    def text(self):
        return "\n".join(self.screen.display)

    async def ended(self, seconds=10):
        """Wait for the program to end; its exit code."""
        async with asyncio.timeout(seconds):
            while self._process.poll() is None:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)
        return self._process.returncode

    def hang_up(self):
        """Go away, as a window does that is closed."""
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)
        self._fd = None

    def close(self):
        self._process.kill()
        self._process.wait()
        if self._fd is not None:
            self.hang_up()
