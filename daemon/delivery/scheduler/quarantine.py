"""Quarantine: deliveries that may kill the daemon are sent alone.

After two deaths of the daemon during its attempts, a delivery is suspect (rules.md §3). A due
suspect waits here until no delivery is claimed. While one waits or is claimed, no other delivery is
claimed.
"""

from daemon.delivery.scheduler.claim_slots import ClaimSlots
from daemon.store.records import QueuedDelivery


class Quarantine:
    """The due suspects, and the claimed one."""

    def __init__(self, claim_slots: ClaimSlots) -> None:
        self._claim_slots = claim_slots
        self._due: dict[int, QueuedDelivery] = {}
        self._out: int | None = None

    def __contains__(self, row: int) -> bool:
        return row in self._due

    @property
    def busy(self) -> bool:
        """Whether only a suspect may be claimed."""
        return bool(self._due) or self._out is not None

    def hold(self, queued: QueuedDelivery) -> None:
        """Add a due suspect."""
        self._due[queued.record.row] = queued
        self._pause_others()

    def drop(self, webhook: int) -> None:
        """Drop the suspects of a blocked webhook."""
        self._due = {row: q for row, q in self._due.items() if q.record.webhook != webhook}
        self._pause_others()

    def next(self) -> QueuedDelivery | None:
        """The suspect to claim, with its slot taken; None while another delivery is claimed."""
        if self._out is not None or self._claim_slots.taken or not self._due:
            return None
        queued = self._due.pop(next(iter(self._due)))
        if not self._claim_slots.take(queued.record.webhook):
            self._due[queued.record.row] = queued
            return None
        self._out = queued.record.row
        return queued

    def slot_released(self, queued: QueuedDelivery) -> None:
        """The claim slot of `queued`, suspect or not, has been released."""
        if queued.record.row == self._out:
            self._out = None
            self._pause_others()

    def _pause_others(self) -> None:
        self._claim_slots.pause(paused=self.busy)
