"""Sockets that another process holds open, as systemd does: restarts refuse no producer."""

import threading
from contextlib import ExitStack
from http.client import HTTPException

import pytest

from daemon.api.sockets import bind_socket
from daemon.protocol.paths import Paths
from tests.harness.client import ask
from tests.harness.daemon import DaemonProcess, until

HANDED_OVER = """
import os, sys
from fcntl import F_DUPFD, fcntl
held = [fcntl(fd, F_DUPFD, 100) for fd in {fds}]
for number, fd in enumerate(held, 3):
    os.dup2(fd, number)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(held)))
os.execv(sys.executable, [sys.executable, "-m", "daemon", "run"])
"""
"""Descriptors from 3 on, and whom they are for (sd_listen_fds(3))."""


@pytest.fixture
def activated(home):
    """A daemon that is handed its sockets; they stay when it ends."""
    paths = Paths.resolve({"CORGEA_HOME": str(home)})
    paths.make()
    with ExitStack() as held:
        listeners = [held.enter_context(bind_socket(p)) for p in (paths.inbox, paths.control)]
        fds = tuple(listener.fileno() for listener in listeners)
        daemon = DaemonProcess(home, ("-c", HANDED_OVER.format(fds=fds)))
        daemon.pass_fds = fds
        yield daemon
        daemon.kill()


class Producer(threading.Thread):
    """Sends event after event, each on a connection of its own; what it gets for them."""

    def __init__(self, daemon):
        super().__init__()
        self._daemon = daemon
        self.over = False
        self.accepted = []
        self.unanswered = []

    def run(self):
        while not self.over:
            event = {"event_type": "scan.completed", "data": {"n": len(self.accepted)}}
            try:
                answer = ask(self._daemon.inbox, "POST", "/v1/events", event)
            except (OSError, HTTPException) as error:
                self.unanswered.append(error)
            else:
                self.accepted.append(answer["event_id"])


def accepted(producers):
    return sum(len(producer.accepted) for producer in producers)


@pytest.mark.timeout(120)
def test_over_restarts_every_producer_is_answered(activated):
    activated.start()
    producers = [Producer(activated) for _ in range(4)]
    for producer in producers:
        producer.start()
    for _ in range(3):
        before = accepted(producers)
        until(lambda before=before: accepted(producers) > before + 50)
        assert activated.stop() == 0
        assert activated.inbox.exists()
        activated.start()
    for producer in producers:
        producer.over = True
    for producer in producers:
        producer.join()
    assert [error for producer in producers for error in producer.unanswered] == []
    events = activated.call("GET", "/v1/events?limit=1")
    assert events["total"] == accepted(producers)
