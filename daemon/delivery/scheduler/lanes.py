"""The lanes of all webhooks, and what each of them may claim."""

from collections.abc import Callable, Iterator

from daemon.delivery.scheduler.claim_slots import ClaimSlots
from daemon.delivery.scheduler.in_flight import DeliveryLimits, claims_for
from daemon.delivery.scheduler.lane import Lane
from daemon.store.records import WebhookRecord


class Lanes:
    """Makes a webhook's lane when it is first needed; a deleted webhook's goes once it is empty."""

    def __init__(
        self,
        webhook_of: Callable[[int], WebhookRecord],
        claim_slots: ClaimSlots,
        limits: DeliveryLimits,
    ) -> None:
        self._webhook_of = webhook_of
        self._claim_slots = claim_slots
        self.limits = limits
        self._lanes: dict[int, Lane] = {}
        self._unsettled: set[Lane] = set()
        self._deleted: set[Lane] = set()

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def __len__(self) -> int:
        return len(self._lanes)

    def of(self, webhook: int, *, empty: bool = False) -> Lane:
        """A webhook's lane; `empty`: should it be new, nothing of it waits in the store."""
        lane = self._lanes.get(webhook)
        if lane is None:
            lane = self._lanes[webhook] = Lane(webhook, concurrency=1, rate=None)
            lane.complete = empty
            self.fit(lane)
        return lane

    def fit(self, lane: Lane) -> None:
        """Have a lane follow its webhook's state and the settings."""
        webhook = self._webhook_of(lane.webhook)
        lane.concurrency = webhook.config.retry.concurrency or self.limits.per_webhook
        lane.rate = webhook.config.retry.rate
        self.open_or_shut(lane)
        if webhook.deleted_at is not None:
            self._deleted.add(lane)

    def open_or_shut(self, lane: Lane) -> None:
        """Let what comes in go straight to the wire only when it would overtake nobody."""
        opened = lane.complete and not lane.has_ready and lane.rate is None
        opened = opened and self._webhook_of(lane.webhook).blocked_reason is None
        # What a silent receiver has claimed and cannot be sent keeps others like it from a place.
        claims = lane.places if lane.silent else claims_for(lane.places)
        self._claim_slots.set_lane(lane.webhook, claims, opened=opened, silent=lane.silent)

    def unsettled(self, lane: Lane) -> None:
        """Note that something came in, which `settle` looks at once everything has."""
        self._unsettled.add(lane)

    def settle(self) -> None:
        """See whether what comes in next may go straight to the wire."""
        for lane in self._unsettled:
            self.open_or_shut(lane)
        self._unsettled.clear()

    def let_go(self) -> None:
        """Forget the lanes of deleted webhooks of which nothing is claimed any more."""
        for lane in [*self._deleted]:
            if not lane.refilling and self._claim_slots.drop_lane(lane.webhook):
                self._deleted.discard(lane)
                self._unsettled.discard(lane)
                del self._lanes[lane.webhook]
