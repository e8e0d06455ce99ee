"""Reaching a daemon: the first look, calls over the socket, starting one."""

import asyncio
import os
import signal

import pytest

from corgea_tui.client.connectors import LocalOpener, SocketOpener, first_load
from corgea_tui.client.errors import Unreachable
from corgea_tui.client.httpx_carrier import connect
from corgea_tui.client.starter import listening, start_daemon
from daemon.protocol.paths import Paths
from tests.harness.control_server import delivery


@pytest.fixture
async def client(server):
    client = connect(server.path)
    yield client
    await client.close()


async def test_the_first_look_brings_the_lists_and_where_to_go_on(server):
    server.seq, server.deliveries = 41, [delivery("d1")]
    seen = await first_load(server.path)
    assert [row.id for row in seen.deliveries.items] == ["d1"]
    assert seen.seq == 41
    assert seen.daemon.role == "admin"


async def test_the_first_look_leaves_trouble_to_the_link(server, tmp_path):
    assert await first_load(tmp_path / "nothing.sock") is None
    server.answers["/v1/webhooks"] = (403, {"title": "no", "status": 403})
    assert await first_load(server.path) is None
    server.answers["/v1/webhooks"] = (200, b"no JSON")
    assert await first_load(server.path) is None


async def test_a_daemon_that_goes_away_is_unreachable(server, client):
    await server.stop()
    with pytest.raises(Unreachable, match="no daemon answers on"):
        await client.daemon()


async def test_a_given_socket_is_used_as_it_is(server):
    client = await SocketOpener(server.path)(lambda _: None)
    assert (await client.daemon()).login == "ann"
    await client.close()


async def test_no_daemon_is_started_where_it_is_forbidden(tmp_path):
    paths = Paths.resolve({"CORGEA_HOME": str(tmp_path / "home")})
    client = await LocalOpener(paths, start=False)(lambda _: None)
    with pytest.raises(Unreachable):
        await client.daemon()
    await client.close()
    assert not paths.data.exists()


async def test_a_path_that_is_too_long_is_explained(tmp_path):
    paths = Paths.resolve({"CORGEA_HOME": str(tmp_path / ("x" * 120))})
    with pytest.raises(Unreachable, match="set CORGEA_HOME"):
        await LocalOpener(paths, start=True)(lambda _: None)


@pytest.mark.slow
async def test_a_daemon_is_started_once_and_outlives_who_started_it(tmp_path, monkeypatch):
    monkeypatch.setenv("CORGEA_HOME", str(tmp_path / "h"))
    paths = Paths.resolve()
    process = start_daemon(paths)
    try:
        async with asyncio.timeout(20):
            while not await listening(paths.control):
                await asyncio.sleep(0.02)
        said = []
        client = await LocalOpener(paths, start=True)(said.append)
        assert (await client.daemon()).pid == process.pid
        assert said == []
        assert os.getsid(process.pid) != os.getsid(0)
        await client.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    assert "corgea-daemon" in paths.log.read_text()
