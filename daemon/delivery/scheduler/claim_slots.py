"""How many deliveries may be claimed at once, in all and for each webhook.

A claim is written before its delivery is sent, so that a death leaves a trace of what was on the
wire. Whoever claims takes a place here first: the dispatcher for what waits, the writer's thread
for what has just come in (that saves a commit). Both may ask at once, hence the lock.
"""

import threading

import msgspec


class _LaneSlots(msgspec.Struct):
    free: int
    limit: int
    open: bool
    """Whether a delivery that has just come in may go first: nothing waits, no rate is kept."""
    silent: bool


class ClaimSlots:
    """Places for claims: `limit` in all, `silent` for all webhooks whose receivers are silent."""

    def __init__(self, limit: int, silent: int) -> None:
        self._lock = threading.Lock()
        self._limit = limit
        self._free = limit
        self._silent_limit = silent
        self._silent = 0
        self._lanes: dict[int, _LaneSlots] = {}
        self._paused = self._closed = False

    def resize(self, limit: int, silent: int) -> None:
        """Allow so many claims in all, and so many to silent webhooks together."""
        with self._lock:
            self._silent_limit = silent
            self._free += limit - self._limit
            self._limit = limit

    def set_lane(self, webhook: int, limit: int, *, opened: bool, silent: bool) -> None:
        """Allow `limit` claims for a webhook; `opened`: also for what has just come in."""
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
        """Forget a webhook of which nothing is claimed; False: something is."""
        with self._lock:
            lane = self._lanes.get(webhook)
            if lane is not None and lane.free != lane.limit:
                return False
            self._lanes.pop(webhook, None)
            return True

    def pause(self, *, paused: bool) -> None:
        """Let nothing that has just come in be claimed for a while, or let it again."""
        with self._lock:
            self._paused = paused

    def close(self) -> None:
        """Let nothing that has just come in be claimed any more."""
        with self._lock:
            self._closed = True

    def take_fresh(self, webhook: int) -> bool:
        """Take a place for a delivery that has just come in, if it may overtake nobody."""
        with self._lock:
            lane = self._lanes.get(webhook)
            if self._closed or self._paused or lane is None or not lane.open:
                return False
            return self._take(lane)

    def take(self, webhook: int) -> bool:
        """Take a place for a delivery that waits."""
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
        """Take a place whether there is one or not: somebody waits for this delivery."""
        with self._lock:
            self._move(self._lanes[webhook], 1)

    def give(self, webhook: int) -> None:
        """Give a place back."""
        with self._lock:
            self._move(self._lanes[webhook], -1)

    @property
    def taken(self) -> int:
        """Claims that are out."""
        return self._limit - self._free
