"""A filter as a predicate, for live streams: the same meaning as the SQL that the store makes."""

from collections.abc import Callable

import msgspec

from daemon.domain.filters.parser import Filter, FilterKey, Group, http_range


class DeliveryFacts(msgspec.Struct, frozen=True):
    """What a filter looks at. `text` is all that free text is looked for in, joined by newlines.

    For an event without its deliveries, what it has not is None and `kind` is empty.
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


def predicate(wanted: Filter) -> Predicate:
    """Whether facts pass the filter; made once, asked often."""
    tests = [_group(group) for group in wanted.groups]
    since, until = wanted.since, wanted.until

    def passes(facts: DeliveryFacts) -> bool:
        if since is not None and facts.created_ms < since:
            return False
        if until is not None and facts.created_ms >= until:
            return False
        return all(test(facts) for test in tests)

    return passes


def _group(group: Group) -> Predicate:
    any_value = _MAKERS[group.key](group.values)
    if group.negated:
        return lambda facts: not any_value(facts)
    return any_value


def _one_of(read: Callable[[DeliveryFacts], str | None]) -> Callable[[tuple[str, ...]], Predicate]:
    def make(values: tuple[str, ...]) -> Predicate:
        wanted = frozenset(values)
        return lambda facts: read(facts) in wanted

    return make


def _webhook(values: tuple[str, ...]) -> Predicate:
    wanted = frozenset(values)
    return lambda facts: facts.webhook_id in wanted or facts.webhook_name in wanted


def _type(values: tuple[str, ...]) -> Predicate:
    exact = frozenset(values)
    prefixes = tuple(value[:-1] for value in values if value.endswith(".*"))
    return lambda facts: facts.event_type in exact or facts.event_type.startswith(prefixes)


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
    """Lower case of ASCII letters alone, which is what SQLite's LIKE does."""
    return text.translate(_LOWER) if not text.isascii() else text.lower()


_LOWER = {ord(letter): ord(letter.lower()) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

_MAKERS: dict[FilterKey, Callable[[tuple[str, ...]], Predicate]] = {
    FilterKey.STATUS: _one_of(lambda facts: facts.status),
    FilterKey.HTTP: _http,
    FilterKey.WEBHOOK: _webhook,
    FilterKey.TYPE: _type,
    FilterKey.PROJECT: _one_of(lambda facts: facts.project),
    FilterKey.KIND: _one_of(lambda facts: facts.kind),
    FilterKey.EVENT: _one_of(lambda facts: facts.event_id),
    FilterKey.TEXT: _text,
}
