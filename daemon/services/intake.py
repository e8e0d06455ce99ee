"""Accepting events: from checked events to answers that say they are on disk."""

from collections.abc import Sequence

from daemon.delivery.scheduler.claim_slots import ClaimSlots
from daemon.domain.events.event import SubmittedEvent
from daemon.protocol import Accepted
from daemon.protocol.refusal import unavailable
from daemon.store.commands.accept import AcceptEvents
from daemon.store.errors import EventConflict
from daemon.store.writer import Writer
from daemon.util.clock import Clock


class Intake:
    """Accepts events while the inbox has room for the deliveries that they lead to."""

    def __init__(
        self,
        *,
        owner: str,
        writer: Writer,
        claim_slots: ClaimSlots,
        clock: Clock,
        most_waiting: int,
    ) -> None:
        self._owner = owner
        self._writer = writer
        self._claim_slots = claim_slots
        self._clock = clock
        self.most_waiting = most_waiting
        self.waiting = 0
        """Deliveries that wait, as of the last handled commit; the commit handlers keep it."""

    async def accept(self, events: Sequence[SubmittedEvent]) -> list[Accepted | EventConflict]:
        """Match and store events in order; returns their answers, in order, when they are on disk.

        Raises Refusal (503) when too much waits already, StoreUnavailable when the disk is full:
        nothing was accepted.
        """
        if self.waiting >= self.most_waiting:
            raise unavailable(
                f"{self.waiting} deliveries wait, as many as [inbox] max_waiting allows;"
                " repair or pause the webhooks that fail, then send the events again",
                5,
            )
        command = AcceptEvents(
            events,
            owner=self._owner,
            now_ms=self._clock.now_ms(),
            take=self._claim_slots.take_fresh,
            give=self._claim_slots.give,
        )
        return await self._writer.submit(command)
