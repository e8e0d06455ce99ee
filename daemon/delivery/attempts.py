"""Attempts as the scheduler sees them: a call begins one, a callback reports its end.

A future, a task and the coroutines between them would cost more for each attempt than all of the
daemon's decisions about it. So attempts in worker processes use none of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.domain.deliveries.outcome import ErrorKind, Failure, Outcome
from daemon.domain.deliveries.request import OutgoingRequest, PreparedWebhook
from daemon.store.records import QueuedDelivery, WebhookRecord
from daemon.util.clock import Clock
from daemon.util.tasks import Tasks

OnOutcome = Callable[[Outcome], None]
"""Called once with the outcome of an attempt, never before the attempt's `begin` has returned."""
OnSignedOutcome = Callable[[Outcome, str | None], None]
"""As `OnOutcome`, with the signature headers that the attempt carried, as JSON."""
Cancel = Callable[[], object]
"""Cancels an attempt, whose outcome is then not reported. Does nothing when it has ended."""

_encode = msgspec.json.Encoder().encode


class AttemptRunner(Protocol):
    """Makes attempts. Implemented by `WorkerPool`, and in tests."""

    def reconfigure(self, policy: NetworkPolicy) -> None:
        """Use `policy` from the next attempt on.

        Raises ValueError, and changes nothing, for an unusable certificate file, range or proxy.
        """

    def begin(self, request: OutgoingRequest, timeout: float, ended: OnOutcome) -> Cancel:
        """Begin an attempt, as `Sender.attempt` makes it; `timeout` is in seconds."""
        ...

    async def attempt(self, request: OutgoingRequest, timeout: float) -> Outcome:  # noqa: ASYNC109  # as of `Sender`
        """As `Sender.attempt`; the attempt is cancelled with the task that waits for it."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def ended(outcome: Outcome) -> None:
            if not future.done():  # the task may have been cancelled just before
                future.set_result(outcome)

        cancel = self.begin(request, timeout, ended)
        try:
            return await future
        except asyncio.CancelledError:
            cancel()
            raise

    async def close(self) -> None:
        """Close every connection and end every process."""


class TaskRunner:
    """Runs attempts that are coroutines, such as those of `Sender`, in tasks. Must be closed."""

    def __init__(self, attempt: Callable[[OutgoingRequest, float], Awaitable[Outcome]]) -> None:
        self._attempt = attempt
        self._tasks = Tasks()

    def begin(self, request: OutgoingRequest, timeout: float, ended: OnOutcome) -> Cancel:
        """As in `AttemptRunner`."""
        return self._tasks.spawn(self._make(request, timeout, ended), "attempt").cancel

    async def _make(self, request: OutgoingRequest, timeout: float, ended: OnOutcome) -> None:  # noqa: ASYNC109  # as of `Sender`
        ended(await self._attempt(request, timeout))

    async def close(self) -> None:
        """Cancel the attempts that have not ended."""
        await self._tasks.close()


class SignedAttempts:
    """Signs the request of a claimed delivery when its attempt begins, and starts the attempt."""

    def __init__(
        self, runner: AttemptRunner, prepared_of: Callable[[int], PreparedWebhook], clock: Clock
    ) -> None:
        self._runner = runner
        self._prepared_of = prepared_of
        self._clock = clock

    def begin(
        self,
        queued: QueuedDelivery,
        webhook: WebhookRecord,
        deadline: float,
        ended: OnSignedOutcome,
    ) -> Cancel:
        """Send once within `deadline` seconds.

        A delivery whose body could not be rendered fails without a request (rules.md §3).
        """
        record = queued.record
        if queued.body is None:
            problem = queued.problem or "the body of this delivery is lost"
            failure = Failure(ErrorKind.TEMPLATE, problem)
            outcome = Outcome(self._clock.now_ms(), 0, failure)
            return asyncio.get_running_loop().call_soon(ended, outcome, None).cancel
        started_ms = self._clock.now_ms()
        prepared = self._prepared(webhook, started_ms)
        request, signatures = prepared.signed_request(
            event_id=record.event_id,
            event_type=record.event_type,
            delivery_id=record.uid,
            body=queued.body,
            unix_seconds=started_ms // 1000,
        )

        def sent(outcome: Outcome) -> None:
            outcome = prepared.redactor.redact(outcome)
            # The history builds the request again from the start of the attempt, so it must agree.
            outcome = msgspec.structs.replace(outcome, started_ms=started_ms)
            encoded = None if signatures.current is None else _encode(signatures).decode()
            ended(outcome, encoded)

        return self._runner.begin(request, deadline, sent)

    def _prepared(self, webhook: WebhookRecord, now_ms: int) -> PreparedWebhook:
        until = webhook.previous_secret_until
        if until is not None and now_ms >= until:  # retention removes it within a minute
            return PreparedWebhook(webhook.config)
        return self._prepared_of(webhook.row)
