"""Events: submitted by a producer, accepted, and as a payload (rules.md §1).

`data` is kept as the bytes that were sent: unknown keys, nulls, key order and the spelling of
numbers reach the receivers as the producer wrote them. If an object inside `data` has a key twice,
matching reads the last one, as nearly every parser does; the top level may not repeat a key.

This is a hot path: reading a valid event costs a few microseconds. `event_errors.py` finds the
errors of an invalid one.
"""

import re
from collections.abc import Collection
from typing import Protocol

import msgspec
from msgspec import UNSET, Raw, UnsetType

from daemon.domain.events.catalogue import (
    EVENT_ID,
    LONGEST_PROJECT,
    TEST_TYPE,
    EventLimits,
    is_deeper,
)
from daemon.domain.events.timestamps import read_timestamp

_INTEGER = re.compile(rb"-?[0-9]+")
_DATA = b',"data":'


class SubmittedEvent(msgspec.Struct, frozen=True, gc=False):
    """A valid event as a producer sent it.

    `timestamp` is normalised, `given_timestamp` has the producer's spelling; both are None when
    absent. `project_id`, `project_name` and `status` are the values in `data` that matching uses.
    """

    event_id: str | None
    event_type: str
    timestamp: str | None
    given_timestamp: str | None
    data: bytes
    project_id: str | None = None
    project_name: str | None = None
    status: str | None = None

    def accepted(self, event_id: str, timestamp: str) -> "AcceptedEvent":
        """The event with the id and timestamp of its acceptance."""
        return AcceptedEvent(
            event_id,
            self.event_type,
            timestamp,
            self.data,
            self.project_id,
            self.project_name,
            self.status,
        )


class AcceptedEvent(msgspec.Struct, frozen=True, gc=False):
    """An accepted event. Its id and normalised timestamp come from the producer or the daemon."""

    event_id: str
    event_type: str
    timestamp: str
    data: bytes
    project_id: str | None = None
    project_name: str | None = None
    status: str | None = None

    def payload(self) -> bytes:
        """The default body of its deliveries."""
        return payload_bytes(self.event_id, self.event_type, self.timestamp, self.data)


class _Envelope(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    event_type: str
    data: Raw
    event_id: str | UnsetType = UNSET
    timestamp: str | UnsetType = UNSET


class _Project(msgspec.Struct, gc=False):
    id: str | int | None = None
    name: str | None = None


class _Facts(msgspec.Struct, gc=False):
    project: _Project | None = None
    status: str | None = None


_read_envelope = msgspec.json.Decoder(_Envelope).decode
_read_facts = msgspec.json.Decoder(_Facts).decode
_read_members = msgspec.json.Decoder(dict[str, Raw]).decode
_read_string = msgspec.json.Decoder(str).decode


def parse_event(raw: bytes, *, limits: EventLimits, known_types: Collection[str]) -> SubmittedEvent:
    """The event in `raw`, which is one JSON object in UTF-8.

    `known_types` are the types that may be sent; the reserved one is refused even when among them.
    Raises InvalidEvent with all errors.
    """
    try:
        return _valid_event(raw, limits, known_types)
    except (ValueError, RecursionError):  # also what msgspec and decoding raise
        from daemon.domain.events.event_errors import invalid_event

        raise invalid_event(raw, limits, known_types) from None


def _valid_event(raw: bytes, limits: EventLimits, known_types: Collection[str]) -> SubmittedEvent:
    """The event; raises ValueError or RecursionError when it is invalid.

    msgspec checks the grammar of raw values, and that surrogates in escapes come in pairs, but
    neither their UTF-8 nor their depth.
    """
    if len(raw) > limits.max_bytes:
        raise ValueError
    raw.decode()
    if is_deeper(raw, limits.max_depth):
        raise ValueError
    envelope = _read_envelope(raw)
    event_id, event_type, given = envelope.event_id, envelope.event_type, envelope.timestamp
    data = bytes(envelope.data)
    if event_type not in known_types or event_type == TEST_TYPE or not data.startswith(b"{"):
        raise ValueError
    quotes = 6
    if event_id is not UNSET:
        quotes += 4
        if not EVENT_ID.fullmatch(event_id):
            raise ValueError
    if given is not UNSET:
        quotes += 4
    # Outside of `data`, only keys and values without quotes have quotes; if there are more, a key
    # is repeated.
    if raw.count(b'"') - data.count(b'"') != quotes:
        raise ValueError
    return SubmittedEvent(
        event_id or None,
        event_type,
        read_timestamp(given) if given is not UNSET else None,
        given or None,
        data,
        *matching_facts(data),
    )


def matching_facts(data: bytes) -> tuple[str | None, str | None, str | None]:
    """The values in `data` that matching uses: the project's id and name, and the status.

    An id that is an integer counts as its text. A value of another type, or one longer than
    `LONGEST_PROJECT`, counts as absent (§1).
    """
    try:
        facts = _read_facts(data)
    except msgspec.ValidationError:
        return _unusual_facts(data)
    project = facts.project
    if project is None:
        return None, None, facts.status
    project_id = project.id
    if isinstance(project_id, int):
        project_id = str(project_id)
    return _named(project_id), _named(project.name), facts.status


def _named(text: str | None) -> str | None:
    return None if text is None or len(text) > LONGEST_PROJECT else text


def _unusual_facts(data: bytes) -> tuple[str | None, str | None, str | None]:
    """As `matching_facts`, for data in which a field has an unexpected type."""
    members = _members(data)
    project = _members(members.get("project", b""))
    project_id = project.get("id", b"")
    return (
        _named(project_id.decode() if _INTEGER.fullmatch(project_id) else _string(project_id)),
        _named(_string(project.get("name", b""))),
        _string(members.get("status", b"")),
    )


def _members(value: bytes) -> dict[str, bytes]:
    if not value.startswith(b"{"):
        return {}
    return {key: bytes(raw) for key, raw in _read_members(value).items()}


def _string(value: bytes) -> str | None:
    return _read_string(value) if value.startswith(b'"') else None


def payload_bytes(event_id: str, event_type: str, timestamp: str, data: bytes) -> bytes:
    """The default payload, byte for byte as it is signed and sent (rules.md §3)."""
    return b'{"event_id":"%b","event_type":%b,"timestamp":"%b"%b%b}' % (
        event_id.encode(),
        msgspec.json.encode(event_type),
        timestamp.encode(),
        _DATA,
        data,
    )


def payload_data(payload: bytes) -> bytes:
    """The `data` in a payload of `payload_bytes`, as it was sent."""
    return payload[payload.index(_DATA) + len(_DATA) : -1]


def read_payload(payload: bytes) -> AcceptedEvent:
    """The event of a payload of `payload_bytes`."""
    envelope = _read_envelope(payload)
    data = bytes(envelope.data)
    return AcceptedEvent(
        str(envelope.event_id),
        envelope.event_type,
        str(envelope.timestamp),
        data,
        *matching_facts(data),
    )


class Content(Protocol):
    """The content of an event with an id; `given_timestamp` has any accepted spelling."""

    @property
    def event_type(self) -> str:
        """The event type."""

    @property
    def given_timestamp(self) -> str | None:
        """The timestamp that its producer gave, if any."""

    @property
    def data(self) -> bytes:
        """Its data, as it was sent."""


def same_content(one: Content, other: Content) -> bool:
    """Whether two events with one id are the same event, sent again (rules.md §1).

    The type, the given time (or its absence) and the data as JSON are equal: key order does not
    count, numbers are compared by their text.
    """
    if one.event_type != other.event_type:
        return False
    if one.given_timestamp != other.given_timestamp and (
        one.given_timestamp is None
        or other.given_timestamp is None
        or read_timestamp(one.given_timestamp) != read_timestamp(other.given_timestamp)
    ):
        return False
    return one.data == other.data or _by_text(one.data) == _by_text(other.data)


def _by_text(data: bytes) -> object:
    """The data with each number as a tuple of its text, which differs from every JSON value."""
    import json

    return json.loads(data, parse_int=_number, parse_float=_number)


def _number(text: str) -> tuple[str]:
    return (text,)
