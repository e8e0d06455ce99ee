"""Deliveries that may be what kills the daemon: each goes out with nothing else on the wire.

After two deaths during its attempts a delivery is suspect (rules.md §3). One that is due waits here
until the wire is empty, and while one waits or flies nothing else is claimed.
"""

from daemon.delivery.scheduler.claim_slots import ClaimSlots
from daemon.store.records import QueuedDelivery


class Quarantine:
    """The suspects that are due, and whether one of them is out."""

    def __init__(self, claim_slots: ClaimSlots) -> None:
        self._claim_slots = claim_slots
        self._due: dict[int, QueuedDelivery] = {}
        self._out: int | None = None

    def __contains__(self, row: int) -> bool:
        return row in self._due

    @property
    def busy(self) -> bool:
        """Whether everybody else has to wait."""
        return bool(self._due) or self._out is not None

    def hold(self, queued: QueuedDelivery) -> None:
        """Keep a suspect that is due."""
        self._due[queued.record.row] = queued
        self._guard()

    def drop(self, webhook: int) -> None:
        """Forget the suspects of a webhook that nothing may be sent to."""
        self._due = {row: f for row, f in self._due.items() if f.record.webhook != webhook}
        self._guard()

    def next(self) -> QueuedDelivery | None:
        """The suspect that goes out now, with a place taken for it; None while others are out."""
        if self._out is not None or self._claim_slots.taken or not self._due:
            return None
        queued = self._due.pop(next(iter(self._due)))
        if not self._claim_slots.take(queued.record.webhook):
            self._due[queued.record.row] = queued
            return None
        self._out = queued.record.row
        return queued

    def back(self, queued: QueuedDelivery) -> None:
        """A flight has given its place back."""
        if queued.record.row == self._out:
            self._out = None
            self._guard()

    def _guard(self) -> None:
        self._claim_slots.pause(paused=self.busy)
