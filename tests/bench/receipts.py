"""From emit to receipt: the time from an event's POST to nginx's answer to its delivery."""

import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from random import Random
from types import TracebackType
from typing import Self

from tests.bench import work
from tests.bench.client import wait_until
from tests.bench.daemon_process import BenchDaemon
from tests.bench.nginx import Nginx


class Receipts:
    """Notes when each delivery arrives, until the block ends."""

    def __init__(self, nginx: Nginx) -> None:
        self._told = nginx.told
        self._thread = threading.Thread(target=self._read)
        self._ended = False
        self.arrived: dict[str, float] = {}
        """The moment of each delivery's receipt, by its id."""

    def __enter__(self) -> Self:
        self._told.settimeout(0.1)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended = True
        self._thread.join()

    def _read(self) -> None:
        while not self._ended:
            with suppress(socket.timeout):
                line = self._told.recv(1024)
                self.arrived[line.rpartition(b" ")[2].decode()] = time.perf_counter()


def emit_paced(
    daemon: BenchDaemon,
    receipts: Receipts,
    projects: Iterable[str],
    pause: float,
    chance: Random | None = None,
) -> dict[str, list[float]]:
    """Emit an event for each of `projects`, one every `pause` seconds.

    With `chance`, they come at random moments, as events do. At equal intervals, the work for one
    event would always, or never, delay the next.

    Returns the milliseconds from emit to receipt, by project, of those below `/told`.
    """
    sent: list[tuple[str, str, float]] = []
    due = time.perf_counter()
    for project in projects:
        time.sleep(max(0.0, due - time.perf_counter()))
        due += pause if chance is None else chance.expovariate(1 / pause)
        moment = time.perf_counter()
        answer = daemon.inbox.call("POST", "/v1/events", work.event(project))
        sent += [(project, each["id"], moment) for each in answer["deliveries"]]
    told = _told_of(daemon)
    expected = [each for each in sent if each[0] in told]
    wait_until(lambda: all(uid in receipts.arrived for _, uid, _ in expected), 30)
    found: dict[str, list[float]] = {}
    for project, uid, moment in expected:
        found.setdefault(project, []).append((receipts.arrived[uid] - moment) * 1000)
    return found


def _told_of(daemon: BenchDaemon) -> set[str]:
    webhooks = daemon.control.call("GET", "/v1/webhooks")["items"]
    return {each["projects"][0] for each in webhooks if "/told" in each["url"]}
