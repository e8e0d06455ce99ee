"""Long tasks on many deliveries: each advances by steps, reports progress, and can be stopped.

This module has no widget: a dialog calls `step` until the task is `over`.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.client.errors import Refused, Unreachable
from corgea_tui.text.words import count
from daemon.protocol import Delivery, Job

POLL_SECONDS = 0.5
"""Seconds between two polls of the daemon."""
POLLED = 20
"""Deliveries that are requested at each poll."""
MOST_LISTED = 200
"""The most failures that a filter lists one by one."""


class TaskProgress(msgspec.Struct, frozen=True):
    """The progress of a task, in a line or two.

    `matched` None: the total is not known.
    `failures`: a filter for the failed deliveries; empty when none failed or no filter can select
    them.
    """

    words: str
    done: int = 0
    matched: int | None = None
    over: bool = False
    failed: bool = False
    failures: str = ""


class LongTask(Protocol):
    """A task that a dialog advances and shows."""

    pace: float
    """Seconds to wait between two steps."""

    async def step(self) -> TaskProgress:
        """Advance the task, or read its progress."""
        ...

    async def cancel(self) -> None:
        """Begin nothing more."""
        ...


class DaemonJob:
    """A bulk retry or a replay that the daemon carries out; it survives this app."""

    pace = POLL_SECONDS

    def __init__(self, client: Callable[[], Client], job_id: str, failures: str) -> None:
        self._client = client
        self._job_id = job_id
        self._failures = failures

    async def step(self) -> TaskProgress:
        """Read the progress of the job; while the link is lost, wait."""
        try:
            job = await self._client().send(calls.job(self._job_id))
        except Unreachable:
            return TaskProgress("no link to the daemon; the job goes on there")
        over = job.state != "running"
        failed = job.state == "failed" or job.failed > 0
        failures = self._failures if over and job.failed else ""
        return TaskProgress(
            _job_words(job), job.succeeded + job.failed, job.matched, over, failed, failures
        )

    async def cancel(self) -> None:
        """Cancel the job: the daemon starts no further delivery for it."""
        await self._client().send(calls.cancel_job(self._job_id))


def _job_words(job: Job) -> str:
    words = f"{job.started:,} started, {job.succeeded:,} succeeded, {job.failed:,} failed"
    if job.state == "running":
        return words
    end = {"done": "", "cancelled": "cancelled: ", "failed": f"{job.error or 'failed'}: "}
    return end[job.state] + words


class MarkedRetries:
    """Retries of marked deliveries, one by one, with the outcome of each."""

    def __init__(self, client: Callable[[], Client], ids: Sequence[str]) -> None:
        self._client = client
        self._ids = ids
        self._next = 0
        self._stopped = False
        self._refused: list[str] = []
        self._waiting: list[str] = []
        """Deliveries that are retried and have not ended yet."""
        self._succeeded = 0
        self._failed: list[Delivery] = []
        self._gone = 0
        self.pace = 0.0

    async def step(self) -> TaskProgress:
        """Retry the next delivery, else poll the retried ones; while the link is lost, wait."""
        words = ""
        if self._next < len(self._ids) and not self._stopped:
            await self._retry()
        else:
            self.pace = POLL_SECONDS
            try:
                await self._poll()
            except Unreachable:
                words = "no link to the daemon; the retries go on there"
        over = not self._waiting and (self._stopped or self._next == len(self._ids))
        ended = self._succeeded + len(self._failed) + self._gone
        return TaskProgress(
            words or self._words(),
            ended + len(self._refused),
            len(self._ids),
            over,
            bool(self._refused or self._failed or self._gone),
            self._failures() if over else "",
        )

    async def _retry(self) -> None:
        """Retry the next delivery; count a refusal of the daemon, with its reason."""
        delivery_id = self._ids[self._next]
        try:
            await self._client().send(calls.retry(delivery_id))
        except Refused as refused:
            self._refused.append(str(refused))
        except Unreachable as lost:
            self._refused.append(str(lost))
            self._stopped = True
        else:
            self._waiting.append(delivery_id)
        self._next += 1

    async def _poll(self) -> None:
        for delivery_id in self._waiting[:POLLED]:
            try:
                found = await self._client().send(calls.delivery(delivery_id))
            except Refused:  # pruned meanwhile
                self._gone += 1
            else:
                if found.status == "pending":
                    continue
                if found.status == "succeeded":
                    self._succeeded += 1
                else:
                    self._failed.append(found)
            self._waiting.remove(delivery_id)

    async def cancel(self) -> None:
        """Retry no further delivery."""
        self._stopped = True

    def _words(self) -> str:
        retried = self._next - len(self._refused)
        words = f"{retried:,} retried, {self._succeeded:,} succeeded, {len(self._failed):,} failed"
        left = len(self._ids) - self._next
        if self._stopped and left:
            words += f", {left:,} not retried"
        if self._gone:
            words += f", {self._gone:,} pruned meanwhile"
        if self._refused:
            words += f"\n{len(self._refused):,} refused: {self._refused[-1]}"
        return words

    def _failures(self) -> str:
        """The filter for the failed deliveries; empty when it would be longer than allowed."""
        if not 0 < len(self._failed) <= MOST_LISTED:
            return ""
        events = dict.fromkeys(f"event:{row.event_id}" for row in self._failed)
        webhooks = dict.fromkeys(f"webhook:{row.webhook_id}" for row in self._failed)
        return " ".join([*events, *webhooks, "-status:succeeded"])


class Export:
    """The export of the matching history to a file; a stopped export leaves no file."""

    pace = 0.0

    def __init__(self, pieces: AsyncGenerator[bytes], path: Path) -> None:
        self._pieces = pieces
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._file: BinaryIO | None = None
        self._rows = 0
        self._stopped = False

    async def step(self) -> TaskProgress:
        """Write the next piece."""
        try:
            self._file = self._file or self._part.open("xb")
            piece = b"" if self._stopped else await anext(self._pieces, b"")
            self._file.write(piece)
        except (OSError, Refused, Unreachable) as error:
            await self._close()
            return TaskProgress(f"not exported: {error}", over=True, failed=True)
        self._rows += piece.count(b"\n")
        if piece:
            return TaskProgress(f"{count(self._rows, 'line')} written")
        await self._close(keep=not self._stopped)
        if self._stopped:
            return TaskProgress("stopped; no file was written", over=True, failed=True)
        return TaskProgress(f"{count(self._rows, 'line')} in {self._path}", over=True)

    async def cancel(self) -> None:
        """Write nothing more."""
        self._stopped = True

    async def _close(self, *, keep: bool = False) -> None:
        await self._pieces.aclose()
        if self._file is None:
            return
        self._file.close()
        if keep:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)
