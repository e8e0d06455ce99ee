"""A local socket; each connection to it runs `dial-stdio` on another machine."""

import os
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path


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
