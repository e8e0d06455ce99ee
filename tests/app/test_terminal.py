"""The real program on a real terminal, with a real daemon where it matters."""

import json
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, closing, contextmanager

import pytest

from daemon.protocol.paths import Paths
from tests.app.terminal import Terminal
from tests.harness.control_server import ControlServer, delivery

pytestmark = pytest.mark.slow

GREEN = b"38;2;140;201;138"
DAEMON = [sys.executable, "-m", "daemon"]
BREAK_THE_FEED = """
import corgea_tui.views.rows.feed_rows

def broken(self, index, width):
    password = "hunter2"
    raise ValueError(password)

corgea_tui.views.rows.feed_rows.DeliveryRows.cells = broken
"""


@pytest.fixture
def env(tmp_path):
    home = tmp_path / "h"
    return {"CORGEA_HOME": str(home), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}


@asynccontextmanager
async def served(tmp_path):
    """A control server that has one delivery."""
    (tmp_path / "h" / "run").mkdir(parents=True)
    server = ControlServer(tmp_path / "h" / "run" / "control.sock")
    server.deliveries = [delivery("d1")]
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@contextmanager
def daemon(env):
    process = subprocess.Popen([*DAEMON, "run"], env=env, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def daemon_pid(env):
    shown = subprocess.run([*DAEMON, "status", "--json"], env=env, capture_output=True, check=True)
    return json.loads(shown.stdout)["pid"]


def restored(terminal):
    """Every mode that was set is unset again, the last word on each."""
    for mode in (b"1049", b"1000", b"1003", b"1006", b"2004"):
        on, off = (terminal.bytes.rfind(b"\x1b[?%s%s" % (mode, end)) for end in (b"h", b"l"))
        assert off > on, mode
    assert terminal.bytes.rfind(b"\x1b[?25h") > terminal.bytes.rfind(b"\x1b[?25l")


async def test_it_starts_a_daemon_survives_its_death_and_leaves_the_terminal_as_it_was(env):
    with closing(Terminal(env=env)) as terminal:
        await terminal.until("● connected to local", 30)
        await terminal.until("no deliveries yet")
        os.kill(daemon_pid(env), signal.SIGKILL)
        await terminal.until("✖ no link")
        assert "stale" in terminal.text
        terminal.resize(80, 24)
        await terminal.until("retry in")
        with daemon(env):
            await terminal.until("● connected to local", 30)
            terminal.press("q")
            assert await terminal.ended() == 0
        restored(terminal)


async def test_without_a_daemon_and_not_to_start_one_it_says_so_and_waits(env):
    with closing(Terminal("--no-start", env=env)) as terminal:
        await terminal.until("✖ no link")
        assert "no daemon answers on" in terminal.text
        assert not Paths.resolve(env).database.exists()
        terminal.press("q")
        assert await terminal.ended() == 0


async def test_a_daemon_that_cannot_start_is_explained(env, tmp_path):
    home = tmp_path / "h"
    home.mkdir()
    (home / "corgea.db").write_text("this is no database, and must not be touched")
    with closing(Terminal(env=env)) as terminal:
        await terminal.until("the daemon did not start", 30)
        terminal.press("q")
        assert await terminal.ended() == 0


async def test_a_crash_is_calm_restores_the_terminal_and_shows_no_data(env, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(BREAK_THE_FEED)
    broken = env | {"PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path)}
    async with served(tmp_path):
        with closing(Terminal("--no-start", env=broken)) as terminal:
            assert await terminal.ended() == 1
            restored(terminal)
            assert "because of an unexpected error" in terminal.text
            assert "hunter2" not in terminal.text
    (report,) = tmp_path.glob("corgea-tui-crash-*.txt")
    assert report.stat().st_mode & 0o777 == 0o600
    words = report.read_text()
    assert "ValueError" in words
    assert "sitecustomize.py" in words
    assert "hunter2" not in words


async def test_an_empty_no_color_counts_as_not_set(env, tmp_path):
    async with served(tmp_path):
        with closing(Terminal("--no-start", env=env | {"NO_COLOR": ""})) as terminal:
            await terminal.until("✔ succeeded")
            assert GREEN in terminal.bytes
        with closing(Terminal("--no-start", env=env | {"NO_COLOR": "1"})) as terminal:
            await terminal.until("✔ succeeded")
            assert GREEN not in terminal.bytes


async def test_no_mouse_leaves_the_mouse_to_the_terminal(env, tmp_path):
    async with served(tmp_path):
        with closing(Terminal("--no-start", "--no-mouse", env=env)) as terminal:
            await terminal.until("✔ succeeded")
            assert b"\x1b[?1003h" not in terminal.bytes


@pytest.mark.parametrize("owned", ["yes", "no"])
async def test_a_terminal_that_goes_away_ends_the_app(env, tmp_path, owned):
    """With the signal that a terminal of its own sends, and where none is sent."""
    async with served(tmp_path):
        with closing(Terminal("--no-start", env=env | {"OWN": owned})) as terminal:
            await terminal.until("✔ succeeded")
            terminal.hang_up()
            assert await terminal.ended() == 129
