"""Telling people who do not look: runs `[notify] command` with facts about webhooks (rules.md §5).

A fact is one JSON object on the command's standard input:
`{"fact": "paused|failing|recovered", "at", "webhook": {"id", "name", "url"},
"consecutive_failures", "reason"}`.
"""

import asyncio
import json
import logging
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from tempfile import TemporaryFile
from typing import Any

from daemon.util.tasks import Tasks

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds a command may take; then it is killed with all it started."""
AT_ONCE = 4
MOST_WAITING = 100
"""Facts that wait for their turn; when more come, the oldest are dropped and logged."""
_COMPLAINT = 2_000
"""Bytes of a failed command's error output that are logged: the last ones."""
_OURS = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})


class Notifier:
    """Runs the command once for each fact, a few at a time, and never holds anybody up."""

    def __init__(
        self, command: Callable[[], Sequence[str] | None], *, patience: float = PATIENCE
    ) -> None:
        """`command` is asked for each fact, so that a changed setting counts at once."""
        self._command = command
        self._patience = patience
        self._waiting: deque[bytes] = deque()
        self._tasks = Tasks()

    def tell(self, fact: Mapping[str, Any]) -> None:
        """Hand a fact over; returns at once. Without a command nothing happens."""
        if self._command() is None:
            return
        self._waiting.append(json.dumps(fact, ensure_ascii=False).encode() + b"\n")
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            log.error("[notify] command is too slow: a fact was dropped")
        if len(self._tasks) < AT_ONCE:
            self._tasks.spawn(self._work(), "notify")

    async def close(self) -> None:
        """Kill what runs and forget what waits."""
        self._waiting.clear()
        await self._tasks.close()

    async def _work(self) -> None:
        """Tell what waits until nothing does."""
        while self._waiting:
            fact = self._waiting.popleft()
            if command := self._command():
                await self._run(command, fact)

    async def _run(self, command: Sequence[str], fact: bytes) -> None:
        # Files instead of pipes: a command that never reads, or leaves something behind that holds
        # its output open, is waited for no longer than one that does neither.
        with TemporaryFile() as told, TemporaryFile() as said:
            told.write(fact)
            told.seek(0)
            try:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=told,
                    stdout=DEVNULL,
                    stderr=said,
                    start_new_session=True,
                    env={name: value for name, value in os.environ.items() if name not in _OURS},
                )
            except OSError as error:
                reason = error.strerror or str(error)
                log.error("[notify] %s cannot be run: %s", command[0], reason)  # noqa: TRY400  # the reason is enough
                return
            outcome = await self._outcome(process)
            if outcome:
                said.seek(max(0, said.seek(0, os.SEEK_END) - _COMPLAINT))
                complaint = said.read().decode(errors="replace").strip()
                log.error("[notify] %s %s: %s", command[0], outcome, complaint)

    async def _outcome(self, process: Process) -> str | None:
        """How the command failed, or None; when this returns or is cancelled, it has ended."""
        try:
            async with asyncio.timeout(self._patience):
                code = await process.wait()
        except TimeoutError:
            await _kill(process)
            return f"was stopped after {self._patience:g} s"
        except asyncio.CancelledError:
            await _kill(process)
            raise
        return f"ended with {code}" if code else None


async def _kill(process: Process) -> None:
    """End the command and whatever it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
