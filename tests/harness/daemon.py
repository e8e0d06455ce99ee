"""A real daemon in a process and a home of its own, and the commands that talk to it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 20.0
STOP_SECONDS = 20.0


class DaemonProcess:
    """`python -m daemon run` with `CORGEA_HOME` in a short temporary folder.

    `module` runs in place of `daemon`, to look at it from within.
    """

    def __init__(self, home: Path, module: str = "daemon") -> None:
        self.home = home
        self._module = module
        self.control = home / "run" / "control.sock"
        self.inbox = home / "run" / "inbox.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        """The environment in which commands find this daemon, without colours or other hosts."""
        unset = {"CORGEA_HOST", "NO_COLOR", "CLICOLOR_FORCE", "VISUAL", "EDITOR"}
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        return {**kept, "CORGEA_HOME": str(self.home)}

    @property
    def pid(self) -> int:
        """The daemon's process."""
        assert self._process is not None
        return self._process.pid

    def settings(self, text: str) -> None:
        """Write `daemon.toml`."""
        (self.home / "daemon.toml").write_text(text)

    def start(self) -> None:
        """Start, and wait until both sockets answer."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, "run"],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not (answers(self.control) and answers(self.inbox)):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the daemon did not start:\n{self.log()}")
            time.sleep(0.02)

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """SIGKILL, if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def log(self) -> str:
        """All that it wrote."""
        return self._log.read_text() if self._log.exists() else ""

    def tui(
        self, *args: str, stdin: str | bytes = b"", timeout: float = 30.0, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `corgea-tui ARGS` to its end, without a terminal."""
        raw = subprocess.run(
            [sys.executable, "-m", "corgea_tui", *args],
            env={**self.env, **env},
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        out, err = raw.stdout.decode(), raw.stderr.decode()
        return subprocess.CompletedProcess(raw.args, raw.returncode, out, err)

    @contextmanager
    def tui_running(self, *args: str, **env: str) -> Iterator["subprocess.Popen[str]"]:
        """`corgea-tui ARGS` while it runs; ended with SIGTERM if it still does at the end."""
        process = subprocess.Popen(
            [sys.executable, "-m", "corgea_tui", *args],
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            with process:
                try:
                    yield process
                finally:
                    if process.poll() is None:
                        process.terminate()
        finally:
            with suppress(ProcessLookupError):
                process.kill()

    @property
    def _log(self) -> Path:
        return self.home / "daemon.log"


def answers(path: Path) -> bool:
    """Whether somebody listens on the socket."""
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(str(path))
        except OSError:
            return False
        return True


@contextmanager
def short_home() -> Iterator[Path]:
    """A temporary folder whose name leaves room for a socket's path."""
    home = Path(tempfile.mkdtemp(prefix="cw-", dir="/tmp"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running_daemon(settings: str = "") -> Iterator[DaemonProcess]:
    """A daemon that runs for as long as the block does."""
    with short_home() as home:
        process = DaemonProcess(home)
        if settings:
            process.settings(settings)
        try:
            process.start()
            yield process
        finally:
            process.kill()
