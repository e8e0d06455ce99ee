"""One webhook's deliveries in the scheduler: waiting, claimed, in flight.

A lane holds a window of its webhook's backlog; the store has all of it. While `complete`, the
window is the whole backlog; otherwise it holds the deliveries that are due first, and the
dispatcher reads more from the store when the window runs low or a delivery was left to the store.
"""

import heapq
from collections import deque
from collections.abc import Collection
from itertools import count

from daemon.domain.deliveries.lifecycle import DeliveryKind
from daemon.store.records import QueuedDelivery

WINDOWS = 16_384
"""The most deliveries that all lanes together keep in memory."""
WINDOW = 2_048
"""The most deliveries that one lane keeps, when there are few lanes."""
LEAST = 64
"""The deliveries that one lane may keep, however many lanes there are."""
LOW = 8
"""A lane is refilled when less than this part (an eighth) of its window is left."""
SILENT_PART = 4
"""A webhook whose receiver is silent has this part (a quarter) of its attempt slots."""


def window_among(lanes: int) -> int:
    """How many deliveries each of `lanes` lanes keeps in memory."""
    return min(WINDOW, max(LEAST, WINDOWS // max(1, lanes)))


class Lane:
    """One webhook's deliveries. Other classes read its attributes; only its methods change them.

    `complete`: every waiting delivery of the webhook is in the lane.
    """

    def __init__(self, webhook: int, *, complete: bool = False) -> None:
        self.webhook = webhook
        self.concurrency = 1
        self.rate: float | None = None
        self.silent = False
        """Whether the last attempt ended with a timeout."""
        self.slots = 1
        """How many attempts may be in flight now."""
        self.in_flight = 0
        """How many attempts are in flight."""
        self.claimed: deque[QueuedDelivery] = deque()
        """Claimed deliveries that wait for an attempt slot."""
        self.window = WINDOW
        """How many waiting deliveries it keeps in memory."""
        self.complete = complete
        self.refilling = False
        self._left_to_store = 0
        """How often a delivery was left to the store; a refill that overlaps must be repeated."""
        self._left_before_refill = 0
        """`_left_to_store` when the last refill began."""
        self._ready: deque[QueuedDelivery] = deque()
        self._later: list[tuple[float, int, QueuedDelivery]] = []
        """A heap by due time on the steady clock."""
        self._known: set[int] = set()
        """The rows of the deliveries that are ready or due later."""
        self._order = count()
        self._next_start = 0.0

    def __len__(self) -> int:
        return len(self._known)

    # --- the webhook's settings and its receiver ----------------------------------------------

    def configure(self, concurrency: int, rate: float | None) -> None:
        """Set how many attempts may be in flight, and how many may start a second."""
        self.concurrency = concurrency
        self.rate = rate
        self._set_slots()

    def set_silent(self, *, silent: bool) -> None:
        """Set whether the receiver is silent.

        An attempt that is never answered keeps its slot until the deadline. Without this limit,
        four webhooks with silent receivers would hold every slot, and all other webhooks would
        wait.
        """
        self.silent = silent
        self._set_slots()

    def _set_slots(self) -> None:
        silent = max(1, self.concurrency // SILENT_PART)
        self.slots = silent if self.silent else self.concurrency

    # --- waiting -------------------------------------------------------------------------------

    @property
    def has_ready(self) -> bool:
        """Whether a delivery is ready to be claimed, regardless of the rate."""
        return bool(self._ready)

    @property
    def first(self) -> QueuedDelivery | None:
        """The delivery that would be claimed next."""
        return self._ready[0] if self._ready else None

    @property
    def idle(self) -> bool:
        """Whether no delivery waits, here or in the store."""
        return self.complete and not self._known and not self.refilling

    @property
    def full(self) -> bool:
        """Whether the window is full."""
        return len(self._known) >= self.window

    def refresh(self, window: int, now: float) -> None:
        """Set the size of the window, and make due deliveries ready."""
        self.window = window
        while self._later and self._later[0][0] <= now:
            self._ready.append(heapq.heappop(self._later)[2])

    def add(self, queued: QueuedDelivery, due: float | None, *, urgent: bool = False) -> bool:
        """Add a delivery, `due` on the steady clock or now (None); False when it is known."""
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

    def forget(self, row: int) -> None:
        """Drop a delivery if it waits here."""
        if row not in self._known:
            return
        self._known.discard(row)
        self._ready = deque(q for q in self._ready if q.record.row != row)
        self._later = [entry for entry in self._later if entry[2].record.row != row]
        heapq.heapify(self._later)

    def clear(self) -> None:
        """Drop all waiting deliveries."""
        self._ready.clear()
        self._later.clear()
        self._known.clear()

    def may_start(self, now: float) -> bool:
        """Whether the webhook's rate allows another start."""
        return self.rate is None or now >= self._next_start

    def pop(self, now: float) -> QueuedDelivery:
        """Remove and return the next ready delivery; its start counts for the rate."""
        queued = self._ready.popleft()
        self._known.discard(queued.record.row)
        if self.rate is not None:
            self._next_start = max(now, self._next_start) + 1 / self.rate
        return queued

    def next_due(self, now: float) -> float | None:
        """When, on the steady clock, a delivery becomes due or the rate allows a start, or None.

        A delivery that is ready and within the rate waits for a claim slot; the dispatcher looks
        again whenever one is released.
        """
        if self._ready:
            return self._next_start if self.rate is not None and self._next_start > now else None
        return self._later[0][0] if self._later else None

    # --- refilling from the store --------------------------------------------------------------

    @property
    def needs_refill(self) -> bool:
        """Whether the store has a delivery that this window should hold."""
        if self.complete or self.refilling:
            return False
        low = max(1, self.window // LOW)
        # A full window of later deliveries lacks a due one only if that was left to the store.
        left = self._left_to_store != self._left_before_refill and len(self._ready) < low
        return left or len(self._known) < low

    def leave_to_store(self) -> None:
        """Record that a delivery waits in the store and not here."""
        self.complete = False
        self._left_to_store += 1

    def begin_refill(self) -> int:
        """Record that the store is being read; returns a mark for `make_room` and `refilled`."""
        self.refilling = True
        return self._left_to_store

    def end_refill(self) -> None:
        """Record that the read has ended or failed."""
        self.refilling = False

    def make_room(self, rows: Collection[int], mark: int) -> None:
        """Drop later deliveries that are not among the store's earliest, `rows`."""
        self._left_before_refill = mark
        before = {entry[2].record.row for entry in self._later}
        self._later = [entry for entry in self._later if entry[2].record.row in rows]
        heapq.heapify(self._later)
        self._known -= before.difference(rows)

    def refilled(self, mark: int, *, exhausted: bool) -> None:
        """The read deliveries have been added; `exhausted`: the store had no more of them."""
        self.complete = exhausted and mark == self._left_to_store

    # --- claimed and in flight -----------------------------------------------------------------

    def hold_claimed(self, queued: QueuedDelivery) -> None:
        """Keep a claimed delivery until an attempt slot is free."""
        self.claimed.append(queued)

    def take_claimed(self, *, but: DeliveryKind | None = None) -> list[QueuedDelivery]:
        """Remove and return claimed deliveries that are not in flight; those of kind `but` stay."""
        taken = [queued for queued in self.claimed if queued.record.kind is not but]
        self.claimed = deque(queued for queued in self.claimed if queued.record.kind is but)
        return taken

    def begin_attempt(self) -> QueuedDelivery:
        """Take an attempt slot for the next claimed delivery; returns the delivery."""
        self.in_flight += 1
        return self.claimed.popleft()

    def end_attempt(self) -> None:
        """Release the attempt slot."""
        self.in_flight -= 1
