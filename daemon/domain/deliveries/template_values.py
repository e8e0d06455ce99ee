"""The values of the placeholders of custom bodies, for one event (rules.md §3).

Values are kept as the JSON text that the producer sent, so that numbers keep their spelling and
objects their key order.
"""

from collections.abc import Callable

import msgspec
from msgspec import Raw

from daemon.domain.events.catalogue import EventLimits
from daemon.domain.events.event import AcceptedEvent
from daemon.domain.events.timestamps import to_seconds
from daemon.domain.json_path import is_index

_read_members = msgspec.json.Decoder(dict[str, Raw]).decode
_read_items = msgspec.json.Decoder(list[Raw]).decode
_read_string = msgspec.json.Decoder(str).decode
_encode = msgspec.json.Encoder().encode
_DEEPEST = EventLimits().max_depth

_FACTS: dict[str, Callable[[AcceptedEvent], bytes]] = {
    "payload": AcceptedEvent.payload,
    "time": lambda event: b"%d" % to_seconds(event.timestamp),
    "timestamp": lambda event: _encode(event.timestamp),
    "event_type": lambda event: _encode(event.event_type),
    "event_id": lambda event: _encode(event.event_id),
    "data": lambda event: event.data,
}


class EventValues:
    """The values of one event, each computed once, for all webhooks that get the event."""

    __slots__ = ("_event", "_inside", "_literals")

    def __init__(self, event: AcceptedEvent, payload: bytes | None = None) -> None:
        self._event = event
        self._literals: dict[str, bytes | None] = {}
        self._inside: dict[str, dict[str, Raw] | list[Raw]] = {}
        if payload is not None:
            self._literals["payload"] = payload

    def literal(self, name: str) -> bytes | None:
        """The JSON of the value of `name` (`time`, `data.project.id`); None when it is absent."""
        try:
            return self._literals[name]
        except KeyError:
            fact = _FACTS.get(name)
            if fact is not None:
                found = fact(self._event)
            elif name.count(".") > _DEEPEST:
                found = None  # the look-up recurses for each level
            else:
                found = self._member(*name.rpartition(".")[::2])
            self._literals[name] = found
            return found

    def _member(self, parent: str, key: str) -> bytes | None:
        inside = self._inside.get(parent)
        if inside is None:
            inside = self._inside[parent] = _opened(self.literal(parent))
        if isinstance(inside, dict):
            found = inside.get(key)
        else:
            found = inside[int(key)] if is_index(key) and int(key) < len(inside) else None
        return None if found is None else bytes(found)


def _opened(value: bytes | None) -> dict[str, Raw] | list[Raw]:
    if value is not None and value.startswith(b"{"):
        return _read_members(value)
    if value is not None and value.startswith(b"["):
        return _read_items(value)
    return {}


def inside_string(literal: bytes | None, *, slack: bool) -> bytes:
    """The escaped text of a value, for the inside of a JSON string.

    It is empty for null and a missing value, and compact JSON for an object or a list. `slack` also
    escapes the three characters that Slack interprets (a path may hold `<!channel>`).
    """
    if literal is None or literal == b"null":
        return b""
    first = literal[:1]
    if first == b'"':
        if not slack:
            return literal[1:-1]  # escaped already, as the producer did it
        text = _read_string(literal)
    elif first in (b"{", b"["):
        text = msgspec.json.format(literal, indent=-1).decode()
    else:
        return literal
    if slack:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _encode(text)[1:-1]
