"""`InFlight`: the attempts that have begun and not ended."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Protocol

import msgspec

from daemon.delivery.attempts import Cancel, OnSignedOutcome
from daemon.delivery.http.errors import defect
from daemon.delivery.scheduler.claim_slots import DeliveryLimits
from daemon.delivery.scheduler.lane import Lane
from daemon.domain.deliveries.lifecycle import DeliveryKind, needs_quarantine
from daemon.domain.deliveries.outcome import Outcome
from daemon.store.commands.outcome import AttemptResult
from daemon.store.records import DeliveryRecord, QueuedDelivery, WebhookRecord
from daemon.util.clock import Clock

Finished = Callable[[Lane, AttemptResult], None]
"""Called when an attempt has ended and its attempt slot is free."""


class Attempts(Protocol):
    """Begins one attempt. Implemented by `SignedAttempts`, and in tests."""

    def begin(
        self,
        queued: QueuedDelivery,
        webhook: WebhookRecord,
        deadline: float,
        ended: OnSignedOutcome,
    ) -> Cancel:
        """Send within `deadline` seconds; `ended` is called in a later turn of the loop."""
        ...


class _Attempt(msgspec.Struct, gc=False):
    record: DeliveryRecord
    cancel: Cancel


class InFlight:
    """Begins attempts for claimed deliveries, as many at once as the limits allow."""

    def __init__(
        self,
        attempts: Attempts,
        webhook_of: Callable[[int], WebhookRecord],
        clock: Clock,
        limits: DeliveryLimits,
        finished: Finished,
    ) -> None:
        self._attempts = attempts
        self._webhook_of = webhook_of
        self._clock = clock
        self._limits = limits
        self._finished = finished
        self._running: dict[int, _Attempt] = {}
        """By the row of the delivery."""
        self._turn: deque[Lane] = deque()
        """The lanes that have a claimed delivery and may have an attempt slot for it, in order."""
        self._queued: set[Lane] = set()
        """The lanes in `_turn`."""
        self._alone = False
        """Whether a suspect is in flight, during which no other attempt may begin."""
        self._closed = False
        self._empty = asyncio.Event()

    def __len__(self) -> int:
        return len(self._running)

    def __contains__(self, row: int) -> bool:
        return row in self._running

    def apply_limits(self, limits: DeliveryLimits) -> None:
        """Apply changed settings."""
        self._limits = limits

    def launch(self, *lanes: Lane) -> list[tuple[Lane, QueuedDelivery]]:
        """Begin attempts for the claimed deliveries of `lanes`, by turns, while slots are free.

        Returns the claimed deliveries that must not be sent: their webhook was blocked after the
        claim, or `close` was called.
        """
        for lane in lanes:
            if lane not in self._queued:
                self._queued.add(lane)
                self._turn.append(lane)
        unused: list[tuple[Lane, QueuedDelivery]] = []
        while self._turn and len(self._running) < self._limits.concurrency and not self._alone:
            lane = self._turn[0]
            if not lane.claimed or lane.in_flight >= lane.slots:
                self._queued.discard(lane)  # `launch` is called for it with the next claim or slot
                self._turn.popleft()
                continue
            suspect = needs_quarantine(lane.claimed[0].record.deaths)
            if suspect and self._running:
                break  # `launch` is called again when the last attempt has ended
            self._turn.rotate(-1)
            queued = lane.begin_attempt()
            webhook = self._webhook_of(lane.webhook)
            # A test is sent to a paused webhook, too, but not to a deleted one.
            test = queued.record.kind is DeliveryKind.TEST and webhook.deleted_at is None
            if self._closed or not (test or webhook.blocked_reason is None):
                lane.end_attempt()
                unused.append((lane, queued))
            else:
                self._alone = suspect
                self._start(lane, webhook, queued)
        return unused

    def _start(self, lane: Lane, webhook: WebhookRecord, queued: QueuedDelivery) -> None:
        deadline = webhook.config.retry.timeout or self._limits.timeout
        ended = partial(self._ended, lane, queued, webhook.revision)
        try:
            cancel = self._attempts.begin(queued, webhook, deadline, ended)
        except Exception as error:  # noqa: BLE001  # one attempt must not take the dispatcher down
            outcome = Outcome(self._clock.now_ms(), 0, defect(error))
            cancel = asyncio.get_running_loop().call_soon(ended, outcome, None).cancel
        self._running[queued.record.row] = _Attempt(queued.record, cancel)

    def _ended(
        self,
        lane: Lane,
        queued: QueuedDelivery,
        revision: int,
        outcome: Outcome,
        signatures: str | None,
    ) -> None:
        self._alone = False
        lane.end_attempt()
        del self._running[queued.record.row]
        if not self._running:
            self._empty.set()
        self._finished(lane, AttemptResult(queued, outcome, revision, signatures))

    def close(self) -> None:
        """Begin no attempt from now on."""
        self._closed = True

    async def drained(self, seconds: float) -> None:
        """Return when nothing is in flight, or after `seconds`."""
        if self._running:
            self._empty.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._empty.wait()

    def cut(self) -> list[DeliveryRecord]:
        """Cut off every attempt; returns the deliveries whose attempts they were."""
        cut, self._running = self._running, {}
        for attempt in cut.values():
            attempt.cancel()
        return [attempt.record for attempt in cut.values()]
