"""Finds all errors of an invalid event, each with its field (rules.md §1).

Only invalid events are read here, so the code need not be fast.
"""

import json
import re
from collections.abc import Collection, Iterator

from daemon.domain.events.catalogue import EVENT_ID, TEST_TYPE, EventLimits, InvalidEvent, is_deeper
from daemon.domain.events.timestamps import InvalidTimestamp, read_timestamp
from daemon.domain.problems import FieldError, printable, unknown

WHOLE = "event"
"""The field of an error about the event itself."""

_FIELDS = ("event_id", "event_type", "timestamp", "data")
_MOST = 50
"""The most errors that are reported of one event."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_TITLES = {400: "Not JSON", 413: "Too large", 422: "Invalid event"}

Members = dict[str, object]


def invalid_event(raw: bytes, limits: EventLimits, known_types: Collection[str]) -> InvalidEvent:
    """The exception that says why `raw` is refused."""
    if len(raw) > limits.max_bytes:
        return _refusal(413, f"is {len(raw):,} bytes; at most {limits.max_bytes:,} are accepted")
    try:
        members, repeated = _read(raw)
    except UnicodeDecodeError as error:
        return _refusal(400, f"is not UTF-8: byte {error.start} is 0x{raw[error.start]:02x}")
    except RecursionError:
        return InvalidEvent(422, _TITLES[422], (_too_deep(limits),))
    except ValueError as error:
        return _refusal(400, f"is not JSON: {error}")
    return _invalid(raw, members, repeated, limits, known_types)


def _invalid(
    raw: bytes,
    members: object,
    repeated: list[str],
    limits: EventLimits,
    known_types: Collection[str],
) -> InvalidEvent:
    if not isinstance(members, dict):
        return _refusal(422, "must be a JSON object; send several as NDJSON, one a line")
    errors = [FieldError(printable(key), "is given twice: give it once") for key in repeated]
    errors += _field_errors(members, known_types)
    errors += _deep_errors(raw, members, limits)
    if not errors:
        return _refusal(400, "is not JSON")
    return InvalidEvent(422, _TITLES[422], tuple(errors[:_MOST]))


def _refusal(status: int, message: str) -> InvalidEvent:
    return InvalidEvent(status, _TITLES[status], (FieldError(WHOLE, message),))


def _deep_errors(raw: bytes, members: Members, limits: EventLimits) -> Iterator[FieldError]:
    if is_deeper(raw, limits.max_depth):
        yield _too_deep(limits)
    else:
        yield from _lone_surrogates("", members)


def _too_deep(limits: EventLimits) -> FieldError:
    return FieldError("data", f"nests deeper than {limits.max_depth} levels: flatten it")


def _read(raw: bytes) -> tuple[object, list[str]]:
    """The value, and the keys that its top level repeats. A number becomes a tuple of its text."""
    repeated: list[str] = []

    def members(pairs: list[tuple[str, object]]) -> Members:
        # The outermost object is finished last, so its repeated keys remain.
        found = dict(pairs)
        repeated[:] = _repeated(pairs) if len(found) < len(pairs) else ()
        return found

    value = json.loads(
        raw.decode(),
        object_pairs_hook=members,
        parse_constant=_no_constant,
        parse_int=_number,
        parse_float=_number,
    )
    return value, repeated


def _repeated(pairs: list[tuple[str, object]]) -> list[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for key, _ in pairs:
        (twice if key in seen else seen).add(key)
    return sorted(twice)


def _number(text: str) -> tuple[str]:
    return (text,)


def _no_constant(name: str) -> object:
    raise ValueError(f"there is no {name} in JSON; send null or a string")


def _field_errors(members: Members, known_types: Collection[str]) -> Iterator[FieldError]:
    for key in members:
        if key not in _FIELDS:
            fields = ", ".join(_FIELDS)
            yield FieldError(
                printable(key),
                f"is not a field of an event ({fields}); put fields of your own into data",
            )
    if "event_id" in members:
        yield from _id_error(members["event_id"])
    yield from _type_error(members, known_types)
    if "timestamp" in members:
        yield from _timestamp_error(members["timestamp"])
    if "data" not in members:
        yield FieldError("data", "is missing: give an object, {} for none")
    elif not isinstance(members["data"], dict):
        yield FieldError("data", "must be a JSON object")


def _id_error(event_id: object) -> Iterator[FieldError]:
    if not isinstance(event_id, str) or not EVENT_ID.fullmatch(event_id):
        yield FieldError(
            "event_id",
            "must be a string of 1 to 128 of the characters A-Z a-z 0-9 _ - .;"
            " leave it out to get one",
        )


def _type_error(members: Members, known_types: Collection[str]) -> Iterator[FieldError]:
    event_type = members.get("event_type")
    sendable = [name for name in known_types if name != TEST_TYPE]
    if "event_type" not in members:
        yield FieldError("event_type", f"is missing: give one of {', '.join(sorted(sendable))}")
    elif not isinstance(event_type, str):
        yield FieldError("event_type", "must be a string")
    elif event_type == TEST_TYPE:
        yield FieldError("event_type", f"{TEST_TYPE} is made by Test only: test the webhook")
    elif event_type not in sendable:
        yield FieldError("event_type", unknown("event type", event_type, sendable))


def _timestamp_error(timestamp: object) -> Iterator[FieldError]:
    if not isinstance(timestamp, str):
        yield FieldError("timestamp", "must be a string; leave it out to get the current time")
        return
    try:
        read_timestamp(timestamp)
    except InvalidTimestamp as error:
        yield FieldError("timestamp", str(error))


def _lone_surrogates(path: str, value: object) -> Iterator[FieldError]:
    """An error for each string and key that holds half of a surrogate pair."""
    if isinstance(value, str):
        if _has_surrogate(value):
            yield FieldError(path, "holds half of a surrogate pair (\\ud800 to \\udfff)")
    elif isinstance(value, dict):
        for key, member in value.items():
            name = f"{path}.{printable(key)}" if path else printable(key)
            if _has_surrogate(key):
                yield FieldError(name, "has half of a surrogate pair in its name")
            yield from _lone_surrogates(name, member)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _lone_surrogates(f"{path}.{index}", member)


def _has_surrogate(text: str) -> bool:
    return _SURROGATE.search(text) is not None
