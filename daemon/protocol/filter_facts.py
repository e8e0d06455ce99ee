"""What a filter looks at in a delivery or an event of the protocol, for streams and for the app."""

from daemon.domain.events.timestamps import to_ms
from daemon.domain.filters.predicate import DeliveryFacts
from daemon.protocol.deliveries import Delivery
from daemon.protocol.events import Event


def facts_of_delivery(one: Delivery, text: str = "") -> DeliveryFacts:
    """The facts of a delivery; `text` is what free text is searched for in."""
    return DeliveryFacts(
        delivery_id=one.id,
        event_id=one.event_id,
        event_type=one.event_type,
        webhook_id=one.webhook_id,
        webhook_name=one.webhook_name,
        project=one.project,
        status=one.status,
        http_status=one.http_status,
        kind=one.kind,
        created_ms=to_ms(one.created_at),
        text=text,
    )


def facts_of_event(one: Event, text: str = "") -> DeliveryFacts:
    """The facts of an event without its deliveries."""
    return DeliveryFacts(
        delivery_id=None,
        event_id=one.event_id,
        event_type=one.event_type,
        webhook_id=None,
        webhook_name=None,
        project=one.project,
        status=None,
        http_status=None,
        kind="",
        created_ms=to_ms(one.received_at),
        text=text,
    )
