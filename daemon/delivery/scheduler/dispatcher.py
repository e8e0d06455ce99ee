"""The delivery loop: which waiting delivery is claimed next.

Everything here runs on the loop's thread. A delivery's way: lane → claim (a commit) → wire →
outcome (a commit) → gone, or back to its lane with a later due time. Lanes take turns, so a webhook
with a long backlog or a dead endpoint delays nobody else.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec

from daemon.delivery.scheduler.claim_slots import ClaimSlots
from daemon.delivery.scheduler.in_flight import Attempts, DeliveryLimits, InFlight
from daemon.delivery.scheduler.lane import Lane, window_among
from daemon.delivery.scheduler.lanes import Lanes
from daemon.delivery.scheduler.quarantine import Quarantine
from daemon.domain.deliveries.lifecycle import DeliveryKind, Manual, needs_quarantine
from daemon.domain.deliveries.outcome import ErrorKind
from daemon.protocol.refusal import Refusal
from daemon.store.backlog import Backlog
from daemon.store.commands.claim import Claim, Claimed, Release
from daemon.store.commands.outcome import AttemptResult
from daemon.store.commands.recover import Interrupt, RecoverAttempt
from daemon.store.records import DeliveryRecord, QueuedDelivery, WebhookRecord
from daemon.store.writer import Writer
from daemon.util import failpoints
from daemon.util.clock import Clock
from daemon.util.tasks import Tasks

log = logging.getLogger(__name__)

LONGEST_SLEEP = 60.0

KEPT_BODY = 4 * 1024
"""Bytes of a body that is kept in memory while its delivery waits; larger ones are read again."""


class Dispatcher:
    """Owns the lanes; hands what it claims to the wire."""

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
        self._limits = limits
        self._wire = InFlight(
            owner=owner,
            writer=writer,
            attempts=attempts,
            webhook_of=webhook_of,
            clock=clock,
            limits=limits,
            landed=self._landed,
            gathered=self._pump,
            interrupted=self._interrupted,
            unused=self._unused,
        )
        self._lanes = Lanes(webhook_of, claim_slots, limits)
        self._turn: deque[Lane] = deque()
        """The lanes that may have something to send; idle ones cost nothing."""
        self._solo = Quarantine(claim_slots)
        self._tasks = Tasks()
        self._pump_soon = False
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = False

    # --- what the service tells -------------------------------------------------------------

    def start(self) -> None:
        """Begin to deliver."""
        self._loop = asyncio.get_running_loop()
        self.kick()

    def apply_limits(self, limits: DeliveryLimits) -> None:
        """Take over changed settings."""
        self._limits = self._wire.limits = self._lanes.limits = limits
        self._claim_slots.resize(limits.claims, limits.silent_claims)
        for lane in self._lanes:
            self._lanes.fit(lane)
        self._wire.launch(*self._lanes)
        self.kick()

    def apply_webhook(self, webhook: WebhookRecord, *, empty: bool = False) -> None:
        """Take over a webhook's state; `empty`: nothing of it waits in the store."""
        lane = self._lanes.of(webhook.row, empty=empty)
        if webhook.blocked_reason is not None:
            lane.clear()
            self._solo.drop(webhook.row)
            # A test goes out while paused, too, but not to an address that is gone.
            stays = DeliveryKind.TEST if webhook.deleted_at is None else None
            self._release(lane, lane.take_claimed(but=stays))
        self._lanes.fit(lane)
        self._wire.launch(lane)
        self._wake(lane)

    def add(self, queued: QueuedDelivery) -> None:
        """Take in a delivery: a claimed one goes on the wire, others wait for their time.

        A commit brings many; `settle` comes after the last of them.
        """
        record = queued.record
        lane = self._lanes.of(record.webhook)
        if record.in_flight:
            if record.kind is DeliveryKind.TEST:
                self._claim_slots.force(record.webhook)
            lane.claimed.append(queued)
            self._wire.launch(lane)
            return
        if record.attempt:
            failpoints.hit("retry.waiting")
        urgent = record.manual is not Manual.NO
        if urgent or (lane.complete and not lane.full):
            lane.forget(record.row)
            self._enter(lane, queued, urgent=urgent)
            self._wake(lane)
        else:
            self._leave_to_store(lane)
        self._lanes.unsettled(lane)

    def settle(self) -> None:
        """See whether what comes in next may go straight to the wire."""
        self._lanes.settle()

    @property
    def in_flight(self) -> int:
        """Deliveries on the wire."""
        return len(self._wire)

    # --- choosing and claiming ----------------------------------------------------------------

    def kick(self) -> None:
        """Look for work once the loop comes round."""
        if not self._pump_soon and not self._stopping:
            self._pump_soon = True
            self._loop.call_soon(self._pump)

    def _wake(self, lane: Lane) -> None:
        if not lane.awake:
            lane.awake = True
            self._turn.append(lane)
        self.kick()

    def _pump(self) -> None:
        self._pump_soon = False
        if self._stopping:
            return
        now = self._clock.steady()
        window = window_among(len(self._turn))
        for lane in [*self._turn]:
            lane.window = window
            lane.ripen(now)
            if self._webhook_of(lane.webhook).blocked_reason is not None or lane.idle:
                lane.awake = False
                self._turn.remove(lane)
            elif lane.wants_refill:
                self._refill(lane)
        if not self._solo.busy:
            self._claim(self._choose(now))
        elif suspect := self._solo.next():
            self._claim([suspect])
        self._set_timer(now)
        self._lanes.let_go()

    def _choose(self, now: float) -> list[QueuedDelivery]:
        """Round robin over the lanes until nobody has anything to send or a place for it."""
        chosen: list[QueuedDelivery] = []
        idle = 0
        while idle < len(self._turn):
            lane = self._turn[0]
            self._turn.rotate(-1)
            idle += 1
            if lane.first is None or not lane.may_start(now):
                continue
            if needs_quarantine(lane.first.record.deaths):
                self._solo.hold(lane.pop(now))
                self.kick()
                break
            if self._claim_slots.take(lane.webhook):
                chosen.append(lane.pop(now))
                idle = 0
        for row in {queued.record.webhook for queued in chosen}:
            self._lanes.open_or_shut(self._lanes.of(row))
        return chosen

    def _claim(self, chosen: list[QueuedDelivery]) -> None:
        if not chosen:
            return
        batch = {queued.record.row: queued for queued in chosen}
        bare = [row for row, queued in batch.items() if queued.body is None]

        def claimed(result: list[Claimed] | BaseException) -> None:
            if isinstance(result, BaseException):
                self._claim_failed(batch)
            else:
                self._claims_came(batch, result)

        wanted = [(row, queued.record.lease_seq) for row, queued in batch.items()]
        self._writer.post(Claim(self._owner, wanted, bare), claimed)

    def _claims_came(self, batch: dict[int, QueuedDelivery], claims: list[Claimed]) -> None:
        lanes: dict[int, Lane] = {}
        for claim in claims:
            queued = batch.pop(claim.row)
            queued.record = msgspec.structs.replace(
                queued.record, lease_seq=claim.lease_seq, in_flight=True
            )
            if queued.body is None:
                queued.body, queued.problem = claim.body, claim.problem
            lane = self._lanes.of(queued.record.webhook)
            lane.claimed.append(queued)
            lanes[lane.webhook] = lane
        for lost in batch.values():
            # It was not as it was known: a refill may have taken it for the delivery itself.
            self._give_back(lost)
            self._leave_to_store(self._lanes.of(lost.record.webhook))
        self._wire.launch(*lanes.values())
        if batch:
            self.kick()

    def _claim_failed(self, batch: dict[int, QueuedDelivery]) -> None:
        """The store said no (a full disk, say): look again in a while, from the store."""
        for queued in batch.values():
            self._give_back(queued)
            self._leave_to_store(self._lanes.of(queued.record.webhook))
        self._loop.call_later(1.0, self.kick)

    def _give_back(self, queued: QueuedDelivery) -> None:
        self._claim_slots.give(queued.record.webhook)
        self._solo.back(queued)

    def _landed(self, lane: Lane, landed: AttemptResult) -> None:
        """An attempt has ended: its place is free, unless its webhook has fewer from now on."""
        self._give_back(landed.queued)
        failure = landed.outcome.failure
        silent = failure is not None and failure.kind is ErrorKind.TIMEOUT
        if silent is not lane.silent:
            lane.silent = silent
            if silent:
                self._release(lane, lane.take_claimed(but=DeliveryKind.TEST))
            self._lanes.open_or_shut(lane)
        self._wire.launch(lane)

    def _interrupted(self, lane: Lane, queued: QueuedDelivery) -> None:
        """The process that sent it died: it waits again, or is set aside, as after a death."""
        self._give_back(queued)
        self._writer.post(RecoverAttempt(queued, self._clock.now_ms()), _unless_failed)
        self._wire.launch(lane)
        self.kick()  # what is set aside does not come again, and its place is free

    # --- waiting and refilling -------------------------------------------------------------------

    def _enter(self, lane: Lane, queued: QueuedDelivery, *, urgent: bool = False) -> bool:
        if queued.body is not None and len(queued.body) > KEPT_BODY:
            queued = QueuedDelivery(queued.record, None)
        return lane.add(queued, self._due(lane, queued.record), urgent=urgent)

    def _due(self, lane: Lane, record: DeliveryRecord) -> float | None:
        """When, on the steady clock, a delivery may be sent; None: at once."""
        due = record.next_attempt_at
        if due is None or not record.tries:  # who has not failed yet has nothing to wait for
            return None
        wait = (due - self._clock.now_ms()) / 1000
        if wait <= 0:
            return None
        # A wall clock that was set back must not make anybody wait longer than a wait can be.
        own = self._webhook_of(lane.webhook).config.retry.schedule
        return self._clock.steady() + min(wait, self._limits.longest_wait(own))

    def _refill(self, lane: Lane) -> None:
        lane.refilling = True
        self._tasks.spawn(self._load(lane, lane.dropped), "refill")

    async def _load(self, lane: Lane, dropped: int) -> None:
        window = lane.window
        try:
            records = await self._backlog.earliest(lane.webhook, window)
        except Exception:
            self._loop.call_later(1.0, self.kick)  # the lane still wants it
            raise
        finally:
            lane.refilling = False
        lane.refilled({record.row for record in records}, dropped)
        added = 0
        for record in records:
            if record.row in self._wire or record.row in self._solo:
                continue
            added += self._enter(lane, QueuedDelivery(record, None))
        lane.complete = len(records) < window and dropped == lane.dropped
        self._lanes.open_or_shut(lane)
        self._wake(lane)
        # What the store has more of was all known: give it a moment before asking again.
        self._loop.call_later(0.0 if added or lane.complete else 0.05, self.kick)

    def _leave_to_store(self, lane: Lane) -> None:
        lane.complete = False
        lane.dropped += 1
        self._wake(lane)

    def _set_timer(self, now: float) -> None:
        """Wake up when the next delivery is due."""
        dues = [due for lane in self._turn if (due := lane.next_due(now)) is not None]
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if dues:
            wait = min(max(0.0, min(dues) - now), LONGEST_SLEEP)
            self._timer = self._loop.call_later(wait, self.kick)

    # --- giving back, stopping -------------------------------------------------------------------

    def _unused(self, lane: Lane, queued: QueuedDelivery) -> None:
        self._release(lane, [queued])

    def _release(self, lane: Lane, batch: list[QueuedDelivery]) -> None:
        """Give claims back that were not used: to the store, or for good if the webhook is barred.

        That is decided here and not in the store: a webhook that is activated before the claims
        are back must not be sent what had been set aside.
        """
        if not batch:
            return
        for queued in batch:
            self._give_back(queued)
        rows = [queued.record.row for queued in batch]
        blocked_reason = self._webhook_of(lane.webhook).blocked_reason
        released = partial(self._released, lane)
        self._writer.post(
            Release(self._owner, rows, blocked_reason, self._clock.now_ms()), released
        )

    def _released(self, lane: Lane, result: BaseException | None) -> None:
        """Claims are back in the store, where no look before this could find them."""
        _unless_failed(result)
        self._leave_to_store(lane)

    async def stop(self, drain: float) -> None:
        """Claim nothing more; let what is on the wire end, for up to `drain` seconds."""
        self._stopping = self._wire.closed = True
        self._claim_slots.close()
        if self._timer is not None:
            self._timer.cancel()
        # A claim that came after the writer's end would look like a death. The answer to this one,
        # which claims nothing, comes after those to all that may have claimed something.
        with suppress(Refusal):
            await self._writer.submit(Claim(self._owner, (), ()))
        for lane in self._lanes:
            self._release(lane, lane.take_claimed())
        if len(self._wire):
            failpoints.hit("drain.wire")
        await self._wire.drained(drain)
        cut = self._wire.cut()
        await self._tasks.close()
        if cut:
            log.info(
                "%d attempts outlast the drain; they are made again at the next start", len(cut)
            )
            self._writer.post(Interrupt(cut, self._clock.now_ms()), _unless_failed)


def _unless_failed(result: Any) -> None:
    if isinstance(result, BaseException):
        log.error("what had been claimed could not be given back: %s", result)
