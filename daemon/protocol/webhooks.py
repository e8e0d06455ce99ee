"""Webhooks and their statistics."""

from typing import Any, Literal

import msgspec

from daemon.protocol.deliveries import Attempt
from daemon.protocol.problems import FieldProblem


class SecretShown(msgspec.Struct, frozen=True):
    """All that is ever shown of a secret."""

    set: bool
    hint: str | None = None


class HeaderShown(msgspec.Struct, frozen=True):
    """A custom header; `value` is masked when it is a credential."""

    name: str
    value: str
    credential: bool


class ConditionShown(msgspec.Struct, frozen=True):
    """A condition row."""

    path: str
    op: str
    value: Any = None


class RetryShown(msgspec.Struct, frozen=True):
    """The retry policy in effect, in seconds; `rate` None: as fast as it goes."""

    schedule: list[float]
    timeout: float
    concurrency: int
    rate: float | None


class Statistics(msgspec.Struct, frozen=True):
    """Counts by final outcome (rules.md §5); `success_rate` in percent, None: nothing sent."""

    total: int = 0
    successful: int = 0
    failed: int = 0
    success_rate: float | None = None
    consecutive_failures: int = 0
    last_triggered: str | None = None
    attempts: int = 0
    pending: int = 0
    discarded: int = 0
    pruned: int = 0
    p50_ms: int | None = None
    p95_ms: int | None = None
    p99_ms: int | None = None


class Webhook(msgspec.Struct, frozen=True):
    """A webhook as shown: no secret ever, the URL masked for viewers."""

    id: str
    name: str
    url: str
    type: str
    events: list[str]
    projects: list[str]
    statuses: list[str]
    conditions: list[ConditionShown]
    secret: SecretShown
    headers: list[HeaderShown]
    body_template: str | None
    state: Literal["active", "paused"]
    paused_reason: str | None
    paused_at: str | None
    version: int
    standard_webhooks: bool
    retry: RetryShown
    managed_by: str | None
    created_at: str
    updated_at: str
    statistics: Statistics
    retry_set: dict[str, Any] = {}
    """Only the retry keys that this webhook sets itself; the rest come from the settings."""
    deleted_at: str | None = None
    """Set on the stream of changes when the webhook is gone; lists do not hold it then."""


class WebhookSaved(Webhook, frozen=True, kw_only=True):
    """The answer to a save: the webhook and what is doubtful about it."""

    warnings: list[FieldProblem]


class WebhookTestResult(msgspec.Struct, frozen=True):
    """The answer to a test: its one attempt. `delivery_id` None: the form was not saved."""

    delivery_id: str | None
    attempt: Attempt


class Point(msgspec.Struct, frozen=True):
    """One step of a series for the plots; `at` is the start of the step."""

    at: str
    succeeded: int
    failed: int
    discarded: int
    attempts: int
    p50_ms: int | None
    p95_ms: int | None
    p99_ms: int | None
    http: dict[str, int]
    """Attempts by what they came to: `2xx` `3xx` `4xx` `5xx` `none`."""


class WebhookStatistics(Statistics, frozen=True, kw_only=True):
    """The statistics of one webhook, and its series when a window was asked for."""

    webhook_id: str
    webhook_name: str
    series: list[Point] | None = None
    span: Point | None = None
    """The whole window as one step, when one was asked for."""


class AllStatistics(Statistics, frozen=True, kw_only=True):
    """The statistics over all webhooks, each webhook's own, and the series when asked for."""

    webhooks: list[WebhookStatistics]
    series: list[Point] | None = None
    span: Point | None = None
    """The whole window as one step, when one was asked for."""
    window: str | None = None
