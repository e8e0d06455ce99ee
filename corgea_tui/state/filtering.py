"""The filter language over what the app holds; the daemon answers the same text from the store."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from daemon.domain.events.timestamps import to_ms
from daemon.domain.filters.keys import FilteredList, FilterKey, keys_of
from daemon.domain.filters.parser import parse_filter
from daemon.domain.filters.predicate import DeliveryFacts, predicate
from daemon.domain.filters.tokens import FilterError
from daemon.protocol import Delivery, Event, Webhook

__all__ = ["FilterError", "compiled", "compiled_for_events", "known_words"]

T = TypeVar("T")
Matches = Callable[[T], bool]


def compiled(text: str, now: datetime) -> Matches[Delivery] | None:
    """What the filter lets through, None for everything; `FilterError` says what is wrong."""
    parsed = parse_filter(text, now_ms=int(now.timestamp() * 1000))
    if not parsed:
        return None
    passes = predicate(parsed)
    return lambda delivery: passes(_facts(delivery))


def compiled_for_events(text: str, now: datetime) -> Matches[Event] | None:
    """The same for events; `FilterError` also for keys that only deliveries have."""
    parsed = parse_filter(text, now_ms=int(now.timestamp() * 1000))
    if not parsed:
        return None
    if foreign := sorted(parsed.keys() - set(keys_of(FilteredList.EVENTS))):
        raise FilterError(f"events have no {foreign[0]}; deliveries (1) do", 0)
    passes = predicate(parsed)
    return lambda event: passes(_event_facts(event))


def known_words(
    webhooks: Iterable[Webhook], seen: Iterable[Delivery | Event]
) -> dict[FilterKey, list[str]]:
    """Values that can be completed, from what was seen."""
    types: dict[str, None] = {}
    projects: dict[str, None] = {}
    for row in seen:
        types[row.event_type] = None
        if row.project is not None:
            projects[row.project] = None
    return {
        FilterKey.WEBHOOK: sorted(webhook.name for webhook in webhooks),
        FilterKey.TYPE: sorted(types),
        FilterKey.PROJECT: sorted(projects),
    }


def _event_facts(event: Event) -> DeliveryFacts:
    searched = (event.event_id, event.event_type, event.project or "", event.project_name or "")
    return DeliveryFacts(
        delivery_id=None,
        event_id=event.event_id,
        event_type=event.event_type,
        webhook_id=None,
        webhook_name=None,
        project=event.project,
        status=None,
        http_status=None,
        kind="",
        created_ms=to_ms(event.received_at),
        text="\n".join(searched),
    )


def _facts(delivery: Delivery) -> DeliveryFacts:
    error = delivery.error.message if delivery.error else ""
    searched = (
        delivery.id,
        delivery.event_id,
        delivery.event_type,
        delivery.webhook_name,
        delivery.url,
        delivery.project or "",
        delivery.project_name or "",
        error,
        delivery.reason or "",
    )
    return DeliveryFacts(
        delivery_id=delivery.id,
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        webhook_id=delivery.webhook_id,
        webhook_name=delivery.webhook_name,
        project=delivery.project,
        status=delivery.status,
        http_status=delivery.http_status,
        kind=delivery.kind,
        created_ms=to_ms(delivery.created_at),
        text="\n".join(searched),
    )
