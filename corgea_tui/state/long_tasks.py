"""Long tasks on many deliveries: each advances by steps, reports progress, and can be stopped.

Without any widget: a dialog calls `step` until the work is `over`.
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

LOOKS = 0.5
"""Seconds between two looks at what goes on in the daemon."""
LOOKED_AT = 20
"""Deliveries that are asked for at each of them."""
SHOWN = 200
"""Failures that a filter can name one by one."""


class TaskProgress(msgspec.Struct, frozen=True):
    """The progress of a task, in a line or two.

    `matched` None: the total is not known.
    `failures`: a filter that shows what failed, empty when nothing did or none can.
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
        """Go on a little, or look how far it is."""
        ...

    async def cancel(self) -> None:
        """Begin nothing more."""
        ...


class DaemonJob:
    """A bulk retry or a replay that the daemon carries out; it survives this app."""

    pace = LOOKS

    def __init__(self, client: Callable[[], Client], job_id: str, failures: str) -> None:
        self._client = client
        self._job_id = job_id
        self._failures = failures

    async def step(self) -> TaskProgress:
        """Ask how far it is; a lost link is waited out."""
        try:
            job = await self._client().send(calls.job(self._job_id))
        except Unreachable:
            return TaskProgress("no link just now; it goes on in the daemon")
        over = job.state != "running"
        failed = job.state == "failed" or job.failed > 0
        failures = self._failures if over and job.failed else ""
        return TaskProgress(
            _job_words(job), job.succeeded + job.failed, job.matched, over, failed, failures
        )

    async def cancel(self) -> None:
        """Let the daemon start nothing more for it."""
        await self._client().send(calls.cancel_job(self._job_id))


def _job_words(job: Job) -> str:
    words = f"{job.started:,} started, {job.succeeded:,} succeeded, {job.failed:,} failed"
    if job.state == "running":
        return words
    end = {"done": "", "cancelled": "cancelled: ", "failed": f"{job.error or 'failed'}: "}
    return end[job.state] + words


class EachRetry:
    """Retries of deliveries that were marked one by one, and what came of each."""

    def __init__(self, client: Callable[[], Client], ids: Sequence[str]) -> None:
        self._client = client
        self._ids = ids
        self._at = 0
        self._stopped = False
        self._refused: list[str] = []
        self._waiting: list[str] = []
        """Sent again, and not ended yet."""
        self._succeeded = 0
        self._failed: list[Delivery] = []
        self._gone = 0
        self.pace = 0.0

    async def step(self) -> TaskProgress:
        """Retry the next one, else look how those go on that were; a lost link is waited out."""
        words = ""
        if self._at < len(self._ids) and not self._stopped:
            await self._retry()
        else:
            self.pace = LOOKS
            try:
                await self._look()
            except Unreachable:
                words = "no link just now; what was sent goes on in the daemon"
        over = not self._waiting and (self._stopped or self._at == len(self._ids))
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
        """Retry the next one; what the daemon refuses is counted, with its reason."""
        chosen = self._ids[self._at]
        try:
            await self._client().send(calls.retry(chosen))
        except Refused as refused:
            self._refused.append(str(refused))
        except Unreachable as lost:
            self._refused.append(str(lost))
            self._stopped = True
        else:
            self._waiting.append(chosen)
        self._at += 1

    async def _look(self) -> None:
        for chosen in self._waiting[:LOOKED_AT]:
            try:
                found = await self._client().send(calls.delivery(chosen))
            except Refused:  # pruned meanwhile
                self._gone += 1
            else:
                if found.status == "pending":
                    continue
                if found.status == "succeeded":
                    self._succeeded += 1
                else:
                    self._failed.append(found)
            self._waiting.remove(chosen)

    async def cancel(self) -> None:
        """Retry no more of them."""
        self._stopped = True

    def _words(self) -> str:
        retried = self._at - len(self._refused)
        words = f"{retried:,} retried, {self._succeeded:,} succeeded, {len(self._failed):,} failed"
        left = len(self._ids) - self._at
        if self._stopped and left:
            words += f", {left:,} left out"
        if self._gone:
            words += f", {self._gone:,} gone from the history"
        if self._refused:
            words += f"\n{len(self._refused):,} refused: {self._refused[-1]}"
        return words

    def _failures(self) -> str:
        """The filter that finds what failed; nothing where it would be longer than allowed."""
        if not 0 < len(self._failed) <= SHOWN:
            return ""
        events = dict.fromkeys(f"event:{row.event_id}" for row in self._failed)
        webhooks = dict.fromkeys(f"webhook:{row.webhook_id}" for row in self._failed)
        return " ".join([*events, *webhooks, "-status:succeeded"])


class Export:
    """The history that matches, written to a file; nothing is left of one that was stopped."""

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
            return TaskProgress("stopped, nothing was kept", over=True, failed=True)
        return TaskProgress(f"{count(self._rows, 'line')} in {self._path}", over=True)

    async def cancel(self) -> None:
        """Write no further."""
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
