import contextlib
import tempfile

import pytest

from corgea_tui.app.app import DEFAULTS, CorgeaApp
from corgea_tui.client.updates import LinkState, Phase
from corgea_tui.state.session import Session
from tests.app.fake_daemon import NOW, FakeLink
from tests.app.forms import FormDaemon


class Running:
    """The app under test, the daemon behind it, and the keys in front of it."""

    def __init__(self, app, pilot, link, session):
        self.app, self.pilot, self.link, self.session = app, pilot, link, session
        self.daemon = link.daemon

    async def press(self, *keys):
        await self.pilot.press(*keys)
        await self.settle()

    async def filter(self, text):
        """Type a filter, in one go rather than key by key."""
        await self.pilot.press("slash")
        await self.settle()
        self.app.focused.value = text
        await self.press("enter")

    async def settle(self):
        """Until everything that was set off has happened."""
        for _ in range(5):
            await self.pilot.pause(0)
            await self.app.workers.wait_for_complete()

    async def arrive(self, *deliveries, **more):
        self.link.arrive(*deliveries, **more)
        await self.settle()

    async def lose(self, *reason):
        """The link is lost."""
        self.link.lose(*reason)
        await self.settle()

    async def come_back(self):
        """The link is there again, and no change was missed."""
        self.daemon.reachable = True
        self.link.post(LinkState(Phase.CONNECTED, "local", last_contact=1.0))
        await self.settle()

    async def gap(self):
        """The link is there again, after changes that were missed."""
        self.link.connect(gap=True)
        await self.settle()

    @property
    def selected(self):
        """The row that is selected on the screen, or None."""
        return self.app.screen.selected

    @property
    def lines(self):
        """What is on the screen, line by line."""
        return [
            "".join(segment.text for segment in strip)
            for strip in self.app.screen._compositor.render_strips()
        ]

    @property
    def text(self):
        return "\n".join(self.lines)

    def line(self, part):
        """The first line that holds `part`."""
        found = next((line for line in self.lines if part in line), None)
        assert found is not None, f"{part!r} is not on the screen:\n{self.text}"
        return found

    @property
    def toasts(self):
        return [notice.message for notice in self.app._notifications]


@pytest.fixture(autouse=True)
def everything_in_utc(in_utc):
    """Times on the screen are local ones."""


@pytest.fixture
def daemon():
    return FormDaemon()


@pytest.fixture
def run(daemon, tmp_path, monkeypatch):
    """Runs the app, and presses keys first: `async with run("2", "down") as app`."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # what is copied or crashes goes there

    @contextlib.asynccontextmanager
    async def running(*keys, size=(120, 36), readonly=False, connect=True, settings=DEFAULTS):
        links = []

        def make(post, _broken):
            links.append(FakeLink(daemon, post))
            return links[0]

        session = Session(readonly=readonly, now=lambda: NOW)
        app = CorgeaApp(session, make, settings)
        async with app.run_test(size=size) as pilot:
            running = Running(app, pilot, links[0], session)
            await pilot.pause(0)
            if connect:
                links[0].connect()
            await running.settle()
            if keys:
                await running.press(*keys)
            yield running

    return running
