"""Where a page is performed: a daemon in a temporary home, a receiver, a shell that goes on."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corgea_tui.receiver.answers import ScriptedAnswer, script
from corgea_tui.receiver.authority import authority
from corgea_tui.receiver.received import Received
from corgea_tui.receiver.thread import ReceiverThread
from daemon.protocol.paths import Paths
from tests.docs.blocks import Block, is_printed
from tests.harness.daemon import DaemonProcess, running_daemon

SECONDS = 30.0
COMPILING = 150.0
"""A first `go run` builds its standard library."""
SETTINGS = "[delivery]\nschedule = [0.1, 0.1]\n"
"""The usual six seconds until a failure are too long for a test."""
_ELSEWHERE = re.compile(
    r"https://(?:[\w-]+\.)*(?:example\.com|hooks\.slack\.com|hooks\.zapier\.com)(?::\d+)?"
)
"""Receivers on the internet, which no test may reach."""
_VARIABLES = '"^declare (--|-x) [A-Za-z]"'
"""What a shell hands to the next: its variables, exported or not; nothing of bash's own."""
_LOCAL = re.compile(r"""(127\.0\.0\.1(?::|["'],\s)|--port )(5\d{3})""")
"""Ports that a page fixes, and that another program may use on this machine."""


class Stage:
    """Performs the blocks of one page."""

    def __init__(self, daemon: DaemonProcess, receiver: str) -> None:
        """`receiver` takes the place of every address that is not on this machine."""
        self.work = daemon.home / "work"
        self.work.mkdir()
        self._env = {
            **daemon.env,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(daemon.home),
            "GOCACHE": os.environ.get("GOCACHE", str(Path.home() / ".cache" / "go-build")),
            "GOTOOLCHAIN": "local",
        }
        self._receiver = receiver
        self._ports: dict[str, int] = {}
        self._background: dict[str, subprocess.Popen[bytes]] = {}
        self._output = ""

    def perform(self, block: Block) -> None:
        """Do what the block says; AssertionError with what was written when it does not hold."""
        match block.verb:
            case "run" if not shutil.which(block.options.get("needs", "sh")):
                self._output = ""
            case "run" if "background" in block.options:
                self._start(block)
            case "run":
                self._run(block)
            case "prints":
                self._compare(block)
            case "file":
                (self.work / block.name).write_text(self._here(block.text))
            case "stop":
                _interrupt(self._background.pop(block.name))
            case _:
                assert block.verb == "not", f"line {block.line}: nothing says how this is tested"

    def close(self) -> None:
        """End what still runs in the background."""
        while self._background:
            _interrupt(self._background.popitem()[1])

    def _run(self, block: Block) -> None:
        done = subprocess.run(
            ["bash", "-c", self._script(block)],
            env=self._env,
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMPILING if "needs" in block.options else SECONDS,
            check=False,
        )
        self._output = done.stdout.decode()
        expected = int(block.options.get("exit", "0"))
        assert done.returncode == expected, (
            f"line {block.line}: exit {done.returncode} instead of {expected}\n"
            f"{block.text}\n{self._output}"
        )

    def _start(self, block: Block) -> None:
        name, text = block.options["background"], block.options["until"]
        written = self.work.parent / f"{name}.out"
        with written.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", self._script(block)],
                env=self._env,
                cwd=self.work,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._background[name] = process
        deadline = time.monotonic() + SECONDS
        while text not in (seen := written.read_text()):
            assert process.poll() is None, f"line {block.line}: it ended\n{seen}"
            assert time.monotonic() < deadline, f"line {block.line}: no {text!r}\n{seen}"
            time.sleep(0.02)

    def _script(self, block: Block) -> str:
        """The block in a shell that stops at the first failure and hands its variables on."""
        state = self.work.parent / "variables"
        before = f"set -euo pipefail; [ ! -f {state} ] || . {state}\n"
        keep = f"trap 'declare -p | grep -E {_VARIABLES} > {state}' EXIT\n"
        return before + ("" if "background" in block.options else keep) + self._here(block.text)

    def _compare(self, block: Block) -> None:
        if not self._output:  # what the block before needs is not on this machine
            return
        for line in filter(str.strip, block.text.splitlines()):
            assert is_printed(line, self._output), (
                f"line {block.line}: no line like\n{line}\nin\n{self._output}"
            )

    def _here(self, text: str) -> str:
        """The text with receivers and ports of this machine."""
        text = _ELSEWHERE.sub(self._receiver, text)
        return _LOCAL.sub(lambda found: f"{found[1]}{self._port(found[2])}", text)

    def _port(self, named: str) -> int:
        if named not in self._ports:
            with socket.socket() as sock:
                sock.bind(("127.0.0.1", 0))
                self._ports[named] = sock.getsockname()[1]
        return self._ports[named]


def _interrupt(process: "subprocess.Popen[bytes]") -> None:
    """Ctrl-C, for the whole group as a terminal does it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def stage() -> Iterator[Stage]:
    """A stage; its receiver answers 503 while the file `down` lies in the page's home."""
    with running_daemon(SETTINGS) as daemon:
        good, bad = script("200"), script("503")

        async def answer(_: Received) -> ScriptedAnswer:
            return (bad if (daemon.home / "down").exists() else good).next()

        trust = authority(Paths.resolve({"CORGEA_HOME": str(daemon.home)}))
        with ReceiverThread(trust.server_context(), answer) as receiver:
            set_up = Stage(daemon, receiver.url)
            try:
                yield set_up
            finally:
                set_up.close()
