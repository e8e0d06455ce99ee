from collections.abc import AsyncIterator

import pytest_asyncio

from tests.harness.rig import DaemonRig, running


@pytest_asyncio.fixture
async def rig(home, authority, request) -> AsyncIterator[DaemonRig]:
    """A daemon in this process; parametrized indirectly, with more settings."""
    async with running(DaemonRig(home, authority, getattr(request, "param", ""))) as rig:
        yield rig
