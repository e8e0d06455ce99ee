from collections.abc import AsyncIterator

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
