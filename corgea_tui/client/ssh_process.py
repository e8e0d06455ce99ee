"""The processes behind a daemon on another machine.

`SshMaster` is the one ssh that stays. A `Bridge` runs `dial-stdio` for each connection, where the
server forbids to forward sockets.
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
    """The one ssh that stays. Its messages are printed while it connects, later only kept."""

    def __init__(self, command: list[str], *, ask: bool) -> None:
        """`ask`: it may use the terminal, and its messages are printed until `find` returns."""
        self.last_words = "it gave no reason"
        self._printing = ask
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=not ask,  # no terminal, so nothing there can be asked or written
        )
        self._reader = Thread(
            target=self._listen, args=(self._process.stderr,), name="ssh", daemon=True
        )
        self._reader.start()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def find(self, mark: str) -> str | None:
        """The rest of the first line that begins with `mark`; None when ssh ended before."""
        output = self._process.stdout or ()
        found = next((line for line in output if line.startswith(mark)), None)
        if found is None:
            self._reader.join(LAST_WORDS)
            return None
        self._printing = False
        return found.removeprefix(mark).strip()

    def stop(self) -> None:
        """Ask it to end, so that `find` returns. Safe to call from another thread."""
        self._process.terminate()

    def close(self) -> None:
        """Stop it and release what it held."""
        self.stop()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _listen(self, errors: IO[str]) -> None:
        with errors:
            for line in errors:
                self.last_words = line.strip().removeprefix("ssh: ") or self.last_words
                if self._printing:
                    sys.stderr.write(line)


class Bridge:
    """Listens on a local socket; each connection is a `dial-stdio` on the other side."""

    def __init__(self, path: Path, command: list[str]) -> None:
        """Listen on `path`; for each connection `command` is run, its stdin and stdout joined."""
        self._command = command
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.fspath(path))
        path.chmod(0o600)
        self._listener.listen()
        self._running: list[subprocess.Popen[bytes]] = []
        threading.Thread(target=self._serve, name="dial-stdio", daemon=True).start()

    def close(self) -> None:
        """Stop listening, and end what runs."""
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
                        start_new_session=True,  # it must not ask on the terminal
                    )
                self._running = [each for each in self._running if each.poll() is None]
                self._running.append(process)
