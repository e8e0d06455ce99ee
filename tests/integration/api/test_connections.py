"""What peers do to a connection: half requests, slow bodies, garbage, pipelines, silence."""

import asyncio
import socket
import stat
import subprocess
import sys
import time

import pytest

from daemon.api.sockets import bind_socket, inherited_sockets
from daemon.protocol.paths import PathProblem
from tests.harness.client import raw_answer, raw_connection

EVENT = b'{"event_type":"scan.completed","data":{}}'
GET = b"GET /v1/jobs HTTP/1.1\r\nHost: c\r\n\r\n"


def post(body=EVENT, length=None):
    return b"POST /v1/events HTTP/1.1\r\nHost: c\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body) if length is None else length,
        body,
    )


async def ended(reader):
    """What still comes before the daemon closes the connection."""
    async with asyncio.timeout(5):
        return await reader.read()


async def dripped(path, first, piece):
    """What is answered to somebody who goes on to send small pieces as long as it is let."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX) as peer:
        peer.setblocking(False)
        await loop.sock_connect(peer, str(path))
        await loop.sock_sendall(peer, first)
        for _ in range(100):
            await asyncio.sleep(0.02)
            try:
                await loop.sock_sendall(peer, piece)
            except BrokenPipeError:
                return await loop.sock_recv(peer, 65536)
    raise AssertionError("nobody said stop")


async def nobody_left(rig):
    async with asyncio.timeout(5):
        while rig.api.connections():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("half", [b"G", b"GET /v1/jobs HTTP/1.1\r\nHost: c\r\n", post()[:30]])
async def test_half_a_head_and_silence(rig, quick, half):
    async with raw_connection(rig.paths.control) as (reader, writer):
        writer.write(half)
        answer = await ended(reader)
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert b"application/problem+json" in answer
    await nobody_left(rig)


async def test_a_head_that_drips(rig, quick):
    assert (await dripped(rig.paths.control, GET[:-2], b"X-A: b\r\n")).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("socket_name", ["control", "inbox"])
async def test_half_a_body_and_silence(rig, quick, socket_name):
    async with raw_connection(getattr(rig.paths, socket_name)) as (reader, writer):
        writer.write(post(EVENT[:10], len(EVENT)))
        assert (await ended(reader)).startswith(b"HTTP/1.1 408 ")
    await nobody_left(rig)
    assert (await rig.get("/v1/events")).json["total"] == 0


async def test_a_slow_body_that_arrives_in_time(rig, quick):
    async with raw_connection(rig.paths.inbox) as (reader, writer):
        whole = post()
        for start in range(0, len(whole), 20):
            writer.write(whole[start : start + 20])
            await asyncio.sleep(0.005)
        assert (await raw_answer(reader))[0] == 202


async def test_a_body_that_drips_is_cut_off(rig, quick):
    assert (await dripped(rig.paths.inbox, post(b"", 1000), b"x")).startswith(b"HTTP/1.1 408 ")


async def test_half_a_request_behind_a_whole_one(rig, quick):
    for first in (GET, post()):
        async with raw_connection(rig.paths.control) as (reader, writer):
            writer.write(first + GET[:15])
            assert (await raw_answer(reader))[0] in {200, 202}
            started = time.monotonic()
            await ended(reader)
            assert time.monotonic() - started < 0.7, "as long as an idle connection may be kept"


async def test_an_idle_connection_is_kept_for_a_while(rig, quick):
    async with raw_connection(rig.paths.control) as (reader, writer):
        for _ in range(2):
            writer.write(GET)
            assert (await raw_answer(reader))[0] == 200
            await asyncio.sleep(0.5)  # longer than a request may take to arrive
        assert await ended(reader) == b""
    async with raw_connection(rig.paths.control) as (reader, _):
        assert await ended(reader) == b"", "and so is one that never asks"
    await nobody_left(rig)


async def test_requests_in_a_pipeline_are_answered_in_order(rig):
    async with raw_connection(rig.paths.control) as (reader, writer):
        writer.write(post() + GET + post(b"{}") + GET)
        statuses = [(await raw_answer(reader))[0] for _ in range(4)]
        assert statuses == [202, 200, 422, 200]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /v1/jobs HTTP/1.1\r\nno colon here\r\n\r\n",
        b"GET /v1/jobs HTTP/1.1\r\nHost: c\r\nContent-Length: -1\r\n\r\n",
        b"GET /v1/jobs HTTP/1.1\r\nHost: c\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /v1/jobs HTTP/1.1\r\nHost: c\r\nX: a\x00b\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /v1/jobs HTTP/1.1\r\nHost: c\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /v1/jobs HTTP/1.1\r\n" + b"X-A: a\r\n" * 10_000 + b"\r\n",
    ],
)
async def test_garbage_is_answered_with_a_problem_and_the_connection_closed(rig, garbage):
    async with raw_connection(rig.paths.control) as (reader, writer):
        writer.write(garbage)
        answer = await ended(reader)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head[8:].startswith(b" 400 Bad Request"), answer[:300]
        assert b"application/problem+json" in head
        assert b'"title":"Bad request"' in body
        assert len(answer) < 1000, "what was sent is not sent back"
    assert (await rig.get("/v1/jobs")).status == 200
    assert "Traceback" not in rig.log._printed.stream.getvalue()


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /nothing", 404),
        (b"GET /v1/jobs/", 404),
        (b"GET //v1/jobs", 404),
        (b"GET /v1/../v1/jobs", 404),
        (b"GET http://elsewhere/v1/jobs", 200),
        (b"PATCH /v1/jobs", 405),
        (b"HEAD /v1/jobs", 405),
        (b"OPTIONS *", 404),
        (b"CONNECT corgea:1", 404),
        (b"GET /v1/deliveries/%ff%00", 404),
        (b"GET /v1/webhooks/%2e%2e%2f", 404),
    ],
)
async def test_strange_but_sound_requests(rig, request_line, status):
    async with raw_connection(rig.paths.control) as (reader, writer):
        writer.write(request_line + b" HTTP/1.1\r\nHost: c\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status), head


async def test_an_upgrade_is_no_way_around(rig):
    async with raw_connection(rig.paths.control) as (reader, writer):
        upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        writer.write(GET[:-2] + upgrade + b"\x81\x05hello" * 1000)
        assert (await raw_answer(reader))[0] == 200


async def test_a_peer_that_hangs_up_half_way_leaves_nothing_behind(rig):
    for part in (b"", GET[:9], post()[:-5], post()):
        async with raw_connection(rig.paths.inbox) as (_, writer):
            writer.write(part)
            await writer.drain()
    await nobody_left(rig)
    assert (await rig.call("POST", "/v1/events", EVENT)).status == 202


async def test_a_peer_that_never_reads_its_answer_is_let_go(rig, quick):
    event = b'{"event_type":"nope","data":{},"x":1}\n'
    body = event * 5_000
    with socket.socket(socket.AF_UNIX) as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(peer, str(rig.paths.inbox))
        head = b"POST /v1/events HTTP/1.1\r\nHost: c\r\nContent-Type: application/x-ndjson\r\n"
        await loop.sock_sendall(peer, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        await nobody_left(rig)


async def test_too_many_connections_get_one_answer_each_and_then_none(rig):
    rig.api.usage._quotas = rig.api.usage._quotas.__class__(own_connections=2)
    held = [await asyncio.open_unix_connection(str(rig.paths.control)) for _ in range(5)]
    await asyncio.sleep(0.05)
    statuses = []
    for reader, writer in held:
        writer.write(GET)
        try:
            statuses.append((await raw_answer(reader))[0])
        except (asyncio.IncompleteReadError, ConnectionError):
            statuses.append(None)
    assert statuses == [200, 200, 429, 429, None]
    for _, writer in held:
        writer.close()
    await nobody_left(rig)
    assert (await rig.get("/v1/jobs")).status == 200


async def test_too_many_requests_are_asked_to_slow_down(rig, monkeypatch):
    monkeypatch.setattr(rig.api.usage, "_is_own", lambda _: False)
    rig.api.usage._quotas = rig.api.usage._quotas.__class__(requests_a_second=3)
    answers = [await rig.get("/v1/jobs") for _ in range(5)]
    assert [answer.status for answer in answers][:3] == [200, 200, 200]
    assert answers[-1].status == 429
    assert answers[-1].headers["retry-after"] == "1"


async def test_a_fault_of_ours_tells_nothing_of_the_inside(rig, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(rig.service.registry, "all", fail)
    answer = await rig.get("/v1/webhooks")
    assert answer.status == 500
    assert b"secret detail" not in answer.body
    assert "secret detail" in rig.log.ring.numbered()[-1][1].message


def test_sockets_are_their_owners_alone_or_a_groups(tmp_path):
    path = tmp_path / "s.sock"
    for mode, group in ((0o600, None), (0o660, "root")):
        listener = bind_socket(path, mode, group)
        assert stat.S_IMODE(path.stat().st_mode) == mode
        listener.close()  # and what a dead daemon left lying there is no hindrance


def test_a_group_that_is_not_there_is_named(tmp_path):
    with pytest.raises(PathProblem, match="no group 'nobody-here'"):
        bind_socket(tmp_path / "s.sock", 0o660, "nobody-here")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(PathProblem, match=r"cannot listen on .*gone"):
        bind_socket(tmp_path / "gone" / "s.sock")


def test_sockets_of_another_process_are_not_taken_over():
    environment = {"LISTEN_PID": "1", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b", "HOME": "/"}
    assert inherited_sockets(environment) == {}
    assert environment == {"HOME": "/"}


INHERITS = """
import os, socket, sys
from daemon.api.sockets import inherited_sockets
listener = socket.socket(socket.AF_UNIX); listener.bind(sys.argv[1]); listener.listen()
os.dup2(listener.fileno(), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
(name, taken), = inherited_sockets(os.environ).items()
print(name, taken.fileno(), os.get_inheritable(3), "LISTEN_FDS" in os.environ)
"""


async def test_sockets_are_taken_over_from_systemd(tmp_path):
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-c", INHERITS, str(tmp_path / "control.sock"), stdout=subprocess.PIPE
    )
    said, _ = await started.communicate()
    assert said.split() == [b"control.sock", b"3", b"False", b"False"]
