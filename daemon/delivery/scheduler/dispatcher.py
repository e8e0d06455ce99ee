"""The delivery loop: claims due deliveries, starts their attempts, records the outcomes.

The path of a delivery: lane → claim (a commit) → in flight → outcome (a commit) → ended, or back to
its lane with a later due time. The package's docstring explains the terms and gives an example.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec

from daemon.delivery.scheduler.claim_slots import ClaimSlots, DeliveryLimits
from daemon.delivery.scheduler.in_flight import Attempts, InFlight
from daemon.delivery.scheduler.lane import Lane
from daemon.delivery.scheduler.lanes import Lanes
from daemon.delivery.scheduler.quarantine import Quarantine
from daemon.domain.deliveries.lifecycle import DeliveryKind, ManualRetry
from daemon.domain.deliveries.outcome import ErrorKind
from daemon.store.commands.claim import Claim, Claimed, Release
from daemon.store.commands.outcome import AttemptResult, RecordOutcomes
from daemon.store.commands.recover import Interrupt, RecoverAttempt
from daemon.store.errors import StoreError
from daemon.store.queries.deliveries import Backlog
from daemon.store.records import QueuedDelivery, WebhookRecord
from daemon.store.writer import Writer
from daemon.util import failpoints
from daemon.util.clock import Clock
from daemon.util.tasks import Tasks

log = logging.getLogger(__name__)

LONGEST_SLEEP = 60.0
"""The most seconds until the dispatcher looks for work again while a delivery waits."""
GATHER = 0.004
"""Seconds for which outcomes are gathered while attempts are in flight: writing many costs as much
as writing one. After a crash in between, the attempts are repeated."""
REFUSED_PAUSE = 1.0
"""Seconds until the dispatcher tries the store again after a refusal, e.g. for a full disk."""
REFILL_PAUSE = 0.05
"""Seconds until the next refill of a lane, after a refill brought only known deliveries."""


class Dispatcher:
    """Owns the parts of the scheduler. Only it writes to the store for them."""

    def __init__(
        self,
        *,
        owner: str,
        writer: Writer,
        backlog: Backlog,
        attempts: Attempts,
        webhook_of: Callable[[int], WebhookRecord],
        clock: Clock,
        claim_slots: ClaimSlots,
        limits: DeliveryLimits,
    ) -> None:
        self._owner = owner
        self._writer = writer
        self._backlog = backlog
        self._webhook_of = webhook_of
        self._clock = clock
        self._claim_slots = claim_slots
        self._in_flight = InFlight(attempts, webhook_of, clock, limits, self._attempt_finished)
        self._lanes = Lanes(webhook_of, claim_slots, limits, clock)
        self._quarantine = Quarantine(claim_slots)
        self._tasks = Tasks()
        self._results: list[AttemptResult] = []
        """Attempts that have ended and are not recorded yet."""
        self._record_timer: asyncio.TimerHandle | None = None
        self._due_timer: asyncio.TimerHandle | None = None
        self._look_soon = False
        self._stopping = False

    # --- called by the service ------------------------------------------------------------------

    def start(self) -> None:
        """Begin to deliver."""
        self._loop = asyncio.get_running_loop()
        self.kick()

    def apply_limits(self, limits: DeliveryLimits) -> None:
        """Apply changed settings."""
        self._lanes.apply_limits(limits)
        self._in_flight.apply_limits(limits)
        self._launch(*self._lanes)
        self.kick()

    def apply_webhook(self, webhook: WebhookRecord, *, empty: bool = False) -> None:
        """Apply a webhook's state; `empty`: none of its deliveries waits in the store."""
        lane = self._lanes.of(webhook.row, empty=empty)
        if webhook.blocked_reason is not None:
            lane.clear()
            self._quarantine.drop(webhook.row)
            # A test is sent to a paused webhook, too, but not to a deleted one.
            kept = DeliveryKind.TEST if webhook.deleted_at is None else None
            self._release(lane, lane.take_claimed(but=kept))
        self._lanes.fit(lane)
        self._launch(lane)
        self._wake(lane)

    def add(self, queued: QueuedDelivery) -> None:
        """Add a delivery: a claimed one is sent, others wait until they are due.

        A commit brings many; `settle` is called after the last of them.
        """
        record = queued.record
        lane = self._lanes.of(record.webhook)
        if record.in_flight:
            if record.kind is DeliveryKind.TEST:
                self._claim_slots.force(record.webhook)
            lane.hold_claimed(queued)
            self._launch(lane)
            return
        if record.attempt:
            failpoints.hit("retry.waiting")
        urgent = record.manual is not ManualRetry.NONE
        if urgent or (lane.complete and not lane.full):
            lane.forget(record.row)
            self._lanes.enter(lane, queued, urgent=urgent)
            self._wake(lane)
        else:
            self._leave_to_store(lane)
        self._lanes.unsettled(lane)

    def settle(self) -> None:
        """Decide whether the next new deliveries may be claimed at once."""
        self._lanes.settle()

    @property
    def in_flight(self) -> int:
        """How many attempts are in flight."""
        return len(self._in_flight)

    async def stop(self, drain: float) -> None:
        """Stop claiming; wait up to `drain` seconds for the attempts, then cut them off."""
        self._stopping = True
        self._in_flight.close()
        self._claim_slots.close()
        if self._due_timer is not None:
            self._due_timer.cancel()
        # A claim that is committed but not released would look like a death. The answer to this
        # empty claim comes after the answers to all earlier claims.
        with suppress(StoreError):
            await self._writer.submit(Claim(self._owner, (), ()))
        for lane in self._lanes:
            self._release(lane, lane.take_claimed())
        if self.in_flight:
            failpoints.hit("drain.wire")
        await self._in_flight.drained(drain)
        cut = self._in_flight.cut()
        self._record()
        await self._tasks.close()
        if cut:
            log.info(
                "%d attempts were cut off: they took longer than [delivery] drain (%g s) allows;"
                " they are made again at the next start",
                len(cut),
                drain,
            )
            self._writer.post(Interrupt(cut, self._clock.now_ms()), _log_failed_release)

    # --- choosing and claiming ------------------------------------------------------------------

    def kick(self) -> None:
        """Look for work in the next turn of the loop."""
        if not self._look_soon and not self._stopping:
            self._look_soon = True
            self._loop.call_soon(self._look)

    def _wake(self, lane: Lane) -> None:
        self._lanes.wake(lane)
        self.kick()

    def _look(self) -> None:
        """Claim due deliveries that get a slot; refill lanes that run low."""
        self._look_soon = False
        if self._stopping:
            return
        now = self._clock.steady()
        for lane in self._lanes.make_due_ready(now):
            self._refill(lane)
        if not self._quarantine.busy:
            chosen, suspect = self._lanes.choose(now)
            if suspect is not None:
                self._quarantine.hold(suspect)
                self.kick()
            self._claim(chosen)
        elif suspect := self._quarantine.next():
            self._claim([suspect])
        self._set_due_timer(now)
        self._lanes.drop_deleted()

    def _claim(self, chosen: list[QueuedDelivery]) -> None:
        if not chosen:
            return
        batch = {queued.record.row: queued for queued in chosen}
        requested = [(row, queued.record.lease_seq) for row, queued in batch.items()]
        without_body = [row for row, queued in batch.items() if queued.body is None]

        def claimed(result: list[Claimed] | BaseException) -> None:
            if isinstance(result, BaseException):
                self._claim_refused(batch)
            else:
                self._claimed(batch, result)

        self._writer.post(Claim(self._owner, requested, without_body), claimed)

    def _claimed(self, batch: dict[int, QueuedDelivery], claims: list[Claimed]) -> None:
        lanes: dict[int, Lane] = {}
        for claim in claims:
            queued = batch.pop(claim.row)
            body, problem = queued.body, queued.problem
            if body is None:
                body, problem = claim.body, claim.problem
            record = msgspec.structs.replace(
                queued.record, lease_seq=claim.lease_seq, in_flight=True
            )
            lane = self._lanes.of(record.webhook)
            lane.hold_claimed(QueuedDelivery(record, body, problem))
            lanes[lane.webhook] = lane
        for lost in batch.values():
            # Its row has changed in the store; the lane must read the new state.
            self._release_slot(lost)
            self._leave_to_store(self._lanes.of(lost.record.webhook))
        self._launch(*lanes.values())
        if batch:
            self.kick()

    def _claim_refused(self, batch: dict[int, QueuedDelivery]) -> None:
        """The store refused the claims, e.g. for a full disk: read it again after a pause."""
        for queued in batch.values():
            self._release_slot(queued)
            self._leave_to_store(self._lanes.of(queued.record.webhook))
        self._loop.call_later(REFUSED_PAUSE, self.kick)

    def _release_slot(self, queued: QueuedDelivery) -> None:
        """Release a claim slot."""
        self._claim_slots.give(queued.record.webhook)
        self._quarantine.slot_released(queued)

    # --- in flight, and recording outcomes --------------------------------------------------------

    def _launch(self, *lanes: Lane) -> None:
        for lane, queued in self._in_flight.launch(*lanes):
            self._release(lane, [queued])

    def _attempt_finished(self, lane: Lane, result: AttemptResult) -> None:
        """An attempt has ended: record it soon, and begin the next one at once."""
        failure = result.outcome.failure
        kind = None if failure is None else failure.kind
        if kind is ErrorKind.INTERRUPTED:
            self._attempt_interrupted(lane, result.queued)
            return
        failpoints.hit("send.answered")
        self._results.append(result)
        if self._record_timer is None:
            wait = GATHER if self.in_flight else 0.0
            self._record_timer = self._loop.call_later(wait, self._record)
        self._release_slot(result.queued)
        silent = kind is ErrorKind.TIMEOUT
        if silent is not lane.silent:
            lane.set_silent(silent=silent)
            if silent:
                self._release(lane, lane.take_claimed(but=DeliveryKind.TEST))
            self._lanes.set_claim_slots(lane)
        self._launch(lane)

    def _attempt_interrupted(self, lane: Lane, queued: QueuedDelivery) -> None:
        """The sender process died: the delivery waits again or ends, as after a daemon's death."""
        self._release_slot(queued)
        self._writer.post(RecoverAttempt(queued, self._clock.now_ms()), _log_failed_release)
        self._launch(lane)
        self.kick()  # a delivery that has ended does not come back, and its slot is free

    def _record(self) -> None:
        """Record the ended attempts, and claim deliveries for their slots.

        The claims come first, so that both get into the same commit.
        """
        if self._record_timer is not None:
            self._record_timer.cancel()
            self._record_timer = None
        results, self._results = self._results, []
        if results:
            self._look()
            self._writer.post(
                RecordOutcomes(self._owner, results, self._clock.now_ms()), _log_failed_record
            )

    # --- waiting and refilling --------------------------------------------------------------------

    def _refill(self, lane: Lane) -> None:
        self._tasks.spawn(self._load(lane, lane.begin_refill()), "refill")

    async def _load(self, lane: Lane, mark: int) -> None:
        window = lane.window
        try:
            records = await self._backlog.earliest(lane.webhook, window)
        except Exception:
            self._loop.call_later(REFUSED_PAUSE, self.kick)  # the lane still needs the refill
            raise
        finally:
            lane.end_refill()
        lane.make_room({record.row for record in records}, mark)
        added = 0
        for record in records:
            if record.row in self._in_flight or record.row in self._quarantine:
                continue
            added += self._lanes.enter(lane, QueuedDelivery(record, None))
        lane.refilled(mark, exhausted=len(records) < window)
        self._lanes.set_claim_slots(lane)
        self._wake(lane)
        self._loop.call_later(0.0 if added or lane.complete else REFILL_PAUSE, self.kick)

    def _leave_to_store(self, lane: Lane) -> None:
        lane.leave_to_store()
        self._wake(lane)

    def _set_due_timer(self, now: float) -> None:
        """Look for work again when the next delivery is due."""
        if self._due_timer is not None:
            self._due_timer.cancel()
            self._due_timer = None
        due = self._lanes.next_due(now)
        if due is not None:
            wait = min(max(0.0, due - now), LONGEST_SLEEP)
            self._due_timer = self._loop.call_later(wait, self.kick)

    # --- releasing claims -------------------------------------------------------------------------

    def _release(self, lane: Lane, batch: list[QueuedDelivery]) -> None:
        """Release unused claims, or discard their deliveries when the webhook is blocked.

        This is decided here and not in the store: when the webhook is activated before the claims
        are released, these deliveries must still be discarded.
        """
        if not batch:
            return
        for queued in batch:
            self._release_slot(queued)
        rows = [queued.record.row for queued in batch]
        blocked_reason = self._webhook_of(lane.webhook).blocked_reason
        self._writer.post(
            Release(self._owner, rows, blocked_reason, self._clock.now_ms()),
            partial(self._released, lane),
        )

    def _released(self, lane: Lane, result: BaseException | None) -> None:
        """The claims are released in the store; an earlier refill could not find the deliveries."""
        _log_failed_release(result)
        self._leave_to_store(lane)


def _log_failed_release(result: Any) -> None:
    if isinstance(result, BaseException):
        log.error("claims could not be released; the next start of the daemon does it: %s", result)


def _log_failed_record(result: Any) -> None:
    if isinstance(result, BaseException):
        log.error(
            "outcomes could not be recorded; their attempts are repeated after a restart: %s",
            result,
        )
