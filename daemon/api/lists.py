"""Shared by the lists of the API: filter, paging, and the answer.

The parameters of a list are `filter` (interfaces.md, Filters), one for each filter key that its
rows have, `limit` and `cursor`. A row is listed when it meets all of them.
"""

from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from aiohttp import web

from daemon.api.call import Call, json_answer
from daemon.api.endpoint import Parameter
from daemon.api.problems import bad_parameters
from daemon.domain.events.timestamps import to_ms
from daemon.domain.filters.keys import KEYS, FilteredList, keys_of
from daemon.domain.filters.parser import Filter, conjunction, parse_filter, term
from daemon.domain.filters.predicate import DeliveryFacts
from daemon.domain.filters.tokens import FilterError
from daemon.protocol import FieldProblem, Page
from daemon.store.queries.cursors import CursorPosition, InvalidCursor, read_cursor, write_cursor

T = TypeVar("T")

LIMIT = 50
LIMIT_MAX = 500

FILTER = Parameter("filter", "The filter language, e.g. `status:failed since:1h`")
_LIMIT = Parameter(
    "limit",
    f"Items in a page, 1–{LIMIT_MAX}",
    {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT},
)
_CURSOR = Parameter("cursor", "`next` of the page before")

_KEY_OF = {spec.parameter.name: key for key, spec in KEYS.items() if spec.parameter}


class ListQuery(NamedTuple):
    """The page that a call requests: `limit` items that match `filter`, after a position."""

    filter: Filter
    after: CursorPosition | None
    limit: int


class StoredPage(msgspec.Struct, Generic[T], frozen=True):
    """A page as it was read from the store in one transaction, before it is presented."""

    items: list[T]
    next: CursorPosition | None
    total: int | None
    seq: int


# --- the parameters ---


def filter_parameters(rows: FilteredList) -> tuple[Parameter, ...]:
    """`filter`, and a parameter for each key that the rows of a list have."""
    parameters = (KEYS[key].parameter for key in keys_of(rows))
    return (FILTER, *(Parameter(each.name, each.description) for each in parameters if each))


def list_parameters(rows: FilteredList) -> tuple[Parameter, ...]:
    """All parameters of a list."""
    return (*filter_parameters(rows), _LIMIT, _CURSOR)


def read_list_query(call: Call, rows: FilteredList | None = None) -> ListQuery:
    """The parameters of a list; Refusal (422) with all errors in them.

    With `rows`, only keys that these rows have may be in the filter.
    """
    errors: list[FieldProblem] = []
    filter_ = read_filter(call, errors)
    limit = _limit(call.query.get("limit"), errors)
    after = _position(call.query.get("cursor"), errors)
    if rows is not None:
        _only_keys_of(rows, filter_, errors)
    if errors:
        raise bad_parameters(errors)
    return ListQuery(filter_, after, limit)


def filter_of(call: Call) -> Filter:
    """The filter of a call that has no paging; Refusal (422) for a bad one."""
    errors: list[FieldProblem] = []
    filter_ = read_filter(call, errors)
    if errors:
        raise bad_parameters(errors)
    return filter_


def read_filter(call: Call, errors: list[FieldProblem]) -> Filter:
    """The conjunction of `filter` and the parameters of its keys; adds to `errors`."""
    now = call.parts.clock.now_ms()
    found = []
    text = call.query.get("filter")
    if text is not None:
        found.append(read_filter_text("filter", text, now, errors))
    for name, key in _KEY_OF.items():
        if (value := call.query.get(name)) is not None:
            try:
                found.append(term(key, value, now_ms=now))
            except FilterError as error:
                errors.append(FieldProblem(name, str(error)))
    return conjunction(*found)


def read_filter_text(field: str, text: str, now_ms: int, errors: list[FieldProblem]) -> Filter:
    """A filter in the filter language; an error names the position of its character."""
    try:
        return parse_filter(text, now_ms=now_ms)
    except FilterError as error:
        errors.append(FieldProblem(field, f"{error} (at character {error.position + 1})"))
        return Filter()


def whole_number(
    text: str, name: str, least: int, most: int, errors: list[FieldProblem]
) -> int | None:
    """A whole number within its limits; None and an error for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= 12 and least <= int(text) <= most:  # noqa: PLR2004
        return int(text)
    errors.append(FieldProblem(name, f"must be a whole number from {least} to {most}"))
    return None


def _limit(text: str | None, errors: list[FieldProblem]) -> int:
    if text is None:
        return LIMIT
    return whole_number(text, "limit", 1, LIMIT_MAX, errors) or LIMIT


def _position(cursor: str | None, errors: list[FieldProblem]) -> CursorPosition | None:
    if cursor is None:
        return None
    try:
        return read_cursor(cursor)
    except InvalidCursor as error:
        errors.append(FieldProblem("cursor", str(error)))
        return None


def _only_keys_of(rows: FilteredList, filter_: Filter, errors: list[FieldProblem]) -> None:
    known = keys_of(rows)
    unknown = sorted(filter_.keys() - set(known))
    if unknown:
        errors.append(
            FieldProblem(
                "filter",
                f"{rows} cannot be filtered by {', '.join(unknown)};"
                f" use {', '.join(sorted(known))}",
            )
        )


# --- lists that are in memory ---


def facts_of(text: str, *, at: str | None = None, event_type: str = "") -> DeliveryFacts:
    """A row of a list in memory, as a filter tests it: its text, and its time and event type."""
    return DeliveryFacts(
        delivery_id=None,
        event_id="",
        event_type=event_type,
        webhook_id=None,
        webhook_name=None,
        project=None,
        status=None,
        http_status=None,
        kind="",
        created_ms=0 if at is None else to_ms(at),
        text=text,
    )


def cut_page(
    items: Sequence[tuple[CursorPosition, T]], query: ListQuery
) -> tuple[list[T], CursorPosition | None]:
    """A page of `items`, highest positions first, and the position after which the next begins."""
    ordered = sorted(items, key=lambda item: item[0], reverse=True)
    remaining = [item for item in ordered if query.after is None or item[0] < query.after]
    page = remaining[: query.limit]
    return [item for _, item in page], page[-1][0] if len(remaining) > query.limit else None


# --- the answer ---


def page_answer(
    items: list[Any], following: CursorPosition | None, total: int | None, seq: int
) -> web.Response:
    """The answer of a list."""
    following_text = None if following is None else write_cursor(following)
    return json_answer(Page(items, following_text, total, seq))
