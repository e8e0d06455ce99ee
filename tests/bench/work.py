"""The events that are sent: the documentation's `scan.completed`, each for one of the projects."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from daemon.domain.events.documented_samples import documented_sample

EVENT_TYPE = "scan.completed"
LINES = 1_000
"""Events in one NDJSON body."""


@lru_cache(maxsize=1024)
def data(project: str) -> bytes:
    """The sample's data with a project of its own, compact."""
    found: dict[str, Any] = documented_sample(EVENT_TYPE)["data"]
    found["project"] = {"id": project, "name": "Production API"}
    return json.dumps(found, separators=(",", ":")).encode()


def event(project: str) -> bytes:
    """One event of a project, without an id and a timestamp of its own."""
    return b'{"event_type":"%b","data":%b}' % (EVENT_TYPE.encode(), data(project))


def project(number: int) -> str:
    """The project of webhook `number`."""
    return f"project-{number}"


def bodies(events: int, projects: int) -> Iterator[bytes]:
    """NDJSON bodies of `events` in all, the projects taking turns."""
    for start in range(0, events, LINES):
        numbers = range(start, min(start + LINES, events))
        yield b"\n".join(event(project(n % projects)) for n in numbers) + b"\n"
