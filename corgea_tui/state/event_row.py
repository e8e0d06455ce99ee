"""An event as a feed holds it."""

import msgspec

from daemon.protocol import Event


class EventRow(msgspec.Struct, frozen=True):
    """An event with the identity and the time that a feed goes by."""

    id: str
    created_at: str
    event: Event


def row_of(event: Event) -> EventRow:
    """The row of an event."""
    return EventRow(event.event_id, event.received_at, event)
