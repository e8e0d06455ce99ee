import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.harness.https_receiver import Authority
from tests.harness.rig import Rig


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("ca"))


@pytest_asyncio.fixture
async def rig(authority) -> AsyncIterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="cg") as home:
        rig = Rig(Path(home), authority)
        await rig.receiver.start(authority.context())
        await rig.start()
        yield rig
        await rig.stop()
        await rig.receiver.close()
        await asyncio.sleep(0)
