"""The registry of filter keys, the only description of each key.

To add a key, add a member to `FilterKey` and its entry to `KEYS`. Then mypy names each `match`
that must give it a meaning: `predicate.py` for objects in memory (a new fact is a field of
`DeliveryFacts`, filled in `daemon/protocol/filter_facts.py`),
`daemon/store/queries/filter_queries.py` for the store, `daemon/api/handlers/webhook_filter.py` for
webhooks. Two tests ask for a value that proves it, in a table `VALUES`:
`tests/unit/daemon/domain/filters/test_keys.py` and
`tests/unit/daemon/store/queries/test_filter_queries.py`.

Parsing, completion, the API's query parameters and the help texts follow from the entry.
"""

from enum import Enum, StrEnum
from typing import NamedTuple

import msgspec


class FilterKey(StrEnum):
    """A word before a colon. TEXT is the key of free text, which has no colon."""

    STATUS = "status"
    HTTP = "http"
    WEBHOOK = "webhook"
    TYPE = "type"
    PROJECT = "project"
    KIND = "kind"
    EVENT = "event"
    SINCE = "since"
    UNTIL = "until"
    TEXT = "text"


class FilteredList(StrEnum):
    """A list with a filter; the value names its rows in messages."""

    DELIVERIES = "deliveries"
    EVENTS = "events"
    WEBHOOKS = "webhooks"
    AUDIT = "audit entries"
    JOBS = "jobs"
    LOG = "lines of the log"
    EVENT_TYPES = "event types"
    PEERS = "peers"


class ValueKind(Enum):
    """How a value of a key is checked and normalised (`parser.py`)."""

    WORD = "one of the key's words, in lower case"
    HTTP = "a status, a class of statuses such as 5xx, or none"
    TIME = "a time, kept as milliseconds since the epoch"
    NAME = "a name or id, unchanged"
    PATTERN = "an event type, or a pattern such as scan.*"
    TEXT = "text that is searched for"


class QueryParameter(NamedTuple):
    """The parameter of the API's lists with the same meaning as a key, for programs."""

    name: str
    description: str


class KeySpec(msgspec.Struct, frozen=True):
    """The description of one key.

    `help` describes its values. `lists` are the lists whose rows have the key. `words` is the
    vocabulary of a WORD. `proposals` are fixed values for completion; a key without them is
    completed from values of the caller (names of webhooks, known types).
    """

    help: str
    kind: ValueKind
    lists: frozenset[FilteredList]
    parameter: QueryParameter | None
    words: tuple[str, ...] = ()
    proposals: tuple[str, ...] = ()


_L = FilteredList
_TIMED = frozenset({_L.DELIVERIES, _L.EVENTS, _L.WEBHOOKS, _L.AUDIT, _L.JOBS, _L.LOG})
_TIME_HELP = "1h, today, 2025-01-15T14:00"
_TIMES = ("15m", "1h", "24h", "7d", "today", "yesterday")
_STATUSES = ("pending", "succeeded", "failed", "discarded")
_KINDS = ("event", "test", "replay")

KEYS: dict[FilterKey, KeySpec] = {
    FilterKey.STATUS: KeySpec(
        "pending, succeeded, failed or discarded",
        ValueKind.WORD,
        frozenset({_L.DELIVERIES}),
        QueryParameter("status", "pending, succeeded, failed or discarded"),
        words=_STATUSES,
        proposals=_STATUSES,
    ),
    FilterKey.HTTP: KeySpec(
        "404, 5xx, or none",
        ValueKind.HTTP,
        frozenset({_L.DELIVERIES}),
        QueryParameter("http_status", "404, 5xx or none"),
        proposals=("2xx", "3xx", "4xx", "5xx", "404", "429", "500", "503", "none"),
    ),
    FilterKey.WEBHOOK: KeySpec(
        "its name or id",
        ValueKind.NAME,
        frozenset({_L.DELIVERIES, _L.WEBHOOKS, _L.AUDIT}),
        QueryParameter("webhook", "A webhook's name or id"),
    ),
    FilterKey.TYPE: KeySpec(
        "scan.completed or scan.*",
        ValueKind.PATTERN,
        frozenset({_L.DELIVERIES, _L.EVENTS, _L.WEBHOOKS, _L.EVENT_TYPES}),
        QueryParameter("event_type", "An event type, or scan.*"),
    ),
    FilterKey.PROJECT: KeySpec(
        "its id",
        ValueKind.NAME,
        frozenset({_L.DELIVERIES, _L.EVENTS, _L.WEBHOOKS}),
        QueryParameter("project", "A project's id"),
    ),
    FilterKey.KIND: KeySpec(
        "event, test or replay",
        ValueKind.WORD,
        frozenset({_L.DELIVERIES}),
        None,
        words=_KINDS,
        proposals=_KINDS,
    ),
    FilterKey.EVENT: KeySpec("its id", ValueKind.NAME, frozenset({_L.DELIVERIES, _L.EVENTS}), None),
    FilterKey.SINCE: KeySpec(
        _TIME_HELP,
        ValueKind.TIME,
        _TIMED,
        QueryParameter("from", "Created at this time or later"),
        proposals=_TIMES,
    ),
    FilterKey.UNTIL: KeySpec(
        _TIME_HELP,
        ValueKind.TIME,
        _TIMED,
        QueryParameter("to", "Created before this time"),
        proposals=_TIMES,
    ),
    FilterKey.TEXT: KeySpec(
        "words that are found anywhere",
        ValueKind.TEXT,
        frozenset(FilteredList),
        QueryParameter("q", "Text that is found anywhere"),
    ),
}
"""Every key, in the order in which keys are offered."""


def keys_of(rows: FilteredList) -> tuple[FilterKey, ...]:
    """The keys that the rows of a list have, in the order in which keys are offered."""
    return tuple(key for key, spec in KEYS.items() if rows in spec.lists)


def http_range(value: str) -> tuple[int, int] | None:
    """The first and the last status of a value of `http`; None for `none`.

    >>> http_range("5xx")
    (500, 599)
    """
    if value == "none":
        return None
    if value.endswith("xx"):
        first = int(value[0]) * 100
        return first, first + 99
    return int(value), int(value)


def pattern_prefix(value: str) -> str | None:
    """The prefix of the types that a pattern such as `scan.*` matches; None for an exact type.

    >>> pattern_prefix("scan.*")
    'scan.'
    """
    return value[:-1] if value.endswith(".*") else None
