"""Limits of the process: many file descriptors, no core dumps; logs a shortage of descriptors."""

import asyncio
import logging
import resource
from contextlib import suppress
from typing import Any

log = logging.getLogger(__name__)

ENOUGH_FILES = 65_536
REPEAT_SECONDS = 10.0
"""Seconds between two lines about the same shortage."""
_ACCEPT_FAILED = "socket.accept() out of system resource"


def raise_file_limit() -> None:
    """Raise the soft limit on files: shells and desktops set 1,024, which a busy daemon exceeds."""
    with suppress(OSError, ValueError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        files = ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(ENOUGH_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))


def forbid_core_dumps() -> None:
    """Forbid core dumps: the memory holds keys and secrets."""
    with suppress(OSError, ValueError):  # a sandbox may forbid this; its unit sets LimitCORE=0
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class FileShortageHandler:
    """An event loop's exception handler that logs a shortage of descriptors at most every 10 s.

    asyncio reports every connection that it cannot accept, thousands of times a second.
    """

    def __init__(self) -> None:
        self._logged_at: float | None = None

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log the error, unless the same shortage was logged within `REPEAT_SECONDS`."""
        if context.get("message") != _ACCEPT_FAILED:
            loop.default_exception_handler(context)
            return
        now = loop.time()
        if self._logged_at is None or now - self._logged_at >= REPEAT_SECONDS:
            self._logged_at = now
            log.error(
                "connections cannot be accepted: %s; raise LimitNOFILE (systemd) or `ulimit -n`",
                context.get("exception"),
            )
