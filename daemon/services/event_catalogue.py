"""The event types that this daemon knows: the built-in ones and those of its settings."""

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

from daemon.domain.events.catalogue import EVENT_TYPES, TEST_TYPE, known_types
from daemon.domain.events.documented_samples import data_of_test, documented_sample
from daemon.protocol import EventType
from daemon.settings import ExtraType, Settings

_SAMPLE_ID = "f6a7b8c9-d0e1-2345-f012-345678901234"
_SAMPLE_TIME = "2025-01-15T16:20:00.000Z"


class EventCatalogue:
    """The event types of the settings in effect; a changed file counts at once."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self._made: tuple[object, frozenset[str]] | None = None

    def names(self) -> Collection[str]:
        """The types that may be sent and subscribed to."""
        declared = self._settings().events.types
        if self._made is None or self._made[0] is not declared:
            self._made = (declared, known_types(extra.name for extra in declared))
        return self._made[1]

    def entries(self) -> Sequence[EventType]:
        """All types, each with the whole payload of a sample; the reserved one too."""
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
