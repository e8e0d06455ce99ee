"""From emit to receipt: when an event was handed to the daemon, and when nginx had answered it."""

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
from tests.bench.house import House
from tests.bench.nginx import Nginx


class Receipts:
    """Notes when each delivery has arrived, for as long as the block lasts."""

    def __init__(self, nginx: Nginx) -> None:
        self._told = nginx.told
        self._thread = threading.Thread(target=self._read)
        self._over = False
        self.arrived: dict[str, float] = {}
        """The moment of each delivery's receipt by its id."""

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
        self._over = True
        self._thread.join()

    def _read(self) -> None:
        while not self._over:
            with suppress(socket.timeout):
                line = self._told.recv(1024)
                self.arrived[line.rpartition(b" ")[2].decode()] = time.perf_counter()


def emit_paced(
    house: House,
    receipts: Receipts,
    projects: Iterable[str],
    pause: float,
    chance: Random | None = None,
) -> dict[str, list[float]]:
    """Emit an event for each of `projects`, one every `pause` seconds.

    With `chance`, they come as events do: each at any moment, whenever the others come. In step,
    what follows from one event would always, or never, be in the way of the next.

    Returns the milliseconds from emit to receipt, by project, of those below `/told`.
    """
    sent: list[tuple[str, str, float]] = []
    due = time.perf_counter()
    for project in projects:
        time.sleep(max(0.0, due - time.perf_counter()))
        due += pause if chance is None else chance.expovariate(1 / pause)
        moment = time.perf_counter()
        answer = house.inbox.call("POST", "/v1/events", work.event(project))
        sent += [(project, each["id"], moment) for each in answer["deliveries"]]
    told = _told_of(house)
    expected = [each for each in sent if each[0] in told]
    wait_until(lambda: all(uid in receipts.arrived for _, uid, _ in expected), 30)
    found: dict[str, list[float]] = {}
    for project, uid, moment in expected:
        found.setdefault(project, []).append((receipts.arrived[uid] - moment) * 1000)
    return found


def _told_of(house: House) -> set[str]:
    webhooks = house.control.call("GET", "/v1/webhooks")["items"]
    return {each["projects"][0] for each in webhooks if "/told" in each["url"]}
