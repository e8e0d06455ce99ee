"""The Statistics and Daemon screens in front of a real daemon in a process of its own."""

import asyncio
import contextlib

import pytest

from corgea_tui.app.app import CorgeaApp
from corgea_tui.client.connectors import SocketOpener
from corgea_tui.client.link import Link
from corgea_tui.state.session import Session
from tests.app.conftest import Running
from tests.harness.daemon import running_daemon

SETTINGS = """
[delivery]
schedule = []
timeout = 2
"""
REFUSING = "https://127.0.0.1:9/hook"  # the discard port: nothing listens there


@pytest.fixture(scope="module")
def process():
    with running_daemon(SETTINGS) as process:
        added = process.tui("webhooks", "add", "Nobody", REFUSING, "--event", "scan.completed")
        assert added.returncode == 0, added.stderr
        emitted = process.tui("emit", "scan.completed", "--count", "3", "--wait")
        assert emitted.returncode == 1, emitted.stderr
        yield process


class RealRunning(Running):
    """In front of a real link, which takes its time."""

    def __init__(self, app, pilot, session):
        self.app, self.pilot, self.session = app, pilot, session

    async def until(self, *parts):
        """Wait until all of these are on the screen."""
        try:
            async with asyncio.timeout(10):
                while not all(part in self.text for part in parts):
                    await asyncio.sleep(0.02)
                    await self.pilot.pause(0)
        except TimeoutError:
            raise AssertionError(f"{parts} did not all appear:\n{self.text}") from None


@contextlib.asynccontextmanager
async def app_for(process, *keys):
    """The app once it is connected and these keys were pressed."""
    session = Session()

    def make(post, broken):
        return Link(SocketOpener(process.control), post, failed=broken)

    app = CorgeaApp(session, make)
    async with app.run_test(size=(120, 36)) as pilot:
        running = RealRunning(app, pilot, session)
        await running.until("● connected")
        await running.press(*keys)
        yield running


async def test_figures_of_what_really_happened(process):
    async with app_for(process, "4") as app:
        await app.until("3 failed", "0.0% succeeded", "✖ 3 failed", "Nobody")
        assert "3 100.0%" in app.line("no answer")
        await app.press("down")
        await app.until("Nobody", "✖ 3 failed")
        await app.press("enter")
        await app.until("webhook:Nobody status:failed since:1h", "✖ failed")


async def test_the_daemon_as_it_really_is(process):
    async with app_for(process, "5") as app:
        await app.until("✔ alive for", f"process {process.pid}", "3 events · 3 deliveries")
        await app.press("]")
        await app.until("[delivery]")
        assert app.line("timeout").split() == ["◆", "timeout", "2", "s", "default:", "10", "s"]
        await app.press("]")
        await app.until("this app", "watching")
        await app.press("]")
        await app.until("webhook.create", "Nobody", "+ scan.completed")


async def test_a_broken_settings_file_is_on_top_and_goes_when_it_is_mended(process):
    async with app_for(process, "5") as app:
        await app.until("✔ alive for")
        process.settings(SETTINGS + "colour = 7\n")
        await app.until("daemon.toml:5: ", "the previous settings stay in effect")
        assert app.lines[2].startswith("  ✖ ")
        await app.until("error    /")  # the log says it too
        process.settings(SETTINGS)
        await app.until("✔ alive for")
        async with asyncio.timeout(10):
            while "daemon.toml:5" in "\n".join(app.lines[2:5]):
                await asyncio.sleep(0.02)


async def test_a_backup_of_the_real_store(process):
    async with app_for(process, "5", "B") as app:
        path = process.home / "copy.db"
        app.app.focused.value = str(path)
        await app.press("enter")
        async with asyncio.timeout(10):
            while not any("holds a backup of" in toast for toast in app.toasts):
                await asyncio.sleep(0.02)
        assert path.stat().st_size > 0
        await app.press("B")
        app.app.focused.value = str(path)
        await app.press("enter")
        async with asyncio.timeout(10):
            while not any("exists already" in toast for toast in app.toasts):
                await asyncio.sleep(0.02)


async def test_stopping_the_real_daemon_and_what_stays_on_the_screen():
    with running_daemon() as process:
        async with app_for(process, "5") as app:
            await app.until("✔ alive for", "following")
            await app.press("S", "y")
            await app.until("✖ no link", "? not known whether it is alive", "read at")
            assert process.stop() == 0
