"""The lanes of all webhooks: their limits for claims, and their turns."""

from collections import deque
from collections.abc import Callable, Iterator

from daemon.delivery.scheduler.claim_slots import ClaimSlots, DeliveryLimits, claims_for
from daemon.delivery.scheduler.lane import Lane, window_among
from daemon.domain.deliveries.lifecycle import needs_quarantine
from daemon.store.records import DeliveryRecord, QueuedDelivery, WebhookRecord
from daemon.util.clock import Clock

KEPT_BODY = 4 * 1024
"""The most bytes of a body that stays in memory while its delivery waits; larger ones are read
again with the claim."""


class Lanes:
    """Creates a webhook's lane when it is first needed; drops a deleted webhook's empty lane."""

    def __init__(
        self,
        webhook_of: Callable[[int], WebhookRecord],
        claim_slots: ClaimSlots,
        limits: DeliveryLimits,
        clock: Clock,
    ) -> None:
        self._webhook_of = webhook_of
        self._claim_slots = claim_slots
        self._limits = limits
        self._clock = clock
        self._lanes: dict[int, Lane] = {}
        self._turn: deque[Lane] = deque()
        """The lanes that may have deliveries to send, in order; idle lanes cost nothing."""
        self._awake: set[Lane] = set()
        """The lanes in `_turn`."""
        self._unsettled: set[Lane] = set()
        self._deleted: set[Lane] = set()

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def __len__(self) -> int:
        return len(self._lanes)

    def of(self, webhook: int, *, empty: bool = False) -> Lane:
        """A webhook's lane; `empty`: if the lane is new, none of its deliveries is in the store."""
        lane = self._lanes.get(webhook)
        if lane is None:
            lane = self._lanes[webhook] = Lane(webhook, complete=empty)
            self.fit(lane)
        return lane

    # --- settings, webhooks' states, claim slots ------------------------------------------------

    def apply_limits(self, limits: DeliveryLimits) -> None:
        """Apply changed settings."""
        self._limits = limits
        self._claim_slots.resize(limits.claims, limits.silent_claims)
        for lane in self._lanes.values():
            self.fit(lane)

    def fit(self, lane: Lane) -> None:
        """Apply the settings and the webhook's state to a lane."""
        webhook = self._webhook_of(lane.webhook)
        retry = webhook.config.retry
        lane.configure(retry.concurrency or self._limits.per_webhook, retry.rate)
        self.set_claim_slots(lane)
        if webhook.deleted_at is not None:
            self._deleted.add(lane)

    def set_claim_slots(self, lane: Lane) -> None:
        """Set how many claims a lane may have, and whether new deliveries may be claimed at once.

        They may when they overtake no waiting delivery.
        """
        opened = lane.complete and not lane.has_ready and lane.rate is None
        opened = opened and self._webhook_of(lane.webhook).blocked_reason is None
        # More claims than attempt slots would keep other webhooks with silent receivers from a
        # slot.
        claims = lane.slots if lane.silent else claims_for(lane.slots)
        self._claim_slots.set_lane(lane.webhook, claims, opened=opened, silent=lane.silent)

    def unsettled(self, lane: Lane) -> None:
        """Record that a delivery was added; `settle` follows after the last one of a commit."""
        self._unsettled.add(lane)

    def settle(self) -> None:
        """Decide for changed lanes whether new deliveries may be claimed at once."""
        for lane in self._unsettled:
            self.set_claim_slots(lane)
        self._unsettled.clear()

    def drop_deleted(self) -> None:
        """Forget the lanes of deleted webhooks that have no claims."""
        for lane in [*self._deleted]:
            if not lane.refilling and self._claim_slots.drop_lane(lane.webhook):
                self._deleted.discard(lane)
                self._unsettled.discard(lane)
                del self._lanes[lane.webhook]

    # --- waiting, and whose turn it is ----------------------------------------------------------

    def enter(self, lane: Lane, queued: QueuedDelivery, *, urgent: bool = False) -> bool:
        """Add a delivery to its lane; `urgent`: before all others. False when it is known."""
        if queued.body is not None and len(queued.body) > KEPT_BODY:
            queued = QueuedDelivery(queued.record, None)
        return lane.add(queued, self._due(lane, queued.record), urgent=urgent)

    def _due(self, lane: Lane, record: DeliveryRecord) -> float | None:
        """When, on the steady clock, a delivery may be sent; None means at once."""
        due = record.next_attempt_at
        if due is None or not record.tries:  # a delivery that has not failed yet does not wait
            return None
        wait = (due - self._clock.now_ms()) / 1000
        if wait <= 0:
            return None
        # After the wall clock was set back, a delivery must not wait longer than the longest wait.
        own = self._webhook_of(lane.webhook).config.retry.schedule
        return self._clock.steady() + min(wait, self._limits.longest_wait(own))

    def wake(self, lane: Lane) -> None:
        """Let a lane take turns again."""
        if lane not in self._awake:
            self._awake.add(lane)
            self._turn.append(lane)

    def make_due_ready(self, now: float) -> list[Lane]:
        """Make due deliveries ready; returns the lanes that need a refill.

        A lane that is idle, or whose webhook is blocked, gets no further turns.
        """
        window = window_among(len(self._turn))
        low = []
        for lane in [*self._turn]:
            lane.refresh(window, now)
            if self._webhook_of(lane.webhook).blocked_reason is not None or lane.idle:
                self._awake.discard(lane)
                self._turn.remove(lane)
            elif lane.needs_refill:
                low.append(lane)
        return low

    def choose(self, now: float) -> tuple[list[QueuedDelivery], QueuedDelivery | None]:
        """Choose deliveries round robin, until no lane has a ready one and a claim slot for it.

        Returns the deliveries to claim, with their slots taken, and a suspect. A suspect that gets
        its turn ends the round.
        """
        chosen: list[QueuedDelivery] = []
        suspect = None
        passed = 0
        """Lanes in a row that had nothing to claim."""
        while passed < len(self._turn):
            lane = self._turn[0]
            self._turn.rotate(-1)
            passed += 1
            first = lane.first
            if first is None or not lane.may_start(now):
                continue
            if needs_quarantine(first.record.deaths):
                suspect = lane.pop(now)
                break
            if self._claim_slots.take(lane.webhook):
                chosen.append(lane.pop(now))
                passed = 0
        for row in {queued.record.webhook for queued in chosen}:
            self.set_claim_slots(self._lanes[row])
        return chosen, suspect

    def next_due(self, now: float) -> float | None:
        """The earliest `Lane.next_due` of all lanes, or None."""
        dues = [due for lane in self._turn if (due := lane.next_due(now)) is not None]
        return min(dues, default=None)
