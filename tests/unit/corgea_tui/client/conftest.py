import pytest

from tests.harness.control_server import ControlServer


@pytest.fixture
async def server(tmp_path):
    server = ControlServer(tmp_path / "control.sock")
    await server.start()
    yield server
    await server.stop()
