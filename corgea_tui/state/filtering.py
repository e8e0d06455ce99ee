"""The filter language over the app's rows; the daemon answers the same text from the store."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from daemon.domain.filters.keys import FilteredList, FilterKey, keys_of
from daemon.domain.filters.parser import parse_filter
from daemon.domain.filters.predicate import predicate
from daemon.domain.filters.tokens import FilterError
from daemon.protocol import Delivery, Event, Webhook
from daemon.protocol.filter_facts import facts_of_delivery, facts_of_event

__all__ = ["FilterError", "compiled", "compiled_for_events", "known_words"]

T = TypeVar("T")
Matches = Callable[[T], bool]


def compiled(text: str, now: datetime) -> Matches[Delivery] | None:
    """The filter as a predicate; None when it matches all. Raises `FilterError`."""
    parsed = parse_filter(text, now_ms=int(now.timestamp() * 1000))
    if not parsed:
        return None
    passes = predicate(parsed)
    return lambda delivery: passes(facts_of_delivery(delivery, _text_of_delivery(delivery)))


def compiled_for_events(text: str, now: datetime) -> Matches[Event] | None:
    """The same for events. Raises `FilterError`, also for keys that only deliveries have."""
    parsed = parse_filter(text, now_ms=int(now.timestamp() * 1000))
    if not parsed:
        return None
    if foreign := sorted(parsed.keys() - set(keys_of(FilteredList.EVENTS))):
        raise FilterError(f"events have no {foreign[0]}; deliveries (1) do", 0)
    passes = predicate(parsed)
    return lambda event: passes(facts_of_event(event, _text_of_event(event)))


def known_words(
    webhooks: Iterable[Webhook], seen: Iterable[Delivery | Event]
) -> dict[FilterKey, list[str]]:
    """The values that completion proposes, from the webhooks and the rows of the app."""
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


def _text_of_event(event: Event) -> str:
    """Where free text is searched for in an event."""
    return "\n".join(
        (event.event_id, event.event_type, event.project or "", event.project_name or "")
    )


def _text_of_delivery(delivery: Delivery) -> str:
    """Where free text is searched for in a delivery."""
    searched = (
        delivery.id,
        delivery.event_id,
        delivery.event_type,
        delivery.webhook_name,
        delivery.url,
        delivery.project or "",
        delivery.project_name or "",
        delivery.error.message if delivery.error else "",
        delivery.reason or "",
    )
    return "\n".join(searched)
