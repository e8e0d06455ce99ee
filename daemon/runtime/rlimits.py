"""File descriptors: as many as may be had, and one line when they run out all the same."""

import asyncio
import logging
import resource
from contextlib import suppress
from typing import Any

log = logging.getLogger(__name__)

WANTED = 65_536
AGAIN_AFTER = 10.0
"""Seconds between two lines about the same shortage."""
_SHORT = "socket.accept() out of system resource"


def want_many() -> None:
    """Raise the soft limit: shells and desktops give 1,024, which a few crowds use up."""
    with suppress(OSError, ValueError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class FileShortage:
    """A loop's handler of what nobody caught, which does not repeat itself about descriptors.

    asyncio tells of every connection that it cannot accept, thousands of times a second.
    """

    def __init__(self) -> None:
        self._told: float | None = None

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log it, or not."""
        if context.get("message") != _SHORT:
            loop.default_exception_handler(context)
            return
        now = loop.time()
        if self._told is None or now - self._told >= AGAIN_AFTER:
            self._told = now
            log.error("nobody can connect now: %s; raise LimitNOFILE", context.get("exception"))
