"""A real daemon in a process and a home of its own, and the commands that talk to it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from daemon.util.failpoints import VARIABLE as FAILPOINT
from tests.harness.client import NDJSON, ask

ROOT = Path(__file__).parents[2]
DAEMON = ("-m", "daemon")
READY = b"corgea-daemon listens on"
START_SECONDS = 60.0
SENDER = "corgea-sender"
_UNSET = {"CORGEA_HOST", "NO_COLOR", "CLICOLOR_FORCE", "VISUAL", "EDITOR", FAILPOINT}


class DidNotStart(Exception):
    """The daemon ended, or wrote nothing for too long, before it listened."""


class DaemonProcess:
    """A daemon on `home`, which may be started, killed and started again.

    `program` is what Python runs in place of `-m daemon`: a daemon with a fault, a later version.
    Each start writes a log file of its own. Methods that wait return early when the process ends.
    """

    def __init__(self, home: Path, program: tuple[str, ...] = DAEMON) -> None:
        self.home = home
        self.control = home / "run" / "control.sock"
        self.inbox = home / "run" / "inbox.sock"
        self.database = home / "corgea.db"
        self.program = program
        self.starts = 0
        self.extra_env: dict[str, str] = {}
        self.pass_fds: tuple[int, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None

    # --- starting and ending --------------------------------------------------------------------

    @property
    def env(self) -> dict[str, str]:
        """The environment in which commands find this daemon, without colours or other hosts."""
        kept = {name: value for name, value in os.environ.items() if name not in _UNSET}
        return {**kept, **self.extra_env, "CORGEA_HOME": str(self.home)}

    def settings(self, text: str) -> None:
        """Write `daemon.toml`."""
        (self.home / "daemon.toml").write_text(text)

    def spawn(self, failpoint: str | None = None) -> None:
        """Start the process and return at once; it dies at `failpoint`."""
        self.starts += 1
        armed = {} if failpoint is None else {FAILPOINT: failpoint}
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.program, "run"],
                env={**self.env, **armed},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.pass_fds,
                start_new_session=True,
            )

    def start(self, failpoint: str | None = None) -> "DaemonProcess":
        """Start the process and wait until it listens. Raises `DidNotStart`."""
        self.spawn(failpoint)
        if not self.wait_ready():
            raise DidNotStart(f"exit {self.exit_code}: {self.log()}")
        return self

    def wait_ready(self, seconds: float = START_SECONDS) -> bool:
        """Wait until it listens; False when it has ended instead."""
        deadline = time.monotonic() + seconds
        while READY not in self.log_file.read_bytes():
            if self.exit_code is not None:
                return False
            if time.monotonic() > deadline:
                raise DidNotStart(f"not ready after {seconds} s: {self.log()}")
            time.sleep(0.01)
        return True

    @property
    def _running(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "the daemon was never started"
        return self._process

    @property
    def pid(self) -> int:
        """The id of the latest process."""
        return self._running.pid

    @property
    def exit_code(self) -> int | None:
        """How the latest process ended; None while it runs."""
        return None if self._process is None else self._process.poll()

    def kill(self) -> None:
        """SIGKILL, and wait for the end; nothing when there is no process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal and return at once."""
        self._running.send_signal(number)

    def wait(self, seconds: float = 30.0) -> int:
        """Wait for the end; returns the exit code."""
        return self._running.wait(seconds)

    def ended_within(self, seconds: float) -> bool:
        """Whether the process ends within `seconds`."""
        try:
            self._running.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> int:
        """SIGTERM, and wait; returns the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    # --- looking at it --------------------------------------------------------------------------

    @property
    def log_file(self) -> Path:
        """What the latest process wrote, as a file."""
        return self.home / f"daemon-{self.starts:04d}.log"

    def log(self) -> str:
        """What the latest process wrote."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def memory_bytes(self) -> int:
        """Resident memory of the latest process, without its sender processes."""
        return memory_of(self.pid)

    def sender_processes(self) -> list[int]:
        """The ids of its sender processes."""
        found = []
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            for pid in (task / "children").read_text().split():
                with suppress(OSError):
                    if Path(f"/proc/{pid}/comm").read_text().strip() == SENDER:
                        found.append(int(pid))
        return found

    def senders_within(self, seconds: float) -> list[int]:
        """Its sender processes, as soon as there are any; none when that takes longer."""
        deadline = time.monotonic() + seconds
        while not (senders := self.sender_processes()):
            if time.monotonic() > deadline or self.exit_code is not None:
                break
            time.sleep(0.01)
        return senders

    # --- calls ------------------------------------------------------------------------------------

    def call(self, method: str, target: str, body: Any = None, **options: Any) -> Any:
        """A call on the control socket."""
        return ask(self.control, method, target, body, **options)

    def submit(self, event: dict[str, Any]) -> Any:
        """Send one event to the inbox; returns its answer."""
        return ask(self.inbox, "POST", "/v1/events", event)

    def emit(self, event_type: str, count: int) -> None:
        """Send `count` events of a type to the inbox, in one request."""
        line = json.dumps({"event_type": event_type, "data": {"n": 0}}).encode()
        body = b"\n".join([line] * count)
        ask(self.inbox, "POST", "/v1/events", body, headers={"Content-Type": NDJSON})

    def pages(self, target: str) -> list[Any]:
        """Every item of a list."""
        mark = "&" if "?" in target else "?"
        found: list[Any] = []
        cursor = ""
        while True:
            page = self.call("GET", f"{target}{mark}limit=500{cursor}")
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    def queues(self) -> dict[str, Any]:
        """How much waits and how much is in flight."""
        found: dict[str, Any] = self.call("GET", "/v1/daemon")["queues"]
        return found

    def settled(self, seconds: float) -> bool:
        """Wait until nothing waits and nothing is in flight; False: not within `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            queues = self.queues()
            if not queues["waiting"] and not queues["in_flight"]:
                return True
            time.sleep(0.05)
        return False

    # --- commands ---------------------------------------------------------------------------------

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


def until(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until `condition` holds, for what another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds:g} s"
        time.sleep(0.02)


def memory_of(pid: int) -> int:
    """Resident memory of a process (VmRSS), in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


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
