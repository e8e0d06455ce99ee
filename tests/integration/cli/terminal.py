"""A command on a terminal of its own: what a person sees, and types."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager, suppress

SGR = re.compile(r"\x1b\[[\d;]*m")
SECONDS = 20.0


class Terminal:
    """What a command wrote on a terminal so far."""

    def __init__(self, fd):
        self._fd = fd
        self.text = ""

    def type(self, text):
        """Press keys; nothing happens when nobody is there any more."""
        with suppress(OSError):
            os.write(self._fd, text.encode())

    def shows(self, wanted):
        """Read until `wanted` is there."""
        deadline = time.monotonic() + SECONDS
        while wanted not in SGR.sub("", self.text):
            self._read(wanted, deadline)

    def until(self, wanted):
        """Read until the line that holds `wanted` has ended; all lines, as they were written."""
        deadline = time.monotonic() + SECONDS
        while not re.search(f"{re.escape(wanted)}[^\n]*\n", SGR.sub("", self.text)):
            self._read(wanted, deadline)
        return self.text.splitlines()

    def _read(self, wanted, deadline):
        ready, _, _ = select.select([self._fd], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"no {wanted!r} in\n{self.text}"
        self.text += os.read(self._fd, 65536).decode()


@contextmanager
def on_terminal(served, columns, *args, **env):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in served.env.items() if name != "COLUMNS"}
    process = subprocess.Popen(
        ["setsid", "--ctty", sys.executable, "-m", "corgea_tui", *args],  # Ctrl-C comes from it
        env={**kept, "TERM": "xterm-256color", **env},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        yield Terminal(ours), process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        process.wait(SECONDS)
        os.close(ours)
