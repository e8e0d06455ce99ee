"""The one filter language, for the app, commands and the API (interfaces.md, Filters).

`status:failed -type:scan.* since:1h "out of memory"`: values of one key are alternatives, different
keys must all hold, and so must all words of free text; `-` says not. Parsing gives a `Filter`; the
store makes SQL of it, `filter_match` a predicate for live streams.
"""

import re
from enum import StrEnum

import msgspec

from daemon.domain.filters.times import InvalidTime, read_time, write_time
from daemon.domain.filters.tokens import FilterError, Token, quote, tokens
from daemon.domain.problems import is_unicode, quoted, unknown

__all__ = [
    "Filter",
    "FilterError",
    "FilterKey",
    "Group",
    "both",
    "format_filter",
    "http_range",
    "parse_filter",
    "term",
]


class FilterKey(StrEnum):
    """What can stand before a colon; `text` is what stands without one."""

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


KEYS: dict[FilterKey, str] = {
    FilterKey.STATUS: "pending, succeeded, failed or discarded",
    FilterKey.HTTP: "404, 5xx, or none",
    FilterKey.WEBHOOK: "its name or id",
    FilterKey.TYPE: "scan.completed or scan.*",
    FilterKey.PROJECT: "its id",
    FilterKey.KIND: "event, test or replay",
    FilterKey.EVENT: "its id",
    FilterKey.SINCE: "1h, today, 2025-01-15T14:00",
    FilterKey.UNTIL: "1h, today, 2025-01-15T14:00",
}
"""The keys that can be typed, and what follows each."""

VALUES: dict[FilterKey, tuple[str, ...]] = {
    FilterKey.STATUS: ("pending", "succeeded", "failed", "discarded"),
    FilterKey.KIND: ("event", "test", "replay"),
}
"""The keys with a vocabulary."""

_LONGEST = 16_384
_MOST_VALUES = 500
"""Far more than anybody types; SQLite takes no condition that is a thousand levels deep."""
_MOST_WORDS = 20
_LONGEST_WORD = 200
"""Free text is looked for in every row: what it costs must not be up to who asks."""

_TIMES = (FilterKey.SINCE, FilterKey.UNTIL)
_LOWER = (FilterKey.STATUS, FilterKey.KIND, FilterKey.HTTP)
_TYPED = tuple(key.value for key in KEYS)
_HTTP = re.compile(r"[1-5][0-9][0-9]|[1-5]xx|none")


class Group(msgspec.Struct, frozen=True):
    """One key with its values: any of them fits; negated, none of them does.

    A value is normalised: http is `404`, `5xx` or `none`; a type may end in `.*`; the words of free
    text are groups of their own, looked for anywhere without regard to the case of ASCII letters.
    """

    key: FilterKey
    values: tuple[str, ...]
    negated: bool = False


class Filter(msgspec.Struct, frozen=True):
    """What a list is narrowed to: every group must hold, and since ≤ created < until (ms)."""

    groups: tuple[Group, ...] = ()
    since: int | None = None
    until: int | None = None

    def __bool__(self) -> bool:
        return self != _EVERYTHING

    @property
    def has_words(self) -> bool:
        """Whether free text is looked for, row by row."""
        return any(group.key is FilterKey.TEXT for group in self.groups)

    def keys(self) -> frozenset[FilterKey]:
        """The keys that are used, for lists that do not know them all."""
        times = {FilterKey.SINCE: self.since, FilterKey.UNTIL: self.until}
        used = {key for key, at in times.items() if at is not None}
        return frozenset(used.union(group.key for group in self.groups))


_EVERYTHING = Filter()


def parse_filter(text: str, *, now_ms: int) -> Filter:
    """The filter that `text` says; an empty one lets everything through.

    `now_ms` is what `since:1h` counts back from. Raises FilterError, with the place, for an unknown
    key (it names the known ones), for a value that its key cannot have, and for a filter that
    is longer, or has more values or words of free text, than anybody needs.
    """
    if len(text) > _LONGEST:
        raise FilterError(f"is longer than {_LONGEST:,} characters", _LONGEST)
    found: dict[tuple[FilterKey, bool], dict[str, None]] = {}
    words: list[Group] = []
    for number, token in enumerate(tokens(text), 1):
        if number > _MOST_VALUES:
            raise FilterError(f"has more than {_MOST_VALUES} values", token.start)
        key = _key(token)
        value = _value(key, token, now_ms)
        if key is FilterKey.TEXT:
            if len(words) == _MOST_WORDS:
                raise FilterError(f"has more than {_MOST_WORDS} words of free text", token.start)
            words.append(Group(key, (value,), token.negated))
        else:
            found.setdefault((key, token.negated), {})[value] = None
    groups = [
        Group(key, tuple(values), negated)
        for (key, negated), values in found.items()
        if key not in _TIMES
    ]
    spans = [
        _span(key, [int(value) for value in values], negated=negated)
        for (key, negated), values in found.items()
        if key in _TIMES
    ]
    return both(Filter((*groups, *words)), *spans)


def term(key: FilterKey, value: str, *, now_ms: int) -> Filter:
    """The filter of one key and one value, as the short forms of the API ask for it.

    Raises FilterError for a value that the key cannot have.
    """
    token = Token(negated=False, key=key.value, value=value, start=0, value_start=0, end=0)
    checked = _value(key, token, now_ms)
    if key in _TIMES:
        return _span(key, [int(checked)], negated=False)
    return Filter((Group(key, (checked,)),))


def both(*filters: Filter) -> Filter:
    """What passes all of these filters."""
    since = [one.since for one in filters if one.since is not None]
    until = [one.until for one in filters if one.until is not None]
    return Filter(
        tuple(dict.fromkeys(group for one in filters for group in one.groups)),
        max(since, default=None),
        min(until, default=None),
    )


def format_filter(wanted: Filter) -> str:
    """The filter as `parse_filter` reads it, with its times as instants.

    `both` can leave two groups of one key of which each must hold. Values of one key are
    alternatives when written, so that cannot be: then FilterError.
    """
    wanted_keys = [group.key for group in wanted.groups if not group.negated]
    apart = [key for key in wanted_keys if key is not FilterKey.TEXT]
    if len(set(apart)) < len(apart):
        raise FilterError("two filters of one key that must both hold cannot be written as one", 0)
    written = [
        f"{'-' if group.negated else ''}{_prefix(group.key)}"
        f"{quote(value, after_key=group.key is not FilterKey.TEXT)}"
        for group in wanted.groups
        for value in group.values
    ]
    times = ((FilterKey.SINCE, wanted.since), (FilterKey.UNTIL, wanted.until))
    written += [f"{key}:{write_time(at)}" for key, at in times if at is not None]
    return " ".join(written)


def http_range(value: str) -> tuple[int, int] | None:
    """The first and the last status that a value of `http` means; None for `none`."""
    if value == "none":
        return None
    if value.endswith("xx"):
        first = int(value[0]) * 100
        return first, first + 99
    return int(value), int(value)


def _span(key: FilterKey, instants: list[int], *, negated: bool) -> Filter:
    """The span that alternatives of one key leave: not since is until, and the reverse."""
    if key is FilterKey.SINCE:
        return Filter(until=min(instants)) if negated else Filter(since=min(instants))
    return Filter(since=max(instants)) if negated else Filter(until=max(instants))


def _prefix(key: FilterKey) -> str:
    return "" if key is FilterKey.TEXT else f"{key}:"


def _key(token: Token) -> FilterKey:
    if token.key is None:
        return FilterKey.TEXT
    if token.key.lower() in _TYPED:
        return FilterKey(token.key.lower())
    message = unknown("key", token.key, _TYPED)
    raise FilterError(f'{message}; put "quotes" around what is no key', token.start)


def _value(key: FilterKey, token: Token, now_ms: int) -> str:
    """The value in its normal form; of times, milliseconds as text."""
    problem = _problem(key, token)
    if problem is not None:
        raise FilterError(problem, token.value_start)
    if key not in _TIMES:
        return token.value.lower() if key in _LOWER else token.value
    try:
        return str(read_time(token.value, now_ms))
    except InvalidTime as error:
        raise FilterError(f"{key}: {error}", token.value_start) from None


def _problem(key: FilterKey, token: Token) -> str | None:
    value = token.value
    if token.open:
        return "the quote is not closed"
    if not value:
        return f"{key}: needs a value ({KEYS[key]})" if key in KEYS else "the quotes are empty"
    if key is FilterKey.TEXT and len(value) > _LONGEST_WORD:
        return f"a text to look for has at most {_LONGEST_WORD} characters"
    if key in VALUES and value.lower() not in VALUES[key]:
        return unknown(key.value, value, VALUES[key])
    if key is FilterKey.HTTP and not _HTTP.fullmatch(value.lower()):
        return f"{quoted(value)} is no HTTP status: write 404, 5xx or none"
    return None if is_unicode(value) else "holds bytes that are no text"
