"""A daemon process that can be killed, told where to die, and started again on the same home."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from daemon.util.failpoints import VARIABLE
from tests.crash.client import ask
from tests.harness.processes import memory_of

READY = b"corgea-daemon listens on"
START_SECONDS = 60.0
DAEMON = ("-m", "daemon")
SENDER = "corgea-sender"
ROOT = Path(__file__).parents[2]


class DidNotStart(Exception):
    """The daemon ended, or said nothing for too long, before it listened."""


class Daemon:
    """A daemon on `home`. `program` is what Python runs instead of `-m daemon` (a mutant)."""

    def __init__(self, home: Path, program: tuple[str, ...] = DAEMON) -> None:
        self.home = home
        self.control = home / "run" / "control.sock"
        self.inbox = home / "run" / "inbox.sock"
        self.database = home / "corgea.db"
        self.program = program
        self.lives = 0
        self.env: dict[str, str] = {}
        self.fds: tuple[int, ...] = ()
        """Descriptors that are left open to it."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the latest life wrote."""
        return self.home / f"life-{self.lives:04d}.log"

    def spawn(self, failpoint: str | None = None) -> None:
        """Start a life; returns at once."""
        self.lives += 1
        kept = {name: value for name, value in os.environ.items() if name != VARIABLE}
        env = {**kept, **self.env, "CORGEA_HOME": str(self.home)}
        if failpoint is not None:
            env[VARIABLE] = failpoint
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.program, "run"],
                env=env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.fds,
            )

    def start(self, failpoint: str | None = None) -> "Daemon":
        """Start a life, and wait until it listens."""
        self.spawn(failpoint)
        if not self.wait_ready():
            raise DidNotStart(f"exit {self.exit_code}: {self.said()}")
        return self

    def wait_ready(self, seconds: float = START_SECONDS) -> bool:
        """Wait until it listens; False when it has ended instead."""
        deadline = time.monotonic() + seconds
        while READY not in self.log.read_bytes():
            if self.exit_code is not None:
                return False
            if time.monotonic() > deadline:
                raise DidNotStart(f"silent for {seconds} s: {self.said()}")
            time.sleep(0.01)
        return True

    @property
    def pid(self) -> int:
        """The process of the latest life."""
        assert self._process is not None
        return self._process.pid

    def sender_processes(self) -> list[int]:
        """The processes of the latest life that are ready to send for it, or about to be."""
        found = []
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            for pid in (task / "children").read_text().split():
                with suppress(OSError):
                    if Path(f"/proc/{pid}/comm").read_text().strip() == SENDER:
                        found.append(int(pid))
        return found

    def helped_within(self, seconds: float) -> list[int]:
        """Its sender processes, as soon as there are some; none when that takes longer."""
        deadline = time.monotonic() + seconds
        while not (helpers := self.sender_processes()):
            if time.monotonic() > deadline or self.exit_code is not None:
                break
            time.sleep(0.01)
        return helpers

    @property
    def exit_code(self) -> int | None:
        """How the latest life ended; None while it goes on."""
        return None if self._process is None else self._process.poll()

    def said(self) -> str:
        """What the latest life wrote."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self) -> None:
        """kill -9, and the body is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def terminate(self) -> None:
        """SIGTERM; returns at once."""
        self.signal(signal.SIGTERM)

    def signal(self, number: signal.Signals) -> None:
        """Any signal; returns at once."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, seconds: float = 30.0) -> int:
        """Wait for the end of the life; its exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def ended_within(self, seconds: float) -> bool:
        """Whether the life ends within `seconds`."""
        assert self._process is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> int:
        """SIGTERM, and wait; the exit code."""
        self.terminate()
        return self.wait()

    def call(self, method: str, target: str, body: Any = None, **options: Any) -> Any:
        """A call on the control socket."""
        return ask(self.control, method, target, body, **options)

    def queues(self) -> dict[str, Any]:
        """How much is under way."""
        found: dict[str, Any] = self.call("GET", "/v1/daemon")["queues"]
        return found

    def settled(self, seconds: float) -> bool:
        """Wait until nothing waits and nothing is on the wire; False: not within `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            queues = self.queues()
            if not queues["waiting"] and not queues["in_flight"]:
                return True
            time.sleep(0.05)
        return False

    def memory_bytes(self) -> int:
        """Resident memory of the life that goes on, without its sender processes."""
        return memory_of(self.pid)
