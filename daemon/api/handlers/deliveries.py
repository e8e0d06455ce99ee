"""Deliveries: pages of the history, one delivery with its attempts, a retry by hand."""

from aiohttp import web

from daemon.api.call import Call, json_answer
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.api.lists import StoredPage, list_parameters, page_answer, read_list_query
from daemon.domain.filters.keys import FilteredList
from daemon.domain.filters.parser import Filter
from daemon.protocol import DeliveryDetail, Page, RetryStarted
from daemon.protocol.refusal import not_found
from daemon.services.presenters import present_delivery, present_delivery_detail
from daemon.store.database import Database, last_seq
from daemon.store.queries import deliveries
from daemon.store.queries.cursors import CursorPosition
from daemon.store.queries.filter_queries import search_deliveries
from daemon.store.queries.pages import find_page, find_page_and_total
from daemon.store.records import DeliveryRecord


async def list_deliveries(call: Call) -> web.Response:
    """A page of the history."""
    query = read_list_query(call)
    registry = call.parts.registry

    def read(db: Database) -> StoredPage[DeliveryRecord]:
        search = search_deliveries(db, query.filter, registry.rows_named)
        found, matching = find_page_and_total(db, search, query.after, query.limit)
        records = deliveries.by_rows(db, found.rows)
        return StoredPage(records, found.next, matching, last_seq(db))

    found = await call.parts.readers.run(read, slow=query.filter.has_words)
    await call.parts.changes.reached(found.seq)
    urls = call.caller.sees_urls
    items = [present_delivery(record, registry, urls=urls) for record in found.items]
    return page_answer(items, found.next, found.total, found.seq)


async def show_delivery(call: Call) -> web.Response:
    """One delivery with its attempts, requests and responses."""
    uid, parts = call.arguments["id"], call.parts
    file, seq = await parts.readers.run(
        lambda db: (deliveries.whole(db, uid, parts.cipher), last_seq(db))
    )
    if file is None:
        raise not_found("delivery", uid)
    await parts.changes.reached(seq)
    return json_answer(present_delivery_detail(file, parts.registry, urls=call.caller.sees_urls))


async def retry_delivery(call: Call) -> web.Response:
    """Retry a delivery by hand."""
    await call.no_body()
    attempt = await call.parts.webhooks.retry(call.arguments["id"], call.caller)
    return json_answer(RetryStarted(attempt), 202)


async def next_page(
    call: Call, filter_: Filter, after: CursorPosition | None, limit: int
) -> tuple[list[DeliveryRecord], CursorPosition | None]:
    """A page without its total, for exports, read in a transaction of its own."""
    registry = call.parts.registry

    def read(db: Database) -> StoredPage[DeliveryRecord]:
        found = find_page(db, search_deliveries(db, filter_, registry.rows_named), after, limit)
        return StoredPage(deliveries.by_rows(db, found.rows), found.next, None, last_seq(db))

    page = await call.parts.readers.run(read, slow=filter_.has_words)
    await call.parts.changes.reached(page.seq)
    return page.items, page.next


ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/deliveries",
        "viewer",
        list_deliveries,
        "The history, newest first",
        (ResponseSpec(200, "A page of deliveries", Page),),
        list_parameters(FilteredList.DELIVERIES),
    ),
    Endpoint(
        "GET",
        "/v1/deliveries/{id}",
        "viewer",
        show_delivery,
        "One delivery with its attempts, requests and responses",
        (ResponseSpec(200, "The delivery", DeliveryDetail),),
    ),
    Endpoint(
        "POST",
        "/v1/deliveries/{id}/retry",
        "operator",
        retry_delivery,
        "Retry a delivery by hand",
        (ResponseSpec(202, "The attempt that is made now", RetryStarted),),
    ),
)
