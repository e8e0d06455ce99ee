"""The catalogue of event types, and the acceptance of events."""

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

from daemon.delivery.scheduler.claim_slots import ClaimSlots
from daemon.domain.events.catalogue import EVENT_TYPES, TEST_TYPE, known_types
from daemon.domain.events.documented_samples import data_of_test, documented_sample
from daemon.domain.events.event import SubmittedEvent
from daemon.protocol import Accepted, EventType
from daemon.protocol.refusal import unavailable
from daemon.settings import ExtraType, Settings
from daemon.store.commands.accept import AcceptEvents
from daemon.store.errors import EventConflict
from daemon.store.writer import Writer
from daemon.util.clock import Clock

_SAMPLE_ID = "f6a7b8c9-d0e1-2345-f012-345678901234"
_SAMPLE_TIME = "2025-01-15T16:20:00.000Z"


class EventCatalogue:
    """The event types of the settings in effect; changed settings take effect at once."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self._cached: tuple[object, frozenset[str]] | None = None

    def names(self) -> Collection[str]:
        """The types that may be sent and subscribed to."""
        declared = self._settings().events.types
        if self._cached is None or self._cached[0] is not declared:
            self._cached = (declared, known_types(extra.name for extra in declared))
        return self._cached[1]

    def entries(self) -> Sequence[EventType]:
        """All types, the reserved one included, each with the payload of a sample."""
        built_in = [
            EventType(entry.name, entry.description, documented_sample(entry.name), entry.reserved)
            for entry in EVENT_TYPES
            if entry.name != TEST_TYPE
        ]
        test = [
            EventType(entry.name, entry.description, _payload(entry.name, data_of_test()), True)
            for entry in EVENT_TYPES
            if entry.name == TEST_TYPE
        ]
        return [*built_in, *map(_declared, self._settings().events.types), *test]

    def test_data(self) -> bytes:
        """The `data` of the event that Test sends, as JSON."""
        return json.dumps(data_of_test(), separators=(",", ":")).encode()


def _declared(extra: ExtraType) -> EventType:
    data = json.loads(extra.sample) if extra.sample else {"company": "comp-uuid-1234"}
    return EventType(extra.name, extra.description, _payload(extra.name, data))


def _payload(name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_id": _SAMPLE_ID,
        "event_type": name,
        "timestamp": _SAMPLE_TIME,
        "data": data,
    }


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

        Raises Refusal (503) when too many deliveries wait, StoreUnavailable when the disk is full;
        then no event was accepted.
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
            take=self._claim_slots.take_for_new,
            give=self._claim_slots.give,
        )
        return await self._writer.submit(command)
