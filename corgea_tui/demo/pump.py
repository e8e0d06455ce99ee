"""Sends the stories' events to the daemon at their times, on a thread of its own."""

import threading
import time
from random import Random
from typing import Self

from corgea_tui.client import calls
from corgea_tui.client.errors import ClientError
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.demo.stories import timeline

STOP_SECONDS = 5.0
AGAIN = 1.0
"""Seconds until the next event after the daemon could not be reached."""


class Pump:
    """Runs from `__enter__` to `__exit__`; while the daemon is gone the stories stand still."""

    def __init__(self, client: LeanClient, random: Random) -> None:
        """`client` is used on the pump's thread alone, and closed with it."""
        self._client = client
        self._events = timeline(random)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        started = time.monotonic()
        with self._client:
            for at, event in self._events:
                if self._ended.wait(max(0.0, started + at - time.monotonic())):
                    return
                try:
                    self._client.send(calls.emit(calls.encode(event)))
                except ClientError:  # killed, maybe, to see what becomes of it once it is back
                    if self._ended.wait(AGAIN):
                        return
                    started = time.monotonic() - at
