"""Exports: the filtered history as CSV or JSON lines, at any size (rules.md §5).

Each page is read in a short transaction: memory use is constant, and the store's log can be
checkpointed meanwhile. The next page is read when the client has read the last one.
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from operator import attrgetter

import msgspec
from aiohttp import web

from daemon.api.call import Call
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.api.handlers.deliveries import next_page
from daemon.api.lists import filter_of, filter_parameters
from daemon.domain.filters.keys import FilteredList
from daemon.domain.filters.parser import Filter
from daemon.protocol import Delivery
from daemon.services.presenters import present_delivery
from daemon.store.queries.cursors import CursorPosition
from daemon.util.visible import HIDDEN, visible

PAGE = 1_000

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NEEDS_QUOTES = frozenset(',"\r\n')

_encode_lines = msgspec.json.Encoder().encode_lines


async def export_csv(call: Call) -> web.StreamResponse:
    """The history as CSV."""
    return await _stream(call, "text/csv; charset=utf-8", HEAD, csv_lines)


async def export_ndjson(call: Call) -> web.StreamResponse:
    """The history as JSON lines."""
    return await _stream(call, "application/x-ndjson", b"", ndjson_lines)


async def _stream(
    call: Call, content_type: str, head: bytes, write: Callable[[Sequence[Delivery]], bytes]
) -> web.StreamResponse:
    filter_ = filter_of(call)
    response = web.StreamResponse(headers={"Content-Type": content_type})
    call.connection.may_stall = True
    try:
        await response.prepare(call.request)
        if head:
            await response.write(head)
        async for page in _pages(call, filter_):
            if page:
                await response.write(write(page))
    finally:
        call.connection.may_stall = False
    return response


async def _pages(call: Call, filter_: Filter) -> AsyncIterator[list[Delivery]]:
    registry, urls = call.parts.registry, call.caller.sees_urls
    after: CursorPosition | None = None
    while not call.connection.over and await call.still_permitted():
        records, after = await next_page(call, filter_, after, PAGE)
        yield [present_delivery(record, registry, urls=urls) for record in records]
        if after is None:
            return
    raise ConnectionError(
        "the daemon stops, or the caller lost its role; the export is not complete"
    )


def ndjson_lines(deliveries: Sequence[Delivery]) -> bytes:
    """JSON lines, with escapes for characters that a terminal would interpret."""
    lines = _encode_lines(deliveries)
    if lines.isascii() and b"\x7f" not in lines:
        return lines
    return HIDDEN.sub(_escaped, lines.decode()).encode()


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1] if found[0] != "\x7f" else "\\u007f"


def _error(one: Delivery) -> str | None:
    """Why it failed, else why it was discarded."""
    return one.reason if one.error is None else one.error.message


COLUMNS: dict[str, Callable[[Delivery], object]] = {
    "delivery_id": attrgetter("id"),
    "event_id": attrgetter("event_id"),
    "event_type": attrgetter("event_type"),
    "webhook_id": attrgetter("webhook_id"),
    "webhook_name": attrgetter("webhook_name"),
    "url": attrgetter("url"),
    "project": attrgetter("project"),
    "status": attrgetter("status"),
    "http_status": attrgetter("http_status"),
    "attempt": attrgetter("attempt"),
    "max_attempts": attrgetter("max_attempts"),
    "duration_ms": attrgetter("duration_ms"),
    "created_at": attrgetter("created_at"),
    "finished_at": attrgetter("finished_at"),
    "kind": attrgetter("kind"),
    "error": _error,
}
"""The columns of CSV in their order, each with what it shows. A new one comes last."""
HEAD = f"{','.join(COLUMNS)}\n".encode()
_values = tuple(COLUMNS.values())


def csv_lines(deliveries: Sequence[Delivery]) -> bytes:
    """Lines of CSV under `HEAD`."""
    rows = ([_cell(value(one)) for value in _values] for one in deliveries)
    return "".join(f"{','.join(row)}\n" for row in rows).encode()


def _cell(value: object) -> str:
    """A cell, quoted as CSV requires. A spreadsheet or terminal does not execute its text."""
    text = "" if value is None else str(value)
    begins_formula = text.startswith(_FORMULA)
    if not text.isprintable():
        text = "\r\n".join(visible(line, len(line)) for line in text.split("\r\n"))
    if begins_formula:
        text = f"'{text}"
    if _NEEDS_QUOTES.isdisjoint(text):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/deliveries.csv",
        "viewer",
        export_csv,
        "The history as CSV, streamed",
        (ResponseSpec(200, "CSV", content_type="text/csv"),),
        filter_parameters(FilteredList.DELIVERIES),
    ),
    Endpoint(
        "GET",
        "/v1/deliveries.ndjson",
        "viewer",
        export_ndjson,
        "The history as JSON lines, streamed",
        (ResponseSpec(200, "One delivery a line", Delivery, "application/x-ndjson"),),
        filter_parameters(FilteredList.DELIVERIES),
    ),
)
