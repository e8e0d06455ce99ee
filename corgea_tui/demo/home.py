"""A temporary home with a daemon of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from corgea_tui.client.errors import Failed, Unreachable
from corgea_tui.client.host import UnixHost
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.client.starter import start_daemon
from corgea_tui.demo.leftovers import PREFIX, hold
from daemon.protocol.paths import Paths

LONGEST = 60
"""The most bytes of the temporary folder's name, so that a socket's path fits."""
_TEMPORARY = tempfile.gettempdir()
# At import: Python tests the folder with a file, which an interrupt would not remove.
PARENT = Path(_TEMPORARY if len(os.fsencode(_TEMPORARY)) <= LONGEST else "/tmp")  # noqa: S108  # see above
"""The folder of the homes of demos."""
START_SECONDS = 20.0
STOP_SECONDS = 5.0
SETTINGS = """\
# The settings of a demo's temporary daemon.
[delivery]
drain = 1
"""
LOG_LINES = 15


class DemoHome:
    """A folder with all files of one daemon. As a context manager it removes them at the end."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=PARENT))
        self._lock = hold(self._folder)
        self._process: subprocess.Popen[bytes] | None = None
        self.paths = Paths.resolve({"CORGEA_HOME": os.fspath(self._folder)})
        self.host = UnixHost(self.paths.control, named=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._lock)

    def start(self) -> None:
        """Start the daemon; `ready` waits for it."""
        self.paths.settings.write_text(SETTINGS, encoding="utf-8")
        env = {name: value for name, value in os.environ.items() if name != "CORGEA_HOST"}
        self._process = start_daemon(self.paths, {**env, "CORGEA_HOME": os.fspath(self._folder)})

    def ready(self) -> None:
        """Wait until the daemon answers; raises `Failed` with the end of its log."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                self.host.dial().close()
            except Unreachable:
                if self._process is None or self._process.poll() is not None:
                    break
                time.sleep(0.02)
            else:
                return
        raise self.failure("the demo's daemon did not start")

    def client(self) -> LeanClient:
        """A client of the daemon."""
        return LeanClient(self.host)

    def failure(self, what: str) -> Failed:
        """An error with the end of the daemon's log."""
        lines = self._log.read_text("utf-8", "replace").splitlines()[-LOG_LINES:]
        return Failed(what, "\n".join(lines) or "its log is empty")

    @property
    def _log(self) -> Path:
        return self._folder / "daemon.log"

    def _stop(self) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
