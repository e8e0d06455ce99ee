"""Deliveries and their attempts."""

from typing import Any, Literal

import msgspec

from daemon.domain.deliveries.outcome import Failure, Phases

DeliveryStatus = Literal["pending", "succeeded", "failed", "discarded"]
DeliveryKind = Literal["event", "test", "replay"]


class DeliveryRef(msgspec.Struct, frozen=True):
    """A delivery that an accepted event led to."""

    id: str
    webhook_id: str


class Accepted(msgspec.Struct, frozen=True):
    """The answer to an event that is on disk. A `duplicate` was accepted before, is not resent."""

    event_id: str
    duplicate: bool
    deliveries: list[DeliveryRef]


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One event for one webhook. `attempt` counts attempts; `reason` is why it was discarded."""

    id: str
    event_id: str
    event_type: str
    webhook_id: str
    webhook_name: str
    url: str
    project: str | None
    project_name: str | None
    status: DeliveryStatus
    in_flight: bool
    http_status: int | None
    error: Failure | None
    reason: str | None
    attempt: int
    max_attempts: int
    duration_ms: int | None
    created_at: str
    next_attempt_at: str | None
    finished_at: str | None
    kind: DeliveryKind


class SentHeader(msgspec.Struct, frozen=True):
    """A header of a request or response; credentials are masked."""

    name: str
    value: str


class AttemptRequest(msgspec.Struct, frozen=True):
    """The request of an attempt."""

    url: str
    headers: list[SentHeader]
    body: str


class AttemptResponse(msgspec.Struct, frozen=True):
    """The response: at most 16 KiB of its body, with undecodable bytes replaced."""

    headers: list[SentHeader]
    body: str
    truncated: bool


class Attempt(msgspec.Struct, frozen=True):
    """One attempt of a delivery. `response` is null when no response was read."""

    number: int
    manual: bool
    started_at: str
    duration_ms: int
    phases: Phases
    http_status: int | None
    error: Failure | None
    request: AttemptRequest
    response: AttemptResponse | None


class RetryStarted(msgspec.Struct, frozen=True):
    """The answer to a manual retry: the number of its attempt."""

    attempt: int


class DeliveryDetail(Delivery, frozen=True, kw_only=True):
    """A delivery with its attempts, payload and body."""

    attempts: list[Attempt]
    payload: msgspec.Raw | Any
    """The event's default payload."""
    custom_body: str | None = None
    """The rendered body when the webhook has a template."""
    delivered_at: str | None = None
    scan_id: str | None = None
