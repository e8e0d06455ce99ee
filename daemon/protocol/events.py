"""Events, the catalogue and explain."""

from typing import Any

import msgspec

from daemon.protocol.deliveries import Delivery


class Event(msgspec.Struct, frozen=True, gc=False):
    """An event that was taken in: to how many webhooks it went (`matched`), of how many."""

    event_id: str
    event_type: str
    timestamp: str
    received_at: str
    project: str | None
    project_name: str | None
    matched: int
    webhooks: int


class EventDetail(Event, frozen=True, kw_only=True):
    """An event with its payload and what became of it."""

    payload: msgspec.Raw | Any
    deliveries: list[Delivery]


class EventType(msgspec.Struct, frozen=True):
    """An entry of the catalogue."""

    name: str
    description: str
    sample: Any
    reserved: bool = False


class Explanation(msgspec.Struct, frozen=True):
    """What was decided for one webhook about one event, in the words of the moment."""

    webhook_id: str
    webhook_name: str
    decision: str
    detail: str
    delivery_id: str | None = None
