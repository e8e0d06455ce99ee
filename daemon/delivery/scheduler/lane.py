"""What waits for one webhook.

A lane holds a window on its webhook's waiting deliveries; the whole backlog lives in the store.
While `complete`, the window is the whole; otherwise it holds those that are due first, and the
dispatcher looks into the store for more when it runs low or something was left there.
"""

import heapq
from collections import deque
from collections.abc import Collection
from itertools import count

from daemon.domain.deliveries.lifecycle import DeliveryKind
from daemon.store.records import QueuedDelivery

WINDOWS = 16_384
"""Deliveries that all lanes together keep in memory."""
WINDOW = 2_048
"""Deliveries that one lane keeps, if there are few lanes."""
LEAST = 64
"""Deliveries that one lane keeps, however many lanes there are."""
LOW = 8
"""A lane is refilled when less than this part (an eighth) of its window is left."""
SILENT_PART = 4
"""A webhook whose receiver is silent has this part (a quarter) of its places on the wire."""


def window_among(lanes: int) -> int:
    """How many deliveries each of so many lanes keeps in memory."""
    return min(WINDOW, max(LEAST, WINDOWS // max(1, lanes)))


class Lane:
    """One webhook's waiting deliveries, ready ones in turn and later ones by due time."""

    def __init__(self, webhook: int, *, concurrency: int, rate: float | None) -> None:
        self.webhook = webhook
        self.concurrency = concurrency
        self.rate = rate
        self.silent = False
        """Whether the last attempt that ended was never answered."""
        self.window = WINDOW
        """How many deliveries it keeps in memory."""
        self.complete = False
        self.dropped = 0
        """Grows when something was left to the store alone; a refill that overlaps must repeat."""
        self._seen = 0
        """What `dropped` was when the last refill began."""
        self.refilling = False
        self.awake = False
        """Whether the dispatcher visits this lane."""
        self.queued = False
        """Whether it is in turn for the wire."""
        self.on_wire = 0
        self.claimed: deque[QueuedDelivery] = deque()
        """Claimed and waiting for a place on the wire."""
        self._ready: deque[QueuedDelivery] = deque()
        self._later: list[tuple[float, int, QueuedDelivery]] = []
        self._known: set[int] = set()
        self._order = count()
        self._next_start = 0.0

    def __len__(self) -> int:
        return len(self._known)

    @property
    def places(self) -> int:
        """How many of it may be on the wire now.

        What is never answered keeps its place until the deadline: four webhooks with silent
        receivers would fill the wire, and everybody else would wait.
        """
        return max(1, self.concurrency // SILENT_PART) if self.silent else self.concurrency

    @property
    def has_ready(self) -> bool:
        """Whether something could be claimed now, the rate aside."""
        return bool(self._ready)

    @property
    def first(self) -> QueuedDelivery | None:
        """What would be claimed next."""
        return self._ready[0] if self._ready else None

    @property
    def idle(self) -> bool:
        """Whether there is nothing to send, now or later, and the store has no more."""
        return self.complete and not self._known and not self.refilling

    @property
    def wants_refill(self) -> bool:
        """Whether the store has something that this window should."""
        if self.complete or self.refilling:
            return False
        low = max(1, self.window // LOW)
        # A full window of what is due later may lack what is due now, but only if that is new.
        left = self.dropped != self._seen and len(self._ready) < low
        return left or len(self._known) < low

    @property
    def full(self) -> bool:
        """Whether there is no room in the window."""
        return len(self._known) >= self.window

    def add(self, queued: QueuedDelivery, due: float | None, *, urgent: bool = False) -> bool:
        """Take in a delivery that is `due` then on the steady clock, or now; False: it is known."""
        row = queued.record.row
        if row in self._known:
            return False
        self._known.add(row)
        if urgent:
            self._ready.appendleft(queued)
        elif due is None:
            self._ready.append(queued)
        else:
            heapq.heappush(self._later, (due, next(self._order), queued))
        return True

    def refilled(self, rows: Collection[int], dropped: int) -> None:
        """The store's earliest are `rows`, read when `dropped` was so many: make room for them."""
        self._seen = dropped
        before = {entry[2].record.row for entry in self._later}
        self._later = [entry for entry in self._later if entry[2].record.row in rows]
        heapq.heapify(self._later)
        self._known -= before.difference(rows)

    def forget(self, row: int) -> None:
        """Drop a delivery that waits, wherever it stands; unknown ones are fine."""
        if row not in self._known:
            return
        self._known.discard(row)
        self._ready = deque(f for f in self._ready if f.record.row != row)
        self._later = [entry for entry in self._later if entry[2].record.row != row]
        heapq.heapify(self._later)

    def clear(self) -> None:
        """Drop everything that waits."""
        self._ready.clear()
        self._later.clear()
        self._known.clear()

    def take_claimed(self, *, but: DeliveryKind | None = None) -> list[QueuedDelivery]:
        """Take out what is claimed and not on the wire yet; deliveries of kind `but` stay."""
        taken = [queued for queued in self.claimed if queued.record.kind is not but]
        self.claimed = deque(queued for queued in self.claimed if queued.record.kind is but)
        return taken

    def ripen(self, now: float) -> None:
        """Make ready what has become due."""
        while self._later and self._later[0][0] <= now:
            self._ready.append(heapq.heappop(self._later)[2])

    def may_start(self, now: float) -> bool:
        """Whether the webhook's rate allows another start."""
        return self.rate is None or now >= self._next_start

    def pop(self, now: float) -> QueuedDelivery:
        """Take the next ready delivery out, and note its start for the rate."""
        queued = self._ready.popleft()
        self._known.discard(queued.record.row)
        if self.rate is not None:
            self._next_start = max(now, self._next_start) + 1 / self.rate
        return queued

    def next_due(self, now: float) -> float | None:
        """When, on the steady clock, time alone gives this lane something to do; None: never.

        What is ready and may start waits for a place, and whoever gives one back looks again.
        """
        if self._ready:
            return self._next_start if self.rate is not None and self._next_start > now else None
        return self._later[0][0] if self._later else None
