import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from daemon.api import connection
from tests.harness.daemon_rig import DaemonRig
from tests.harness.https_receiver import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("ca"))


@pytest_asyncio.fixture
async def rig(authority, request) -> AsyncIterator[DaemonRig]:
    """A daemon; parametrized indirectly, with more settings."""
    with tempfile.TemporaryDirectory(prefix="cg") as home:
        rig = DaemonRig(Path(home), authority, getattr(request, "param", ""))
        await rig.receiver.start(authority.context())
        await rig.start()
        yield rig
        await rig.stop()
        await rig.receiver.close()
        await asyncio.sleep(0)


@pytest.fixture
def quick(monkeypatch):
    """Patience in tenths of seconds instead of seconds."""
    for name, seconds in (("ARRIVAL", 0.3), ("IDLE", 0.8), ("STALL", 0.5), ("LINGER", 0.2)):
        monkeypatch.setattr(connection, name, seconds)
