"""One webhook's deliveries in the scheduler: waiting, claimed, in flight.

A lane holds a window on its webhook's backlog; the store has all of it. While `complete`, the
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
"""Deliveries that all lanes together keep in memory."""
WINDOW = 2_048
"""Deliveries that one lane keeps, if there are few lanes."""
LEAST = 64
"""Deliveries that one lane keeps, however many lanes there are."""
LOW = 8
"""A lane is refilled when less than this part (an eighth) of its window is left."""
SILENT_PART = 4
"""A webhook whose receiver is silent has this part (a quarter) of its attempt slots."""


def window_among(lanes: int) -> int:
    """How many deliveries each of so many lanes keeps in memory."""
    return min(WINDOW, max(LEAST, WINDOWS // max(1, lanes)))


class Lane:
    """One webhook's deliveries. Its attributes are read by others and changed only by its methods.

    `complete`: nothing of the webhook waits in the store.
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
        """How often a delivery was left to the store alone: a refill that overlaps must repeat."""
        self._left_before_refill = 0
        """`_left_to_store` when the last refill began."""
        self._ready: deque[QueuedDelivery] = deque()
        self._later: list[tuple[float, int, QueuedDelivery]] = []
        """A heap by due time on the steady clock."""
        self._known: set[int] = set()
        """The rows of what is ready and what is due later."""
        self._order = count()
        self._next_start = 0.0

    def __len__(self) -> int:
        return len(self._known)

    # --- the webhook's settings and its receiver ----------------------------------------------

    def configure(self, concurrency: int, rate: float | None) -> None:
        """Take over how many attempts may be in flight, and how many may start a second."""
        self.concurrency = concurrency
        self.rate = rate
        self._set_slots()

    def set_silent(self, *, silent: bool) -> None:
        """Take over whether the receiver is silent.

        An attempt that is never answered keeps its slot until the deadline. Without this bound four
        webhooks with silent receivers would hold every slot, and all other webhooks would wait.
        """
        self.silent = silent
        self._set_slots()

    def _set_slots(self) -> None:
        silent = max(1, self.concurrency // SILENT_PART)
        self.slots = silent if self.silent else self.concurrency

    # --- waiting -------------------------------------------------------------------------------

    @property
    def has_ready(self) -> bool:
        """Whether a delivery could be claimed now, the rate aside."""
        return bool(self._ready)

    @property
    def first(self) -> QueuedDelivery | None:
        """The delivery that would be claimed next."""
        return self._ready[0] if self._ready else None

    @property
    def idle(self) -> bool:
        """Whether nothing waits here, now or later, and the store has no more."""
        return self.complete and not self._known and not self.refilling

    @property
    def full(self) -> bool:
        """Whether there is no room in the window."""
        return len(self._known) >= self.window

    def refresh(self, window: int, now: float) -> None:
        """Keep `window` deliveries from now on, and make ready what has become due."""
        self.window = window
        while self._later and self._later[0][0] <= now:
            self._ready.append(heapq.heappop(self._later)[2])

    def add(self, queued: QueuedDelivery, due: float | None, *, urgent: bool = False) -> bool:
        """Take in a delivery, `due` on the steady clock or now (None); False when it is known."""
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
        """Drop a delivery that waits here, if it does."""
        if row not in self._known:
            return
        self._known.discard(row)
        self._ready = deque(q for q in self._ready if q.record.row != row)
        self._later = [entry for entry in self._later if entry[2].record.row != row]
        heapq.heapify(self._later)

    def clear(self) -> None:
        """Drop everything that waits."""
        self._ready.clear()
        self._later.clear()
        self._known.clear()

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
        """When, on the steady clock, time alone makes a delivery claimable; None: never.

        A delivery that is ready and within the rate waits for a claim slot, and the dispatcher
        looks again whenever one is given back.
        """
        if self._ready:
            return self._next_start if self.rate is not None and self._next_start > now else None
        return self._later[0][0] if self._later else None

    # --- refilling from the store --------------------------------------------------------------

    @property
    def wants_refill(self) -> bool:
        """Whether the store has a delivery that this window should hold."""
        if self.complete or self.refilling:
            return False
        low = max(1, self.window // LOW)
        # A full window of what is due later may lack what is due now, but only if that is new.
        left = self._left_to_store != self._left_before_refill and len(self._ready) < low
        return left or len(self._known) < low

    def leave_to_store(self) -> None:
        """Note that a delivery waits in the store and not here."""
        self.complete = False
        self._left_to_store += 1

    def begin_refill(self) -> int:
        """Note that the store is being read; returns a mark for `make_room` and `refilled`."""
        self.refilling = True
        return self._left_to_store

    def end_refill(self) -> None:
        """Note that the store has been read, or could not be."""
        self.refilling = False

    def make_room(self, rows: Collection[int], mark: int) -> None:
        """Drop what is due later and is not among the store's earliest, `rows`."""
        self._left_before_refill = mark
        before = {entry[2].record.row for entry in self._later}
        self._later = [entry for entry in self._later if entry[2].record.row in rows]
        heapq.heapify(self._later)
        self._known -= before.difference(rows)

    def refilled(self, mark: int, *, whole: bool) -> None:
        """What was read has been added; `whole`: the store had no more when it was read."""
        self.complete = whole and mark == self._left_to_store

    # --- claimed and in flight -----------------------------------------------------------------

    def hold_claimed(self, queued: QueuedDelivery) -> None:
        """Keep a claimed delivery until an attempt slot is free."""
        self.claimed.append(queued)

    def take_claimed(self, *, but: DeliveryKind | None = None) -> list[QueuedDelivery]:
        """Take out what is claimed and not in flight yet; deliveries of kind `but` stay."""
        taken = [queued for queued in self.claimed if queued.record.kind is not but]
        self.claimed = deque(queued for queued in self.claimed if queued.record.kind is but)
        return taken

    def begin_attempt(self) -> QueuedDelivery:
        """Take an attempt slot for the next claimed delivery; returns the delivery."""
        self.in_flight += 1
        return self.claimed.popleft()

    def end_attempt(self) -> None:
        """Give the attempt slot back."""
        self.in_flight -= 1
