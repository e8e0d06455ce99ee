"""The app itself over a real sshd on loopback, through a tunnel that dies (app.md, Behaviour)."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.terminal import Terminal
from tests.harness.daemon import running_daemon
from tests.harness.sshd import needs_sshd, sshd

pytestmark = [needs_sshd, pytest.mark.slow]

PATIENCE = 30


@pytest.fixture(scope="module")
def served():
    with running_daemon() as process:
        dead = ("webhooks", "add", "Dead", "https://127.0.0.1:9/", "--event", "scan.*")
        assert process.tui(*dead).returncode == 0
        process.tui("emit", "scan.completed")
        yield process


@pytest.fixture
def ssh(served):
    with sshd(served.home) as start:
        yield start


@pytest.fixture
def env(tmp_path):
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}


def ends(pid):
    return not Path(f"/proc/{pid}").exists()


def masters(terminal):
    """The ssh processes that the app has started and that hold the tunnel."""
    threads = Path(f"/proc/{terminal.pid}/task").iterdir()
    children = [pid for thread in threads for pid in (thread / "children").read_text().split()]
    return [
        int(pid)
        for pid in children
        if b"ControlMaster=yes" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


@pytest.mark.parametrize("allowed", ["yes", "no"])
async def test_a_tunnel_that_died_is_opened_again_forwarded_or_bridged(served, ssh, env, allowed):
    env |= ssh(AllowStreamLocalForwarding=allowed)
    with closing(Terminal(env=env)) as terminal:
        await terminal.until("● connected to ssh://", PATIENCE)
        await terminal.until("scan.completed", PATIENCE)
        (first,) = masters(terminal)
        os.kill(first, signal.SIGKILL)
        await terminal.until("✖ no link", PATIENCE)
        assert "scan.completed" in terminal.text
        await terminal.until("● connected to ssh://", PATIENCE)
        assert first not in masters(terminal)
        served.tui("emit", "scan.failed")
        await terminal.until("scan.failed", PATIENCE)
        (second,) = masters(terminal)
        terminal.press("q")
        assert await terminal.ended() == 0
        assert ends(second)
        assert b"ssh" not in terminal.bytes.rpartition(b"\x1b[?1049l")[2]


async def test_why_there_is_no_tunnel_is_reported_and_quitting_does_not_wait_for_it(ssh, env):
    env |= ssh()
    with closing(Terminal(env=env)) as terminal:
        await terminal.until("● connected to ssh://", PATIENCE)
        (first,) = masters(terminal)
        os.unlink(env["CORGEA_SSH"].split()[4])  # noqa: PTH108  # async; it is the key: nobody can be asked for another
        os.kill(first, signal.SIGKILL)
        await terminal.until("Permission", PATIENCE)
        terminal.press("q")
        assert await terminal.ended() == 0
