"""Deliveries that may be what kills the daemon: each is sent alone.

After two deaths of the daemon during its attempts a delivery is suspect (rules.md §3). A suspect
that is due waits here until no claim is out. While one waits or is out, nothing else is claimed.
"""

from daemon.delivery.scheduler.claim_slots import ClaimSlots
from daemon.store.records import QueuedDelivery


class Quarantine:
    """The suspects that are due, and the one that is out."""

    def __init__(self, claim_slots: ClaimSlots) -> None:
        self._claim_slots = claim_slots
        self._due: dict[int, QueuedDelivery] = {}
        self._out: int | None = None

    def __contains__(self, row: int) -> bool:
        return row in self._due

    @property
    def busy(self) -> bool:
        """Whether nothing but a suspect may be claimed."""
        return bool(self._due) or self._out is not None

    def hold(self, queued: QueuedDelivery) -> None:
        """Keep a suspect that is due."""
        self._due[queued.record.row] = queued
        self._pause_others()

    def drop(self, webhook: int) -> None:
        """Forget the suspects of a webhook that nothing may be sent to."""
        self._due = {row: q for row, q in self._due.items() if q.record.webhook != webhook}
        self._pause_others()

    def next(self) -> QueuedDelivery | None:
        """The suspect that is claimed now, its slot taken; None while another claim is out."""
        if self._out is not None or self._claim_slots.taken or not self._due:
            return None
        queued = self._due.pop(next(iter(self._due)))
        if not self._claim_slots.take(queued.record.webhook):
            self._due[queued.record.row] = queued
            return None
        self._out = queued.record.row
        return queued

    def slot_returned(self, queued: QueuedDelivery) -> None:
        """The claim slot of `queued`, suspect or not, has been given back."""
        if queued.record.row == self._out:
            self._out = None
            self._pause_others()

    def _pause_others(self) -> None:
        self._claim_slots.pause(paused=self.busy)
