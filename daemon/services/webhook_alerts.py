"""Alerts about webhooks: paused, failing, recovered (rules.md §5), and the command that is run.

`WebhookAlerts` makes alerts of committed changes. `Notifier` runs `[notify] command` for each, with
one JSON object on its standard input:
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
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from tempfile import TemporaryFile
from typing import Any, Literal

from daemon.domain.events.timestamps import from_ms
from daemon.store.records import WebhookRecord
from daemon.util.clock import Clock
from daemon.util.tasks import Tasks

log = logging.getLogger(__name__)

SECONDS = 30.0
"""Seconds a command may take; then it is killed with all processes that it started."""
AT_ONCE = 4
MOST_WAITING = 100
"""Alerts that wait for their turn; when more come, the oldest is dropped and that is logged."""
_COMPLAINT = 2_000
"""Bytes at the end of a failed command's error output that are logged."""
_OURS = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})

Notify = Callable[[dict[str, Any]], None]


class WebhookAlerts:
    """Makes alerts of the changes of webhooks, in the order of the commits.

    A webhook that fails is alerted once, and again only after it has recovered. It recovers with a
    success when its consecutive failures are 0: a test that succeeds between failures is not a
    recovery, nor is activating it.
    """

    def __init__(self, notify: Notify, clock: Clock) -> None:
        self._notify = notify
        self._clock = clock
        self._failing: set[int] = set()
        self._succeeded: set[int] = set()

    def load(self, failing: Iterable[int]) -> None:
        """Note the rows of webhooks that were failing when the daemon started."""
        self._failing.update(failing)

    def webhook_changed(self, webhook: WebhookRecord, cause: str) -> None:
        """A webhook was saved, paused (`paused` by hand, `failing`), activated or deleted."""
        if cause in {"paused", "failing"}:
            self._alert("paused", webhook, reason=webhook.paused_reason)
        elif cause == "activated":
            self._succeeded.discard(webhook.row)
        elif cause == "deleted":
            self._failing.discard(webhook.row)
            self._succeeded.discard(webhook.row)

    def failures_changed(self, webhook: WebhookRecord, consecutive_failures: int) -> None:
        """A webhook's consecutive failures changed."""
        if consecutive_failures == 0:
            self._recover(webhook)
            return
        self._succeeded.discard(webhook.row)
        if webhook.row not in self._failing:
            self._failing.add(webhook.row)
            self._alert("failing", webhook, consecutive_failures=consecutive_failures)

    def succeeded(self, webhook: WebhookRecord, consecutive_failures: int) -> None:
        """A delivery to it succeeded."""
        if webhook.row in self._failing:
            self._succeeded.add(webhook.row)
            if consecutive_failures == 0:
                self._recover(webhook)

    def _recover(self, webhook: WebhookRecord) -> None:
        if webhook.row in self._failing and webhook.row in self._succeeded:
            self._failing.discard(webhook.row)
            self._succeeded.discard(webhook.row)
            self._alert("recovered", webhook)

    def _alert(
        self,
        fact: Literal["paused", "failing", "recovered"],
        webhook: WebhookRecord,
        **details: Any,
    ) -> None:
        about = {"id": webhook.uid, "name": webhook.config.name, "url": webhook.url_shown}
        at = from_ms(self._clock.now_ms())
        self._notify({"fact": fact, "at": at, "webhook": about, **details})


class Notifier:
    """Runs the command once for each alert, a few at a time; callers never wait."""

    def __init__(
        self, command: Callable[[], Sequence[str] | None], *, seconds: float = SECONDS
    ) -> None:
        """`command` is read for each alert, so that a changed setting takes effect at once."""
        self._command = command
        self._seconds = seconds
        self._waiting: deque[bytes] = deque()
        self._tasks = Tasks()

    def notify(self, alert: Mapping[str, Any]) -> None:
        """Queue the command for an alert and return at once; without a command, do nothing."""
        if self._command() is None:
            return
        self._waiting.append(json.dumps(alert, ensure_ascii=False).encode() + b"\n")
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            log.error("[notify] command is too slow: an alert was dropped")
        if len(self._tasks) < AT_ONCE:
            self._tasks.spawn(self._work(), "notify")

    async def close(self) -> None:
        """Kill the commands that run and drop the alerts that wait."""
        self._waiting.clear()
        await self._tasks.close()

    async def _work(self) -> None:
        """Run the command until no alert waits."""
        while self._waiting:
            alert = self._waiting.popleft()
            if command := self._command():
                await self._run(command, alert)

    async def _run(self, command: Sequence[str], alert: bytes) -> None:
        # Files instead of pipes: a command that does not read its input, or leaves a process that
        # holds its output open, does not delay the daemon.
        with TemporaryFile() as stdin, TemporaryFile() as stderr:
            stdin.write(alert)
            stdin.seek(0)
            try:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=stdin,
                    stdout=DEVNULL,
                    stderr=stderr,
                    start_new_session=True,
                    env={name: value for name, value in os.environ.items() if name not in _OURS},
                )
            except OSError as error:
                reason = error.strerror or str(error)
                log.error("[notify] %s cannot be run: %s", command[0], reason)  # noqa: TRY400  # the reason is enough
                return
            outcome = await self._outcome(process)
            if outcome:
                stderr.seek(max(0, stderr.seek(0, os.SEEK_END) - _COMPLAINT))
                complaint = stderr.read().decode(errors="replace").strip()
                log.error("[notify] %s %s: %s", command[0], outcome, complaint)

    async def _outcome(self, process: Process) -> str | None:
        """How the command failed, or None. A cancellation kills it."""
        try:
            async with asyncio.timeout(self._seconds):
                code = await process.wait()
        except TimeoutError:
            await _kill(process)
            return f"was stopped after {self._seconds:g} s"
        except asyncio.CancelledError:
            await _kill(process)
            raise
        return f"ended with {code}" if code else None


async def _kill(process: Process) -> None:
    """Kill the command and all processes that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
