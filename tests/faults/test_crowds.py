"""Many producers and watchers that do not read what they are sent.

The daemon's memory stays bounded and the others are served. `CORGEA_FUZZ=N` has N times as many.
"""

import json
import os
import resource
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.harness.client import NDJSON
from tests.harness.daemon import until

MORE = int(os.environ.get("CORGEA_FUZZ", "1"))
CROWD = 40
MEGABYTE = 2**20


def connected(held, path):
    """A peer that can take next to nothing, and takes less."""
    peer = held.enter_context(socket.socket(socket.AF_UNIX))
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.settimeout(0.05)
    peer.connect(str(path))
    return peer


def post(body, content_type="application/json"):
    head = f"POST /v1/events HTTP/1.1\r\nHost: c\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def event(n):
    return json.dumps({"event_type": "scan.started", "data": {"n": n}}).encode()


@pytest.mark.timeout(120)
def test_producers_that_never_read_an_answer(daemon):
    daemon.start()
    daemon.emit("scan.started", 100)
    before = daemon.memory_bytes()
    refused = b"\n".join([b'{"event_type":"nope","data":{}}'] * 1_000)
    with ExitStack() as held:
        for _ in range(CROWD * MORE):
            peer = connected(held, daemon.inbox)
            with suppress(TimeoutError):
                for _ in range(20):  # the answers to which are larger than what is sent
                    peer.sendall(post(refused, NDJSON))
        assert daemon.submit(json.loads(event(1)))["event_id"]
        assert daemon.memory_bytes() - before < 60 * MEGABYTE
    assert daemon.submit(json.loads(event(2)))["event_id"]


@pytest.mark.timeout(120)
def test_tiny_events_without_end(daemon):
    """One a request, as fast as they go, a hundred requests in a write."""
    daemon.start()
    daemon.emit("scan.started", 100)
    before, many = daemon.memory_bytes(), 3_000 * MORE
    with ExitStack() as held:
        peer = held.enter_context(socket.socket(socket.AF_UNIX))
        peer.connect(str(daemon.inbox))
        for start in range(0, many, 100):
            peer.sendall(b"".join(post(event(n)) for n in range(start, start + 100)))
            answers = b""
            while answers.count(b"HTTP/1.1 202 ") < 100:
                answers += peer.recv(65536)
    assert daemon.call("GET", "/v1/events?limit=1")["total"] in {many + 100, None}
    assert daemon.memory_bytes() - before < 40 * MEGABYTE


@pytest.mark.timeout(120)
def test_watchers_that_never_read(daemon):
    """Each gets a gap or everything once it reads; until then nothing accumulates for it."""
    daemon.start()
    form = {"name": "a", "url": "https://127.0.0.1:9/", "events": ["scan.started"]}
    daemon.call("POST", "/v1/webhooks", {**form, "retry": {"schedule": []}})
    daemon.call("POST", "/v1/webhooks/a/pause")  # two changes an event, and no waiting
    before = daemon.memory_bytes()
    with ExitStack() as held:
        watchers = [connected(held, daemon.control) for _ in range(CROWD * MORE)]
        for watcher in watchers:
            watcher.sendall(b"GET /v1/watch HTTP/1.1\r\nHost: c\r\n\r\n")
        until(lambda: len(daemon.call("GET", "/v1/peers")["items"]) > len(watchers))
        for _ in range(12):
            daemon.emit("scan.started", 1_000)
        assert daemon.memory_bytes() - before < 150 * MEGABYTE
        last = daemon.call("GET", "/v1/jobs")["seq"]
        assert read_up_to(watchers[0], last)
    assert daemon.stop() == 0


def read_up_to(watcher, seq):
    """Whether a watcher that begins to read comes to change `seq`, or is told of a gap."""
    watcher.settimeout(20)
    text = b""
    while True:
        text += watcher.recv(65536)
        for line in text.split(b"\n")[:-1]:
            found = line.startswith(b'{"seq":') and json.loads(line)
            if found and (found["type"] == "gap" or found["seq"] >= seq):
                return True
        text = text.rpartition(b"\n")[2]


@pytest.mark.timeout(120)
def test_watchers_that_ask_for_everything_and_read_nothing(daemon):
    """Each watcher once held all that it had missed, and encoding it delayed all other calls."""
    daemon.start()
    form = {"name": "h", "url": "https://127.0.0.1:1/", "events": ["scan.started"]}
    daemon.call("POST", "/v1/webhooks", {**form, "retry": {"schedule": []}})
    for _ in range(4):
        daemon.emit("scan.started", 2_000)
    assert daemon.settled(60)
    before = daemon.memory_bytes()
    with ExitStack() as held:
        for number in range(CROWD * MORE):
            peer = connected(held, daemon.control)
            peer.sendall(b"GET /v1/watch?since=0 HTTP/1.1\r\nHost: c\r\n\r\n")
            if number % 10 == 0:
                daemon.call("GET", "/v1/daemon")
        assert daemon.call("GET", "/v1/daemon")["role"] == "admin"
        assert daemon.memory_bytes() - before < 5 * CROWD * MORE * MEGABYTE
    # Connections that come and go leave nothing.
    for _ in range(CROWD * MORE):
        with ExitStack() as held:
            peer = connected(held, daemon.control)
            peer.sendall(b"GET /v1/watch?since=0 HTTP/1.1\r\nHost: c\r\n\r\n")
    daemon.call("GET", "/v1/daemon")
    assert daemon.memory_bytes() - before < 5 * CROWD * MORE * MEGABYTE


@pytest.mark.timeout(120)
def test_a_lack_of_descriptors_is_logged_once_and_ends_when_there_are_some(daemon):
    """The log once had thousands of lines a second, a gigabyte in an afternoon."""
    daemon.start()
    room = len(list(Path(f"/proc/{daemon.pid}/fd").iterdir())) + 10
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (room, room))
    with ExitStack() as held:
        for _ in range(CROWD):
            connected(held, daemon.control)
        until(lambda: "connections cannot be accepted" in daemon.log())
        time.sleep(2.5)  # in which it tries again twice
        assert daemon.log().count("\n") < 20
    until(lambda: daemon.submit(json.loads(event(1)))["event_id"])


def test_the_limit_of_descriptors_is_raised_to_what_is_allowed(daemon):
    daemon.start()
    soft, hard = resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE)
    assert soft == min(hard, 65_536) or soft > 65_536
