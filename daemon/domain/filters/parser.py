"""The filter language of the app, commands and the API (interfaces.md, Filters).

    status:failed status:pending -type:scan.* since:1h "out of memory"

means: failed or pending, and not a scan event, and created within the last hour, and with that text
in it. Values of one key are alternatives. Different keys must all match, and so must all words of
free text; `-` negates. `parse_filter` returns a `Filter`. The store makes SQL of a `Filter`
(`daemon/store/queries/filter_queries.py`), `predicate.py` a test for objects in memory.
"""

import re
from typing import assert_never

import msgspec

from daemon.domain.filters.keys import KEYS, FilterKey, ValueKind
from daemon.domain.filters.times import InvalidTime, read_time, write_time
from daemon.domain.filters.tokens import FilterError, Token, quote, tokens
from daemon.domain.problems import is_unicode, quoted, unknown

_LONGEST = 16_384
_MOST_VALUES = 500
"""SQLite refuses a condition that nests a thousand levels deep."""
_MOST_WORDS = 20
_LONGEST_WORD = 200
"""Free text is searched in every row, so its cost must have a limit."""

_TYPED = tuple(key.value for key in KEYS if key is not FilterKey.TEXT)
_HTTP = re.compile(r"[1-5][0-9][0-9]|[1-5]xx|none")


class Group(msgspec.Struct, frozen=True):
    """One key with its values: one of them must match; negated, none may match.

    Values are normalised by their key's `ValueKind`. Each word of free text is a group; it is
    searched everywhere, ignoring the case of ASCII letters. Times are not in groups: they are the
    filter's span.
    """

    key: FilterKey
    values: tuple[str, ...]
    negated: bool = False


class Filter(msgspec.Struct, frozen=True):
    """A filter of a list: every group must match, and since ≤ created < until (ms)."""

    groups: tuple[Group, ...] = ()
    since: int | None = None
    until: int | None = None

    def __bool__(self) -> bool:
        return self != _EVERYTHING

    @property
    def has_words(self) -> bool:
        """Whether the filter has free text, which is searched row by row."""
        return any(group.key is FilterKey.TEXT for group in self.groups)

    def keys(self) -> frozenset[FilterKey]:
        """The keys in the filter, for lists that do not have all keys."""
        times = {FilterKey.SINCE: self.since, FilterKey.UNTIL: self.until}
        used = {key for key, at in times.items() if at is not None}
        return frozenset(used.union(group.key for group in self.groups))

    def without_text(self) -> "Filter":
        """The filter without its free text."""
        groups = tuple(group for group in self.groups if group.key is not FilterKey.TEXT)
        return Filter(groups, self.since, self.until)


_EVERYTHING = Filter()


def parse_filter(text: str, *, now_ms: int) -> Filter:
    """The filter in `text`; an empty text matches everything.

    `since:1h` counts back from `now_ms`. Raises FilterError, with the position, for an unknown key
    (it names the known ones), for a value that its key cannot have, and for a filter that is too
    long or has too many values or words of free text.
    """
    if len(text) > _LONGEST:
        raise FilterError(f"is longer than {_LONGEST:,} characters", _LONGEST)
    values: dict[tuple[FilterKey, bool], dict[str, None]] = {}
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
            values.setdefault((key, token.negated), {})[value] = None
    parts = [
        _part(key, tuple(alternatives), negated=negated)
        for (key, negated), alternatives in values.items()
    ]
    return conjunction(*parts, Filter(tuple(words)))


def term(key: FilterKey, value: str, *, now_ms: int) -> Filter:
    """The filter of one key and one value, for a query parameter of the API.

    Raises FilterError for a value that the key cannot have.
    """
    token = Token(negated=False, key=key.value, value=value, start=0, value_start=0, end=0)
    return _part(key, (_value(key, token, now_ms),), negated=False)


def conjunction(*filters: Filter) -> Filter:
    """The filter that matches what all of these filters match."""
    since = [each.since for each in filters if each.since is not None]
    until = [each.until for each in filters if each.until is not None]
    return Filter(
        tuple(dict.fromkeys(group for each in filters for group in each.groups)),
        max(since, default=None),
        min(until, default=None),
    )


def format_filter(query: Filter) -> str:
    """The filter as `parse_filter` reads it, with its times as instants.

    Raises FilterError for a `conjunction` with two groups of one key: both must match, but values
    of one key are alternatives in text.
    """
    keys = [
        group.key for group in query.groups if not group.negated and group.key is not FilterKey.TEXT
    ]
    if len(set(keys)) < len(keys):
        raise FilterError("two filters of one key that must both hold cannot be written as one", 0)
    written = [
        f"{'-' if group.negated else ''}{_prefix(group.key)}"
        f"{quote(value, after_key=group.key is not FilterKey.TEXT)}"
        for group in query.groups
        for value in group.values
    ]
    times = ((FilterKey.SINCE, query.since), (FilterKey.UNTIL, query.until))
    written += [f"{key}:{write_time(at)}" for key, at in times if at is not None]
    return " ".join(written)


def _part(key: FilterKey, values: tuple[str, ...], *, negated: bool) -> Filter:
    """The filter of one key; `values` are alternatives. "Not since" is until, and the reverse."""
    if key is FilterKey.SINCE:
        first = min(map(int, values))
        return Filter(until=first) if negated else Filter(since=first)
    if key is FilterKey.UNTIL:
        last = max(map(int, values))
        return Filter(since=last) if negated else Filter(until=last)
    return Filter((Group(key, values, negated),))


def _prefix(key: FilterKey) -> str:
    return "" if key is FilterKey.TEXT else f"{key}:"


def _key(token: Token) -> FilterKey:
    if token.key is None:
        return FilterKey.TEXT
    if token.key.lower() in _TYPED:
        return FilterKey(token.key.lower())
    message = unknown("key", token.key, _TYPED)
    raise FilterError(f'{message}; put "quotes" around text that is not a key', token.start)


def _value(key: FilterKey, token: Token, now_ms: int) -> str:
    """The value in its normal form; a time is milliseconds as text."""
    try:
        return _normalised(key, token, now_ms)
    except _BadValue as error:
        raise FilterError(str(error), token.value_start) from None


class _BadValue(ValueError):
    """A value that its key cannot have."""


def _normalised(key: FilterKey, token: Token, now_ms: int) -> str:
    """Raises _BadValue for a value that the key cannot have."""
    if token.open:
        raise _BadValue("the quote is not closed")
    if not token.value:
        is_text = key is FilterKey.TEXT
        needed = "the quotes are empty" if is_text else f"{key}: needs a value ({KEYS[key].help})"
        raise _BadValue(needed)
    value = _of_kind(key, token.value, now_ms)
    if not is_unicode(value):
        raise _BadValue("holds bytes that are not text")
    return value


def _of_kind(key: FilterKey, value: str, now_ms: int) -> str:
    spec = KEYS[key]
    match spec.kind:
        case ValueKind.WORD:
            if value.lower() not in spec.words:
                raise _BadValue(unknown(key.value, value, spec.words))
            value = value.lower()
        case ValueKind.HTTP:
            if not _HTTP.fullmatch(value.lower()):
                raise _BadValue(f"{quoted(value)} is not an HTTP status: write 404, 5xx or none")
            value = value.lower()
        case ValueKind.TIME:
            try:
                value = str(read_time(value, now_ms))
            except InvalidTime as error:
                raise _BadValue(f"{key}: {error}") from None
        case ValueKind.TEXT:
            if len(value) > _LONGEST_WORD:
                raise _BadValue(f"a searched text may have at most {_LONGEST_WORD} characters")
        case ValueKind.NAME | ValueKind.PATTERN:
            pass
        case _:
            assert_never(spec.kind)
    return value
