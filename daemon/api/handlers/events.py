"""Events: pages, one event with its deliveries, each webhook's decision about it, event types."""

from collections.abc import Iterator, Mapping

import msgspec
from aiohttp import web

from daemon.api.call import Call, json_answer
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.api.lists import (
    StoredPage,
    cut_page,
    facts_of,
    list_parameters,
    page_answer,
    read_list_query,
)
from daemon.domain.filters.keys import FilteredList
from daemon.domain.filters.predicate import predicate
from daemon.domain.matching.decisions import EventFacts, WebhookDecision, decode_decisions, words
from daemon.domain.matching.rules import Decision
from daemon.protocol import Delivery, EventDetail, Explanation, Page
from daemon.protocol.refusal import not_found
from daemon.services.presenters import present_delivery, present_event
from daemon.services.registry import RegistryEntry
from daemon.store.database import Database, last_seq
from daemon.store.queries import deliveries, events
from daemon.store.queries.cursors import CursorPosition
from daemon.store.queries.events import StoredEvent
from daemon.store.queries.filter_queries import search_events
from daemon.store.queries.pages import find_page_and_total
from daemon.store.records import DeliveryRecord, EventRecord

_LAST_TYPE = 1_000_000
"""Pages go from high positions to low ones. Counting down from here keeps the catalogue's order."""


async def list_events(call: Call) -> web.Response:
    """A page of events."""
    query = read_list_query(call)
    rows_of = call.parts.registry.rows_named

    def read(db: Database) -> StoredPage[EventRecord]:
        search = search_events(query.filter, rows_of)
        found, matching = find_page_and_total(db, search, query.after, query.limit)
        return StoredPage(events.by_rows(db, found.rows), found.next, matching, last_seq(db))

    found = await call.parts.readers.run(read, slow=query.filter.has_words)
    return page_answer(list(map(present_event, found.items)), found.next, found.total, found.seq)


async def show_event(call: Call) -> web.Response:
    """One event with its payload and its deliveries."""
    file, records = await _read_event(call)
    registry, urls = call.parts.registry, call.caller.sees_urls
    view = present_event(file.record)
    return json_answer(
        EventDetail(
            **{name: getattr(view, name) for name in view.__struct_fields__},
            payload=msgspec.Raw(file.payload),
            deliveries=[present_delivery(each, registry, urls=urls) for each in records],
        )
    )


async def explain_event(call: Call) -> web.Response:
    """The decision of every webhook about an event, deleted webhooks included."""
    file, records = await _read_event(call)
    registry, urls = call.parts.registry, call.caller.sees_urls
    first: dict[int, Delivery] = {}
    for record in records:
        first.setdefault(record.webhook, present_delivery(record, registry, urls=urls))
    decided = {one.row: one for one in decode_decisions(file.decisions)}
    entries = {entry.webhook.row: entry for entry in registry.everything()}
    facts = _facts(file)
    return json_answer(list(_explanations(entries, decided, first, facts)))


async def list_event_types(call: Call) -> web.Response:
    """The catalogue of event types."""
    query = read_list_query(call, FilteredList.EVENT_TYPES)
    passes = predicate(query.filter)
    entries = [
        (CursorPosition(0, _LAST_TYPE - number), entry)
        for number, entry in enumerate(call.parts.catalogue.entries())
        if passes(facts_of(f"{entry.name}\n{entry.description}", event_type=entry.name))
    ]
    page, following = cut_page(entries, query)
    return page_answer(page, following, len(entries), call.parts.changes.seq)


async def _read_event(call: Call) -> tuple[StoredEvent, list[DeliveryRecord]]:
    event_id = call.arguments["id"]

    def read(db: Database) -> tuple[StoredEvent | None, list[DeliveryRecord], int]:
        file = events.whole(db, event_id)
        records = [] if file is None else deliveries.of_event(db, file.record.row)
        return file, records, last_seq(db)

    file, records, seq = await call.parts.readers.run(read)
    if file is None:
        raise not_found("event", event_id)
    await call.parts.changes.reached(seq)
    return file, records


def _explanations(
    entries: Mapping[int, RegistryEntry],
    decided: Mapping[int, WebhookDecision],
    first: Mapping[int, Delivery],
    facts: EventFacts,
) -> Iterator[Explanation]:
    """First the webhooks that got the event, then the others; both in the order of creation."""
    rows = sorted(entries, key=lambda row: (row not in first, row))
    for row in rows:
        webhook = entries[row].webhook
        one = decided.get(row)
        if one is None:
            if webhook.deleted_at is not None:
                continue  # the webhook did not exist then, and does not exist now
            one = WebhookDecision(row, Decision.CREATED_LATER)
        delivery = first.get(row)
        detail = words(one.decision, one.detail, facts)
        if one.decision is Decision.MATCHED and delivery is not None:
            detail = _outcome_words(delivery)
        yield Explanation(
            webhook.uid,
            webhook.config.name,
            one.decision.value,
            detail,
            None if delivery is None else delivery.id,
        )


def _outcome_words(delivery: Delivery) -> str:
    """How a delivery ended, or that it waits."""
    tries = f"{delivery.attempt} attempt{'' if delivery.attempt == 1 else 's'}"
    if delivery.status == "pending":
        return "not sent yet" if delivery.attempt == 0 else f"waits after {tries}"
    if delivery.status == "discarded":
        return f"discarded: {delivery.reason}"
    if delivery.status == "succeeded":
        return f"{delivery.http_status} after {tries}"
    why = "failed" if delivery.error is None else delivery.error.message
    return f"failed after {tries}: {why}"


class _Data(msgspec.Struct):
    status: msgspec.Raw = msgspec.Raw(b"null")


class _Payload(msgspec.Struct):
    data: _Data


def _facts(file: StoredEvent) -> EventFacts:
    record = file.record
    status = msgspec.json.decode(msgspec.json.decode(file.payload, type=_Payload).data.status)
    return EventFacts(
        record.event_type,
        record.project_name or record.project_id,
        status if isinstance(status, str) else None,
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/events",
        "viewer",
        list_events,
        "Events, newest first",
        (ResponseSpec(200, "A page of events", Page),),
        list_parameters(FilteredList.EVENTS),
    ),
    Endpoint(
        "GET",
        "/v1/events/{id}",
        "viewer",
        show_event,
        "One event with its payload and its deliveries",
        (ResponseSpec(200, "The event", EventDetail),),
    ),
    Endpoint(
        "GET",
        "/v1/events/{id}/explain",
        "viewer",
        explain_event,
        "Why each webhook did or did not get the event",
        (ResponseSpec(200, "A decision for every webhook", list[Explanation]),),
    ),
    Endpoint(
        "GET",
        "/v1/event-types",
        "viewer",
        list_event_types,
        "All event types, with samples",
        (ResponseSpec(200, "The catalogue", Page),),
        list_parameters(FilteredList.EVENT_TYPES),
    ),
)
