"""Records: rows of the store in memory.

A record is immutable; a later state is a new record. So the writer's thread and the loop can both
read it without a lock.
"""

import msgspec

from daemon.domain.deliveries.lifecycle import DeliveryKind, DeliveryStatus, ManualRetry
from daemon.domain.deliveries.outcome import Failure
from daemon.domain.webhooks.config import WebhookConfig, WebhookState


class WebhookRecord(msgspec.Struct, frozen=True):
    """A webhook: its row, its configuration in clear, its state. Times in ms since the epoch."""

    row: int
    uid: str
    config: WebhookConfig
    url_shown: str
    revision: int
    version: int
    created_at: int
    updated_at: int
    state: WebhookState = WebhookState.ACTIVE
    paused_reason: str | None = None
    paused_at: int | None = None
    managed_by: str | None = None
    previous_secret: str | None = None
    previous_secret_until: int | None = None
    deleted_at: int | None = None

    @property
    def blocked_reason(self) -> str | None:
        """Why it is blocked, as the reason of a discarded delivery; None when it is not."""
        if self.deleted_at is not None:
            return "webhook deleted"
        if self.state is WebhookState.PAUSED:
            return f"paused: {self.paused_reason}"
        return None


class DeliveryRecord(msgspec.Struct, frozen=True, gc=False):
    """A row of `deliveries` with some columns of its event."""

    row: int
    uid: str
    event_row: int
    event_id: str
    event_type: str
    webhook: int
    project_id: str | None
    project_name: str | None
    created_at: int
    kind: DeliveryKind = DeliveryKind.EVENT
    status: DeliveryStatus = DeliveryStatus.PENDING
    reason: str | None = None
    attempt: int = 0
    max_attempts: int = 3
    tries: int = 0
    deaths: int = 0
    manual: ManualRetry = ManualRetry.NONE
    http_status: int | None = None
    error: Failure | None = None
    duration_ms: int | None = None
    next_attempt_at: int | None = None
    finished_at: int | None = None
    lease_seq: int = 0
    in_flight: bool = False
    job: int | None = None


class QueuedDelivery(msgspec.Struct, gc=False):
    """A delivery in the scheduler. With `body` None, the body comes with the claim."""

    record: DeliveryRecord
    body: bytes | None
    problem: str | None = None
    """Why a custom body could not be rendered; nothing is sent then."""


class EventRecord(msgspec.Struct, frozen=True, gc=False):
    """A row of `events`, without its payload."""

    row: int
    event_id: str
    event_type: str
    timestamp: str
    project_id: str | None
    project_name: str | None
    received_at: int
    matched: int
    webhooks: int
