"""How many deliveries may be claimed at once, in all and for each webhook.

A claim is written before its delivery is sent, so that a death leaves a trace of what was on the
wire. Whoever claims takes a place here first: the dispatcher for what waits, the writer's thread
for what has just come in (that saves a commit). Both may ask at once, hence the lock.
"""

import threading

import msgspec


class _Lane(msgspec.Struct):
    free: int
    limit: int
    open: bool
    """Whether a delivery that has just come in may go first: nothing waits, no rate is kept."""


class Budget:
    """Places for claims."""

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        self._limit = limit
        self._free = limit
        self._lanes: dict[int, _Lane] = {}
        self._paused = self._closed = False

    def resize(self, limit: int) -> None:
        """Allow `limit` claims in all."""
        with self._lock:
            self._free += limit - self._limit
            self._limit = limit

    def set_lane(self, webhook: int, limit: int, *, opened: bool) -> None:
        """Allow `limit` claims for a webhook; `opened`: also for what has just come in."""
        with self._lock:
            lane = self._lanes.get(webhook)
            if lane is None:
                self._lanes[webhook] = _Lane(limit, limit, opened)
                return
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

    def _take(self, lane: _Lane) -> bool:
        if self._free <= 0 or lane.free <= 0:
            return False
        self._free -= 1
        lane.free -= 1
        return True

    def force(self, webhook: int) -> None:
        """Take a place whether there is one or not: somebody waits for this delivery."""
        with self._lock:
            self._free -= 1
            self._lanes[webhook].free -= 1

    def give(self, webhook: int) -> None:
        """Give a place back."""
        with self._lock:
            self._free += 1
            self._lanes[webhook].free += 1

    @property
    def taken(self) -> int:
        """Claims that are out."""
        return self._limit - self._free
