"""The processes of a connection to a daemon on another machine.

`SshMaster` is the master connection. A `Bridge` runs `dial-stdio` for each connection, where the
server forbids forwarded sockets.
"""

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO

LAST_WORDS = 1.0
"""Seconds for the last messages of an ssh that ended to arrive."""


class SshMaster:
    """The ssh of the master connection. Its messages are printed only while it connects."""

    def __init__(self, command: list[str], *, ask: bool) -> None:
        """`ask`: ssh may prompt on the terminal, and its messages are printed until `find` ends."""
        self.last_message = "ssh gave no reason"
        self._printing = ask
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=not ask,  # without a terminal ssh cannot prompt
        )
        self._reader = Thread(
            target=self._listen, args=(self._process.stderr,), name="ssh", daemon=True
        )
        self._reader.start()

    @property
    def alive(self) -> bool:
        """Whether ssh runs."""
        return self._process.poll() is None

    def find(self, mark: str) -> str | None:
        """The rest of the first line that begins with `mark`; None when ssh ended without one."""
        output = self._process.stdout or ()
        found = next((line for line in output if line.startswith(mark)), None)
        if found is None:
            self._reader.join(LAST_WORDS)
            return None
        self._printing = False
        return found.removeprefix(mark).strip()

    def stop(self) -> None:
        """Terminate ssh, so that `find` returns. Safe to call from another thread."""
        self._process.terminate()

    def close(self) -> None:
        """Stop ssh and close its pipes."""
        self.stop()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _listen(self, errors: IO[str]) -> None:
        with errors:
            for line in errors:
                self.last_message = line.strip().removeprefix("ssh: ") or self.last_message
                if self._printing:
                    sys.stderr.write(line)


class Bridge:
    """Listens on a local socket; each connection runs a remote `dial-stdio`."""

    def __init__(self, path: Path, command: list[str]) -> None:
        """Listen on `path`; each connection is stdin and stdout of a run of `command`."""
        self._command = command
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.fspath(path))
        path.chmod(0o600)
        self._listener.listen()
        self._running: list[subprocess.Popen[bytes]] = []
        threading.Thread(target=self._serve, name="dial-stdio", daemon=True).start()

    def close(self) -> None:
        """Stop listening and end the running commands."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # so that `accept` returns
        self._listener.close()
        for process in self._running:
            process.terminate()
            process.wait()

    def _serve(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    process = subprocess.Popen(
                        self._command,
                        stdin=connection.fileno(),
                        stdout=connection.fileno(),
                        stderr=subprocess.DEVNULL,
                        start_new_session=True,  # it must not prompt on the terminal
                    )
                self._running = [each for each in self._running if each.poll() is None]
                self._running.append(process)
