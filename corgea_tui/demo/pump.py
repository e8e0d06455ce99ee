"""Sends the demo's events to the daemon at their times, on a thread of its own."""

import threading
import time
from random import Random
from typing import Self

from corgea_tui.client import calls
from corgea_tui.client.api_call import encode
from corgea_tui.client.errors import ClientError
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.demo.stories import timeline

STOP_SECONDS = 5.0
RETRY_SECONDS = 1.0
"""Seconds until the next event after the daemon could not be reached."""


class EventPump:
    """Runs from `__enter__` to `__exit__`; pauses while the daemon cannot be reached."""

    def __init__(self, client: LeanClient, random: Random) -> None:
        """`client` is used only on this thread, and closed at its end."""
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
                    self._client.send(calls.emit(encode(event)))
                except ClientError:  # the user may stop the daemon to watch its recovery
                    if self._ended.wait(RETRY_SECONDS):
                        return
                    started = time.monotonic() - at
