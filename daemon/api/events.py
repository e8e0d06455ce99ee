"""Events: by page, one with its payload and deliveries, why each webhook did or did not get it."""

from collections.abc import Iterator, Mapping

import msgspec
from aiohttp import web

from daemon.api.call import Call, json_answer
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.api.filtering import filter_parameters, plain_facts, read_filter, read_plain
from daemon.api.lists import PAGING, Paging, StoredPage, cut, page_answer
from daemon.api.problems import bad_parameters
from daemon.domain.filters.keys import FilteredList
from daemon.domain.matching.decisions import EventFacts, WebhookDecision, decode_decisions, words
from daemon.domain.matching.rules import Decision
from daemon.protocol import Delivery, EventDetail, Explanation, FieldProblem, Page
from daemon.protocol.refusal import not_found
from daemon.services.presenters import present_delivery, present_event
from daemon.services.registry import RegistryEntry
from daemon.store.database import Database, last_seq
from daemon.store.queries import deliveries, events
from daemon.store.queries.cursors import CursorPosition
from daemon.store.queries.events import EventFile
from daemon.store.queries.filter_sql import search_events
from daemon.store.queries.pages import find_page, total
from daemon.store.records import DeliveryRecord, EventRecord

_LAST_TYPE = 1_000_000
"""Lists run from high places to low ones; this one keeps the catalogue's order."""


async def list_events(call: Call) -> web.Response:
    """A page of events."""
    errors: list[FieldProblem] = []
    wanted, page = read_filter(call, errors), Paging(call, errors)
    if errors:
        raise bad_parameters(errors)
    rows_of = call.parts.registry.rows_named

    def read(db: Database) -> StoredPage[EventRecord]:
        search = search_events(wanted, rows_of)
        found = find_page(db, search, page.after, page.limit)
        return StoredPage(
            events.by_rows(db, found.rows), found.next, total(db, search), last_seq(db)
        )

    found = await call.parts.readers.run(read, aside=wanted.has_words)
    return page_answer(list(map(present_event, found.items)), found.next, found.total, found.seq)


async def show_event(call: Call) -> web.Response:
    """One event with its payload and what became of it."""
    file, records = await _file(call)
    registry, urls = call.parts.registry, call.caller.sees_urls
    shown = present_event(file.record)
    return json_answer(
        EventDetail(
            **{name: getattr(shown, name) for name in shown.__struct_fields__},
            payload=msgspec.Raw(file.payload),
            deliveries=[present_delivery(each, registry, urls=urls) for each in records],
        )
    )


async def explain_event(call: Call) -> web.Response:
    """What was decided about an event for every webhook there is, or was."""
    file, records = await _file(call)
    registry, urls = call.parts.registry, call.caller.sees_urls
    first: dict[int, Delivery] = {}
    for record in records:
        first.setdefault(record.webhook, present_delivery(record, registry, urls=urls))
    decided = {one.row: one for one in decode_decisions(file.decisions)}
    entries = {entry.webhook.row: entry for entry in registry.everything()}
    facts = _facts(file)
    return json_answer(list(_explanations(entries, decided, first, facts)))


async def list_event_types(call: Call) -> web.Response:
    """The catalogue."""
    asked, passes = read_plain(call, FilteredList.EVENT_TYPES)
    entries = [
        (CursorPosition(0, _LAST_TYPE - number), entry)
        for number, entry in enumerate(call.parts.catalogue.entries())
        if passes(plain_facts(f"{entry.name}\n{entry.description}", event_type=entry.name))
    ]
    page, following = cut(entries, asked.after, asked.limit)
    return page_answer(page, following, len(entries), call.parts.changes.seq)


async def _file(call: Call) -> tuple[EventFile, list[DeliveryRecord]]:
    event_id = call.arguments["id"]

    def read(db: Database) -> tuple[EventFile | None, list[DeliveryRecord], int]:
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
    """Those that got it first, then the others, each in the order of their making."""
    rows = sorted(entries, key=lambda row: (row not in first, row))
    for row in rows:
        webhook = entries[row].webhook
        one = decided.get(row)
        if one is None:
            if webhook.deleted_at is not None:
                continue  # it was there neither then nor is it now
            one = WebhookDecision(row, Decision.CREATED_LATER)
        delivery = first.get(row)
        said = words(one.decision, one.detail, facts)
        if one.decision is Decision.MATCHED and delivery is not None:
            said = _ended(delivery)
        yield Explanation(
            webhook.uid,
            webhook.config.name,
            one.decision.value,
            said,
            None if delivery is None else delivery.id,
        )


def _ended(delivery: Delivery) -> str:
    """How a delivery ended, or how it stands."""
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


def _facts(file: EventFile) -> EventFacts:
    record = file.record
    status = msgspec.json.decode(msgspec.json.decode(file.payload, type=_Payload).data.status)
    return EventFacts(
        record.event_type,
        record.project_name or record.project_id,
        status if isinstance(status, str) else None,
    )


ROUTES = (
    Endpoint(
        "GET",
        "/v1/events",
        "viewer",
        list_events,
        "Events, newest first",
        (ResponseSpec(200, "A page of events", Page),),
        (*filter_parameters(FilteredList.EVENTS), *PAGING),
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
        "The event types there are, with samples",
        (ResponseSpec(200, "The catalogue", Page),),
        (*filter_parameters(FilteredList.EVENT_TYPES), *PAGING),
    ),
)
