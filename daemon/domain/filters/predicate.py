"""A filter as a predicate for live streams, with the same meaning as the store's SQL."""

from collections.abc import Callable
from typing import assert_never

import msgspec

from daemon.domain.filters.keys import FilterKey, http_range, pattern_prefix
from daemon.domain.filters.parser import Filter, Group


class DeliveryFacts(msgspec.Struct, frozen=True):
    """The values that a filter tests. `text` is searched for free text, joined by newlines.

    For an event, the values that only deliveries have are None, and `kind` is empty.
    """

    delivery_id: str | None
    event_id: str
    event_type: str
    webhook_id: str | None
    webhook_name: str | None
    project: str | None
    status: str | None
    http_status: int | None
    kind: str
    created_ms: int
    text: str = ""


Predicate = Callable[[DeliveryFacts], bool]


def predicate(query: Filter) -> Predicate:
    """The test whether facts match the filter. Make it once and use it often."""
    tests = [_group(group) for group in query.groups]
    since, until = query.since, query.until

    def passes(facts: DeliveryFacts) -> bool:
        if since is not None and facts.created_ms < since:
            return False
        if until is not None and facts.created_ms >= until:
            return False
        return all(test(facts) for test in tests)

    return passes


def _group(group: Group) -> Predicate:
    any_value = _any_value(group.key, group.values)
    if group.negated:
        return lambda facts: not any_value(facts)
    return any_value


def _any_value(  # noqa: PLR0911  # one return a key
    key: FilterKey, values: tuple[str, ...]
) -> Predicate:
    """The test whether facts have one of these values of a key."""
    names = frozenset(values)
    match key:
        case FilterKey.STATUS:
            return lambda facts: facts.status in names
        case FilterKey.HTTP:
            return _http(values)
        case FilterKey.WEBHOOK:
            return lambda facts: facts.webhook_id in names or facts.webhook_name in names
        case FilterKey.TYPE:
            prefixes = tuple(filter(None, map(pattern_prefix, values)))
            return lambda facts: facts.event_type in names or facts.event_type.startswith(prefixes)
        case FilterKey.PROJECT:
            return lambda facts: facts.project in names
        case FilterKey.KIND:
            return lambda facts: facts.kind in names
        case FilterKey.EVENT:
            return lambda facts: facts.event_id in names
        case FilterKey.TEXT:
            return _text(values)
        case FilterKey.SINCE | FilterKey.UNTIL:
            raise ValueError(f"{key} belongs to the filter's span, not to a group")
        case _:
            assert_never(key)


def _http(values: tuple[str, ...]) -> Predicate:
    ranges = [http_range(value) for value in values]
    spans = [span for span in ranges if span is not None]
    none = None in ranges

    def test(facts: DeliveryFacts) -> bool:
        status = facts.http_status
        if status is None:
            return none
        return any(low <= status <= high for low, high in spans)

    return test


def _text(values: tuple[str, ...]) -> Predicate:
    words = [ascii_lower(value) for value in values]

    def test(facts: DeliveryFacts) -> bool:
        text = ascii_lower(facts.text)
        return any(word in text for word in words)

    return test


def ascii_lower(text: str) -> str:
    """The text with ASCII letters in lower case, as SQLite's LIKE compares it."""
    return text.translate(_LOWER) if not text.isascii() else text.lower()


_LOWER = {ord(letter): ord(letter.lower()) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
