"""Events, the catalogue of types, and explanations of decisions."""

from typing import Any

import msgspec

from daemon.protocol.deliveries import Delivery


class Event(msgspec.Struct, frozen=True, gc=False):
    """An accepted event. `matched` of all `webhooks` webhooks matched."""

    event_id: str
    event_type: str
    timestamp: str
    received_at: str
    project: str | None
    project_name: str | None
    matched: int
    webhooks: int


class EventDetail(Event, frozen=True, kw_only=True):
    """An event with its payload and its deliveries."""

    payload: msgspec.Raw | Any
    deliveries: list[Delivery]


class EventType(msgspec.Struct, frozen=True):
    """An event type of the catalogue. `reserved`: only the daemon sends it."""

    name: str
    description: str
    sample: Any
    reserved: bool = False


class Explanation(msgspec.Struct, frozen=True):
    """Why one webhook got one event, or why not."""

    webhook_id: str
    webhook_name: str
    decision: str
    detail: str
    delivery_id: str | None = None
