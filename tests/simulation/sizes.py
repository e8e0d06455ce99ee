"""Steps and windows of a size that a short history fills."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from daemon.delivery.scheduler import lane
from daemon.services import jobs
from daemon.store import writer
from daemon.store.commands import prune, webhook_state


@contextmanager
def narrow(size: int) -> Iterator[None]:
    """Let whatever goes in steps go in steps of `size`."""
    with (
        mock.patch.object(lane, "WINDOW", size),
        mock.patch.object(lane, "LOW", 2),
        mock.patch.object(webhook_state.discard_pending, "__defaults__", (size,)),
        mock.patch.object(prune, "STEP", size),
        mock.patch.object(jobs, "STEP", size),
        mock.patch.object(writer, "MOST_UNITS", size),
    ):
        yield
