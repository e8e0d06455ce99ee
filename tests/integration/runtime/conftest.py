from collections.abc import AsyncIterator

import pytest_asyncio

from tests.harness.rig import ServiceRig, running


@pytest_asyncio.fixture
async def rig(home, authority) -> AsyncIterator[ServiceRig]:
    """A service in this process, without sockets."""
    async with running(ServiceRig(home, authority)) as rig:
        yield rig
