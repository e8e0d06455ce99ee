"""The producer of the crash tests, in a process of its own that is never killed.

It lists the events that were acknowledged, on disk (fsync) before it counts them. It sends an event
again under the same id until it is acknowledged.
"""

import json
import os
import random
import threading
import time
from contextlib import suppress
from http.client import HTTPException
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, TextIO

from tests.crash.events import event
from tests.harness.client import UnixConnection

THREADS = 3
TIMEOUT = 20.0
"""Seconds for an answer; a daemon that dies closes the connection long before."""
_LONGEST_BATCH = 40


class Acknowledged:
    """The list: a line for each event, with the deliveries that the answer named."""

    def __init__(self, file: TextIO, count: "Synchronized[int]") -> None:
        self._file = file
        self._count = count
        self._lock = threading.Lock()

    def add(self, answers: list[dict[str, Any]]) -> None:
        """Note answers; they count from now on."""
        with self._lock:
            for answer in answers:
                self._file.write(json.dumps(answer) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self._count.value += len(answers)

    def complain(self, words: str, numbers: list[int]) -> None:
        """Note what a daemon must not do to a producer."""
        with self._lock:
            self._file.write(json.dumps({"complaint": f"{words}: events {numbers}"}) + "\n")
            self._file.flush()


class Producer:
    """Sends events up to the number that it may, some alone and some together."""

    def __init__(
        self, inbox: Path, acknowledged: Acknowledged, allowed: "Synchronized[int]", total: int
    ) -> None:
        self._inbox = inbox
        self._acknowledged = acknowledged
        self._allowed = allowed
        self._total = total
        self._next = 0
        self._lock = threading.Lock()

    def work(self, seed: int) -> None:
        """One thread: send until everything is sent."""
        chance = random.Random(seed)
        connection = UnixConnection(self._inbox, TIMEOUT)
        while (numbers := self._take(1 if chance.random() < 0.6 else _LONGEST_BATCH)) is not None:
            if not numbers:
                time.sleep(0.005)
                continue
            while numbers:
                try:
                    done = _send(connection, numbers)
                except (OSError, HTTPException) as error:
                    connection.close()
                    if isinstance(error, TimeoutError):
                        self._acknowledged.complain(f"no answer in {TIMEOUT} s", numbers)
                    time.sleep(0.02)
                    continue
                self._acknowledged.add(list(done.values()))
                numbers = [number for number in numbers if number not in done]
        connection.close()

    def _take(self, most: int) -> list[int] | None:
        """Some numbers to send; none for now; or None: all have been taken."""
        with self._lock:
            if self._next >= self._total:
                return None
            end = min(self._next + most, self._allowed.value, self._total)
            taken = list(range(self._next, end))
            self._next = max(end, self._next)
            return taken


def _send(connection: UnixConnection, numbers: list[int]) -> dict[int, dict[str, Any]]:
    """Send; the answers of those that were accepted, by number."""
    if len(numbers) == 1:
        connection.request("POST", "/v1/events", event(numbers[0]))
    else:
        body = b"\n".join(event(number) for number in numbers)
        connection.request("POST", "/v1/events", body, {"Content-Type": "application/x-ndjson"})
    answer = connection.getresponse()
    raw = answer.read()
    if answer.status >= 500:
        time.sleep(0.1)
        return {}
    if answer.status >= 400:
        raise AssertionError(f"an event was refused: {raw!r}")
    lines = [json.loads(line) for line in raw.splitlines()]
    assert len(lines) == len(numbers), "an answer for each line"
    return {n: line for n, line in zip(numbers, lines, strict=True) if "event_id" in line}


def run(
    inbox: Path,
    log: Path,
    allowed: "Synchronized[int]",
    count: "Synchronized[int]",
    total: int,
    seed: int,
) -> None:
    """The process: ends when every event has been acknowledged."""
    with log.open("a") as file, suppress(KeyboardInterrupt):
        producer = Producer(inbox, Acknowledged(file, count), allowed, total)
        threads = [
            threading.Thread(target=producer.work, args=(seed + n,), daemon=True)
            for n in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
