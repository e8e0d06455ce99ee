"""Limits of claimed deliveries, in all and for each webhook.

A claim slot is taken before the claim is written: by the dispatcher for a waiting delivery, by the
writer's thread for a new one (that saves a commit). Both threads use the counts, so a lock protects
them.
"""

import threading

import msgspec

CLAIMS_PER_SLOT = 4
"""A claim waits for the present commit and for its own. With two claims for each attempt slot,
attempt slots had no claimed delivery for three quarters of the time; four send 6% to 15% more."""


def claims_for(slots: int) -> int:
    """How many claims `slots` attempt slots get; one slot gets one, to keep requests in order."""
    return CLAIMS_PER_SLOT * slots if slots > 1 else 1


class DeliveryLimits(msgspec.Struct, frozen=True):
    """How many attempts may be in flight, and the limits of waits in seconds."""

    concurrency: int = 128
    per_webhook: int = 16
    timeout: float = 10.0
    schedule: tuple[float, ...] = (2.0, 4.0)
    retry_after_max: float = 60.0

    @property
    def claims(self) -> int:
        """Claims in all: more than attempts in flight, so that attempts do not wait for commits."""
        return claims_for(self.concurrency)

    @property
    def silent_claims(self) -> int:
        """Claims of all webhooks with silent receivers together; a quarter is left for others."""
        return max(1, self.concurrency * 3 // 4)

    def longest_wait(self, own: tuple[float, ...] | None) -> float:
        """The longest possible wait of a delivery; `own` is its webhook's own schedule."""
        return max((self.retry_after_max, *(self.schedule if own is None else own)))


class _LaneSlots(msgspec.Struct):
    free: int
    limit: int
    open: bool
    """Whether a new delivery may be claimed at once: it overtakes no other, and the webhook has no
    rate."""
    silent: bool


class ClaimSlots:
    """Slots for claims: `limit` in all, `silent` for all webhooks with silent receivers together.

    A receiver is silent when the webhook's last attempt ended with a timeout.
    """

    def __init__(self, limit: int, silent: int) -> None:
        self._lock = threading.Lock()
        self._limit = limit
        self._free = limit
        self._silent_limit = silent
        self._silent = 0
        self._lanes: dict[int, _LaneSlots] = {}
        self._paused = self._closed = False

    def resize(self, limit: int, silent: int) -> None:
        """Allow `limit` claims in all, and `silent` to webhooks with silent receivers."""
        with self._lock:
            self._silent_limit = silent
            self._free += limit - self._limit
            self._limit = limit

    def set_lane(self, webhook: int, limit: int, *, opened: bool, silent: bool) -> None:
        """Allow `limit` claims for a webhook; `opened`: also for new deliveries."""
        with self._lock:
            lane = self._lanes.get(webhook)
            if lane is None:
                self._lanes[webhook] = _LaneSlots(limit, limit, opened, silent)
                return
            if silent is not lane.silent:
                taken = lane.limit - lane.free
                self._silent += taken if silent else -taken
                lane.silent = silent
            lane.free += limit - lane.limit
            lane.limit = limit
            lane.open = opened

    def drop_lane(self, webhook: int) -> bool:
        """Forget a webhook without claims; returns False when it has one."""
        with self._lock:
            lane = self._lanes.get(webhook)
            if lane is not None and lane.free != lane.limit:
                return False
            self._lanes.pop(webhook, None)
            return True

    def pause(self, *, paused: bool) -> None:
        """Refuse slots to new deliveries, or allow them again."""
        with self._lock:
            self._paused = paused

    def close(self) -> None:
        """Refuse slots to new deliveries from now on."""
        with self._lock:
            self._closed = True

    def take_for_new(self, webhook: int) -> bool:
        """Take a slot for a new delivery, if it may be sent at once."""
        with self._lock:
            lane = self._lanes.get(webhook)
            if self._closed or self._paused or lane is None or not lane.open:
                return False
            return self._take(lane)

    def take(self, webhook: int) -> bool:
        """Take a slot for a waiting delivery."""
        with self._lock:
            lane = self._lanes.get(webhook)
            return lane is not None and self._take(lane)

    def _take(self, lane: _LaneSlots) -> bool:
        if self._free <= 0 or lane.free <= 0:
            return False
        if lane.silent and self._silent >= self._silent_limit:
            return False
        self._move(lane, 1)
        return True

    def _move(self, lane: _LaneSlots, taken: int) -> None:
        self._free -= taken
        lane.free -= taken
        if lane.silent:
            self._silent += taken

    def force(self, webhook: int) -> None:
        """Take a slot, even beyond the limits: a caller waits for this delivery's outcome."""
        with self._lock:
            self._move(self._lanes[webhook], 1)

    def give(self, webhook: int) -> None:
        """Release a slot."""
        with self._lock:
            self._move(self._lanes[webhook], -1)

    @property
    def taken(self) -> int:
        """The number of claims."""
        return self._limit - self._free
