"""What is on the wire: each claimed delivery's attempt, and its way back to the store."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

import msgspec

from daemon.delivery.attempt_runner import Cancel
from daemon.delivery.http.errors import defect
from daemon.delivery.scheduler.lane import Lane
from daemon.domain.deliveries.lifecycle import DeliveryKind, needs_quarantine
from daemon.domain.deliveries.outcome import ErrorKind, Outcome
from daemon.store.commands.outcome import AttemptResult, RecordOutcomes
from daemon.store.records import DeliveryRecord, QueuedDelivery, WebhookRecord
from daemon.store.writer import Writer
from daemon.util import failpoints
from daemon.util.clock import Clock

log = logging.getLogger(__name__)

GATHER = 0.004
"""Seconds for which outcomes are gathered while more are on the wire: many are written at the price
of one. A death in them is one after the answer and before its record: the attempt is made again."""


CLAIMS_A_PLACE = 4
"""A claim waits for the commit under way and its own: at twice the places the wire was empty of
claims for three quarters of the time, at four times for none of it, and 6% to 15% more was sent."""


def claims_for(places: int) -> int:
    """Claims for so many places on the wire; who wants one request at a time gets one claim."""
    return CLAIMS_A_PLACE * places if places > 1 else 1


class DeliveryLimits(msgspec.Struct, frozen=True):
    """How much may be on the wire, and what bounds a wait there (seconds)."""

    concurrency: int = 128
    per_webhook: int = 16
    timeout: float = 10.0
    schedule: tuple[float, ...] = (2.0, 4.0)
    retry_after_max: float = 60.0

    @property
    def claims(self) -> int:
        """Claims in all: more than go on the wire, so that it need not wait for a commit."""
        return claims_for(self.concurrency)

    @property
    def silent_claims(self) -> int:
        """Claims of all webhooks whose receivers are silent: they leave others a quarter."""
        return max(1, self.concurrency * 3 // 4)

    def longest_wait(self, own: tuple[float, ...] | None) -> float:
        """The longest that a delivery can have to wait; `own` is its webhook's own schedule."""
        return max((self.retry_after_max, *(self.schedule if own is None else own)))


Ended = Callable[[Outcome, str | None], None]
"""Is told, in a later turn, how an attempt went and which signatures it carried."""


class Attempts(Protocol):
    """Begins one attempt; the sender in real life."""

    def begin(
        self, queued: QueuedDelivery, webhook: WebhookRecord, deadline: float, ended: Ended
    ) -> Cancel:
        """Send within `deadline` seconds, unless it is cancelled: then nothing is told of it."""
        ...


class _Flying(msgspec.Struct, gc=False):
    record: DeliveryRecord
    cancel: Cancel


class InFlight:
    """Runs attempts side by side, as many as the limits allow, and has their outcomes written."""

    def __init__(
        self,
        *,
        owner: str,
        writer: Writer,
        attempts: Attempts,
        webhook_of: Callable[[int], WebhookRecord],
        clock: Clock,
        limits: DeliveryLimits,
        landed: Callable[[Lane, AttemptResult], None],
        gathered: Callable[[], None],
        interrupted: Callable[[Lane, QueuedDelivery], None],
        unused: Callable[[Lane, QueuedDelivery], None],
    ) -> None:
        self._owner = owner
        self._writer = writer
        self._attempts = attempts
        self._webhook_of = webhook_of
        self._clock = clock
        self._landed_at = landed
        self._gathered = gathered
        self._interrupted_at = interrupted
        self._unused = unused
        self._flying: dict[int, _Flying] = {}
        self._queue: deque[Lane] = deque()
        """Lanes that have something claimed and may have room for it."""
        self._alone = False
        """Whether something is on the wire that nothing may be beside."""
        self._landed: list[AttemptResult] = []
        self._record_soon: asyncio.Handle | None = None
        self._empty = asyncio.Event()
        self.limits = limits
        self.closed = False
        """Whether nothing more goes out; what is claimed is handed to `unused`."""

    def __len__(self) -> int:
        return len(self._flying)

    def __contains__(self, row: int) -> bool:
        return row in self._flying

    def launch(self, *lanes: Lane) -> None:
        """Put what is claimed on the wire, as far as there is room; lanes take turns for it."""
        for lane in lanes:
            if not lane.queued:
                lane.queued = True
                self._queue.append(lane)
        while self._queue and len(self._flying) < self.limits.concurrency and not self._alone:
            lane = self._queue[0]
            if not lane.claimed or lane.on_wire >= lane.places:
                lane.queued = False  # it comes again with a claim or a landing of its own
                self._queue.popleft()
                continue
            if self._flying and needs_quarantine(lane.claimed[0].record.deaths):
                return  # the last landing comes here again
            self._queue.rotate(-1)
            self._start(lane, lane.claimed.popleft())

    def _start(self, lane: Lane, queued: QueuedDelivery) -> None:
        webhook = self._webhook_of(lane.webhook)
        may = queued.record.kind is DeliveryKind.TEST and webhook.deleted_at is None
        if self.closed or (webhook.blocked_reason is not None and not may):
            self._unused(lane, queued)
            return
        deadline = webhook.config.retry.timeout or self.limits.timeout
        ended = partial(self._ended, lane, queued, webhook.revision)
        try:
            cancel = self._attempts.begin(queued, webhook, deadline, ended)
        except Exception as error:  # noqa: BLE001  # one attempt must not take the dispatcher down
            outcome = Outcome(self._clock.now_ms(), 0, defect(error))
            cancel = asyncio.get_running_loop().call_soon(ended, outcome, None).cancel
        self._alone = needs_quarantine(queued.record.deaths)
        lane.on_wire += 1
        self._flying[queued.record.row] = _Flying(queued.record, cancel)

    def _ended(
        self,
        lane: Lane,
        queued: QueuedDelivery,
        revision: int,
        outcome: Outcome,
        signatures: str | None,
    ) -> None:
        self._alone = False
        lane.on_wire -= 1
        del self._flying[queued.record.row]
        if not self._flying:
            self._empty.set()
        if outcome.failure is not None and outcome.failure.kind is ErrorKind.INTERRUPTED:
            self._interrupted_at(lane, queued)
            return
        failpoints.hit("send.answered")
        landed = AttemptResult(queued, outcome, revision, signatures)
        self._landed.append(landed)
        self._record_together()
        self._landed_at(lane, landed)

    def _record_together(self) -> None:
        """Have what landed written soon: at once when nothing else is about to land."""
        if self._record_soon is None:
            wait = GATHER if self._flying else 0.0
            self._record_soon = asyncio.get_running_loop().call_later(wait, self._record)

    def _record(self) -> None:
        """Have everything that landed since the last time written, and its places claimed anew.

        Both at once, so that both get into the same commit.
        """
        if self._record_soon is not None:
            self._record_soon.cancel()
            self._record_soon = None
        landed, self._landed = self._landed, []
        if landed:
            self._gathered()
            self._writer.post(RecordOutcomes(self._owner, landed, self._clock.now_ms()), _recorded)

    async def drained(self, seconds: float) -> None:
        """Return when nothing is on the wire, or after `seconds`."""
        if self._flying:
            self._empty.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._empty.wait()

    def cut(self) -> list[DeliveryRecord]:
        """Cut off what is still on the wire; returns the deliveries whose attempts it was."""
        cut, self._flying = self._flying, {}
        for flying in cut.values():
            flying.cancel()
        self._record()
        return [flying.record for flying in cut.values()]


def _recorded(result: Any) -> None:
    if isinstance(result, BaseException):
        log.error("an outcome could not be recorded: %s", result)
