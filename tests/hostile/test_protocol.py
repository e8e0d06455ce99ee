"""Bytes that no HTTP library would send, against a daemon in a process of its own.

Throughout, the daemon answers `GET /v1/daemon` within a second, and afterwards it holds no more
descriptors than before. `CORGEA_FUZZ` multiplies how much is sent.
"""

import os
import random
import socket
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.harness.daemon import running_daemon

MORE = int(os.environ.get("CORGEA_FUZZ", "1"))
PATIENCE = 1.0
SLACK = 8
"""Descriptors that come with the time: watched folders, a reader's connection to the store."""
EVENT = b'{"event_type":"scan.completed","data":{}}'
GET = b"GET /v1/daemon HTTP/1.1\r\nHost: c\r\n\r\n"


def post(body=EVENT, *headers, length=None):
    lines = [
        b"POST /v1/events HTTP/1.1",
        b"Host: c",
        b"Content-Length: %d" % (len(body) if length is None else length),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def daemon():
    with running_daemon() as process:
        yield process
        assert "Traceback" not in process.log()
        assert "failed" not in process.log()


def connect(daemon, name="control"):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(str(daemon.home / "run" / f"{name}.sock"))
    peer.settimeout(15)
    return peer


def read(peer) -> bytes:
    """All that comes until the daemon hangs up, or nothing does any more."""
    answer = b""
    with suppress(ConnectionError, TimeoutError):
        while part := peer.recv(65536):
            answer += part
    return answer


def ask(daemon) -> float:
    """Seconds that a sound call takes."""
    started = time.monotonic()
    with connect(daemon) as peer:
        peer.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert read(peer).startswith(b"HTTP/1.1 200 ")
    return time.monotonic() - started


def descriptors(daemon) -> int:
    return len(list(Path(f"/proc/{daemon.pid}/fd").iterdir()))


def memory(daemon) -> int:
    """Resident bytes."""
    pages = int(Path(f"/proc/{daemon.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def answering(daemon):
    """Inside, the daemon answers sound calls quickly; afterwards it holds what it held before."""
    for _ in range(4):
        ask(daemon)  # every reader has its connection to the store
    before, over, waits = descriptors(daemon), threading.Event(), []

    def keep_asking():
        waits.append(ask(daemon))
        while not over.wait(0.05):
            waits.append(ask(daemon))

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()
    assert waits
    assert max(waits) < PATIENCE
    deadline = time.monotonic() + 15
    while descriptors(daemon) > before + SLACK:
        assert time.monotonic() < deadline, "descriptors are not given back"
        time.sleep(0.05)


REQUESTS = {
    "negative length": post(length=-1),
    "two lengths": post(EVENT, b"Content-Length: 1"),
    "length and chunks": post(EVENT, b"Transfer-Encoding: chunked"),
    "plus in length": post().replace(b"Length: ", b"Length: +"),
    "length of letters": post().replace(b"Length: ", b"Length: 0x"),
    "huge length": post(length=10**30),
    "long length": post().replace(b"Length: ", b"Length: " + b"0" * 20_000),
    "chunk of letters": b"POST /v1/events HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"xyz\r\n",
    "negative chunk": b"POST /v1/events HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"-1\r\nx\r\n0\r\n\r\n",
    "huge chunk": b"POST /v1/events HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"fffffffffffffffff\r\nx",
    "chunk extensions": b"POST /v1/events HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
     b"1;" + b"a" * 100_000,
    "twice chunked": b"POST /v1/events HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked, chunked"
    b"\r\n\r\n0\r\n\r\n",
    "identity then chunked": b"POST /v1/events HTTP/1.1\r\nHost: c\r\n"
    b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "endless line": b"GET /" + b"a" * 200_000,
    "endless header": b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000,
    "many headers": b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 50_000,
    "folded header": b"GET /v1/daemon HTTP/1.1\r\nHost: c\r\n folded: x\r\n\r\n",
    "space before colon": b"GET /v1/daemon HTTP/1.1\r\nHost : c\r\n\r\n",
    "NUL in header": b"GET /v1/daemon HTTP/1.1\r\nHost: c\0d\r\n\r\n",
    "bare newlines": b"GET /v1/daemon HTTP/1.1\nHost: c\n\n",
    "bare returns": b"GET /v1/daemon HTTP/1.1\rHost: c\r\r",
    "only newlines": b"\r\n" * 100_000,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9.9": b"GET / HTTP/9.9\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500,
    "controls": b"\x1b]0;owned\x07GET / HTTP/1.1\r\n\r\n",
    "gzip": post(b"\x1f\x8b" + b"\0" * 50, b"Content-Encoding: gzip"),
    "upgrade": GET[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + b"x" * 1000,
    "continue, never sent": post(b"", b"Expect: 100-continue", length=100),
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
def test_a_bad_request_is_answered_or_cut_and_harms_no_other(daemon, name):
    with connect(daemon) as peer:
        with suppress(BrokenPipeError, ConnectionResetError):
            peer.sendall(REQUESTS[name])
            peer.shutdown(socket.SHUT_WR)
        answer = read(peer)
    for line in answer.split(b"\r\n"):
        if line.startswith(b"HTTP/1.1 "):
            assert not line.startswith(b"HTTP/1.1 5"), answer[:300]
    assert b"\x1b" not in answer
    assert ask(daemon) < PATIENCE


def test_bytes_after_a_badly_framed_request_are_not_a_request(daemon):
    # Where two readers could disagree on where a body ends, nothing after it may be carried out.
    smuggled = post(b'{"event_type":"scan.started","event_id":"smuggled","data":{}}')
    for name in ("two lengths", "length and chunks", "twice chunked", "negative length"):
        with connect(daemon) as peer:
            with suppress(ConnectionError):
                peer.sendall(REQUESTS[name] + smuggled)
            answer = read(peer)
        assert answer.count(b"HTTP/1.1 ") <= 1, (name, answer)
    with connect(daemon) as peer:
        peer.sendall(b"GET /v1/events/smuggled HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n")
        assert read(peer).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("size", [1, 7, 64])
def test_writes_may_be_split_anywhere(daemon, size):
    whole = GET + post() + GET[:-2] + b"Connection: close\r\n\r\n"
    with connect(daemon) as peer:
        for start in range(0, len(whole), size):
            peer.sendall(whole[start : start + size])
        answer = read(peer)
    statuses = [part[1:4] for part in answer.split(b"HTTP/1.1")[1:]]
    assert statuses == [b"200", b"202", b"200"]


def test_a_long_pipeline_is_answered_in_order(daemon):
    with answering(daemon), connect(daemon, "inbox") as peer:
        sender = threading.Thread(target=peer.sendall, args=(post() * 500,))
        sender.start()
        answer = b""
        while answer.count(b"HTTP/1.1 202 ") < 500:
            answer += peer.recv(65536)
        sender.join()


def test_two_hundred_slow_peers_delay_no_other(daemon):
    with answering(daemon), ExitStack() as held:
        peers = [held.enter_context(connect(daemon)) for _ in range(200)]
        for step in range(10):
            for number, peer in enumerate(peers):
                with suppress(ConnectionError):
                    peer.sendall(b"GET /v1/daemon HTTP/1.1\r\nX: "[step : step + 1 + number % 2])
            time.sleep(0.05)


def test_peers_that_hang_up_half_way_leave_nothing(daemon):
    with answering(daemon):
        for number in range(300 * MORE):
            with connect(daemon, "inbox" if number % 2 else "control") as peer:
                peer.sendall(post()[: number % len(post())])


def mutated(dice: random.Random) -> bytes:
    """A sound request or two with a few bytes changed, doubled, dropped or put in."""
    whole = bytearray(b"".join(dice.choices((GET, post(), post(b"", length=0)), k=2)))
    for _ in range(dice.randint(1, 6)):
        at, length = dice.randrange(len(whole)), dice.randint(0, 8)
        odd = dice.choice(
            (b"", b"\r\n", b"\0", b"\xff", b":", b" ", b"\r", b"\n", dice.randbytes(4))
        )
        whole[at : at + length] = dice.choice((odd, odd * 50, whole[at : at + length] * 2))
    return bytes(whole)


@pytest.mark.parametrize("seed", range(2 * MORE))
def test_mutated_requests(daemon, seed):
    dice = random.Random(seed)
    grown = memory(daemon)
    with answering(daemon):
        for _ in range(200):
            request = mutated(dice)
            with connect(daemon, dice.choice(("control", "inbox"))) as peer:
                with suppress(ConnectionError):
                    peer.sendall(request)
                    peer.shutdown(socket.SHUT_WR)
                answer = read(peer)
            assert b"HTTP/1.1 500" not in answer, request
    assert memory(daemon) < grown + 30 * 1024 * 1024


def test_sixteen_million_bytes_of_lines_cost_no_memory_that_stays(daemon):
    grown = memory(daemon)
    with answering(daemon):
        for body in (b"\n" * 16_000_000, b" \n" * 8_000_000, b"x\n" * 8_000_000):
            with connect(daemon, "inbox") as peer:
                kind = (b"Content-Type: application/x-ndjson", b"Connection: close")
                with suppress(ConnectionError):
                    peer.sendall(post(body, *kind))
                assert read(peer)[9:12] in {b"200", b"413"}
    assert memory(daemon) < grown + 80 * 1024 * 1024
