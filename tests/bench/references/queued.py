"""What both task queues share: the body that is posted, its signature, a count of ended tasks."""

import hashlib
import hmac
import os
from pathlib import Path

from daemon.domain.events.event import payload_bytes
from tests.bench import work
from tests.bench.client import wait_until

SECRET = b"bench-secret-of-at-least-32-characters"

URL, CA_FILE, FOLDER = "BENCH_URL", "BENCH_CA", "BENCH_FOLDER"
"""The environment variables of a worker's process."""


def folder() -> Path:
    """The folder of this run's queue."""
    return Path(os.environ[FOLDER])


def body() -> str:
    """The event of one task."""
    event_id = "01946d2e-8c80-7000-8000-000000000000"
    data = work.data(work.project(0))
    return payload_bytes(event_id, work.EVENT_TYPE, "2025-01-15T15:45:00.000Z", data).decode()


def headers(content: bytes) -> dict[str, str]:
    """The headers that a receiver checks."""
    return {
        "Content-Type": "application/json",
        "X-Corgea-Event": work.EVENT_TYPE,
        "X-Corgea-Signature": hmac.new(SECRET, content, hashlib.sha256).hexdigest(),
    }


class Tally:
    """Counts ended tasks over all processes, cheaply: a byte in a file for each."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "tally"
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def add(self) -> None:
        """Count one ended task."""
        os.write(self._file, b".")

    def wait(self, count: int) -> None:
        """Return when `count` tasks have ended."""
        wait_until(lambda: self._path.stat().st_size >= count, every=0.005)
