"""The event types that this daemon knows: the built-in ones and those of its settings."""

import json
from collections.abc import Callable, Collection, Sequence

from daemon.domain.catalogue import EVENT_TYPES, known_types
from daemon.settings import Settings
from daemon.wire import EventType

_TEST_DATA = {
    "company": "comp-uuid-1234",
    "message": "This is a test of your webhook. Nothing happened in Corgea.",
}


class EventCatalogue:
    """Asks the settings each time, so that a changed file counts at once."""

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
        """All types with a sample of their data, the reserved one too."""
        built_in = [
            EventType(entry.name, entry.description, self._sample(entry.name), entry.reserved)
            for entry in EVENT_TYPES
        ]
        declared = [
            EventType(extra.name, extra.description, json.loads(extra.sample or "{}"))
            for extra in self._settings().events.types
        ]
        return [*built_in, *declared]

    def test_data(self) -> bytes:
        """The `data` of the event that Test sends, as JSON."""
        return json.dumps(_TEST_DATA, separators=(",", ":")).encode()

    def _sample(self, name: str) -> object:
        from daemon.domain.samples import documented_sample

        return _TEST_DATA if name == "webhook.test" else documented_sample(name)
