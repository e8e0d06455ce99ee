from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from daemon.api import connection
from tests.harness.rig import DaemonRig, running


@pytest_asyncio.fixture
async def rig(home, authority, request) -> AsyncIterator[DaemonRig]:
    """A daemon in this process; parametrized indirectly, with more settings."""
    async with running(DaemonRig(home, authority, getattr(request, "param", ""))) as rig:
        yield rig


@pytest.fixture
def quick(monkeypatch):
    """Patience in tenths of seconds instead of seconds."""
    for name, seconds in (("ARRIVAL", 0.3), ("IDLE", 0.8), ("STALL", 0.5), ("LINGER", 0.2)):
        monkeypatch.setattr(connection, name, seconds)


@pytest_asyncio.fixture
async def history(rig):
    """Two webhooks, of which one always fails, and three events: webhooks and ids of the events."""
    good = await rig.webhook("good", events=["scan.*"])
    bad = await rig.webhook("bad", url=rig.receiver.url("/bad"), events=["scan.completed"])

    async def answer(request):
        return 503 if request.path == "/bad" else 200

    rig.receiver.answer = answer
    first = await rig.emit({"scan_id": "scan-7", "project": {"id": "p-1", "name": "Web"}})
    second = await rig.emit({"n": 2}, "scan.failed")
    third = await rig.emit({"n": 3}, "user.login")
    await rig.settled()
    return good, bad, [one["event_id"] for one in (first, second, third)]


@pytest_asyncio.fixture
async def inbox(rig) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the inbox."""
    transport = httpx.AsyncHTTPTransport(uds=str(rig.paths.inbox))
    async with httpx.AsyncClient(transport=transport, base_url="http://corgea") as client:
        yield client
