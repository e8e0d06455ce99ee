"""Webhooks and their statistics."""

from typing import Any, Literal

import msgspec

from daemon.protocol.deliveries import Attempt
from daemon.protocol.problems import FieldProblem


class SecretView(msgspec.Struct, frozen=True):
    """The visible part of a secret: whether it is set, and its last characters."""

    set: bool
    hint: str | None = None


class HeaderView(msgspec.Struct, frozen=True):
    """A custom header. The `value` of a credential is masked; for viewers, every value is."""

    name: str
    value: str
    credential: bool


class ConditionView(msgspec.Struct, frozen=True):
    """A condition on the event's data: all conditions of a webhook must hold."""

    path: str
    op: str
    value: Any = None


class RetryView(msgspec.Struct, frozen=True):
    """The retry policy in effect, in seconds. `rate` is deliveries a second, null without limit."""

    schedule: list[float]
    timeout: float
    concurrency: int
    rate: float | None


class Statistics(msgspec.Struct, frozen=True):
    """Counts by final outcome (rules.md §5). `success_rate` is in percent, null without any."""

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
    """A webhook, without its secret; for viewers the URL and the template are masked."""

    id: str
    name: str
    url: str
    type: str
    events: list[str]
    projects: list[str]
    statuses: list[str]
    conditions: list[ConditionView]
    secret: SecretView
    headers: list[HeaderView]
    body_template: str | None
    state: Literal["active", "paused"]
    paused_reason: str | None
    paused_at: str | None
    version: int
    standard_webhooks: bool
    retry: RetryView
    managed_by: str | None
    created_at: str
    updated_at: str
    statistics: Statistics
    retry_set: dict[str, Any] = {}
    """Only the retry keys that this webhook sets itself; the others come from the settings."""
    deleted_at: str | None = None
    """Set in the stream of changes for a deleted webhook; lists do not have it."""


class WebhookSaved(Webhook, frozen=True, kw_only=True):
    """The answer to a save: the webhook, and warnings about it."""

    warnings: list[FieldProblem]


class WebhookTestResult(msgspec.Struct, frozen=True):
    """The answer to a test: its one attempt. `delivery_id` is null for a form without a save."""

    delivery_id: str | None
    attempt: Attempt


class Point(msgspec.Struct, frozen=True):
    """The numbers of one step of a series; `at` is the start of the step."""

    at: str
    succeeded: int
    failed: int
    discarded: int
    attempts: int
    p50_ms: int | None
    p95_ms: int | None
    p99_ms: int | None
    http: dict[str, int]
    """Attempts by the class of their answer: `2xx` `3xx` `4xx` `5xx`, `none` without one."""


class WebhookStatistics(Statistics, frozen=True, kw_only=True):
    """The statistics of one webhook, and its series when the call has a window."""

    webhook_id: str
    webhook_name: str
    series: list[Point] | None = None
    span: Point | None = None
    """The whole window as one step, when one was asked for."""


class AllStatistics(Statistics, frozen=True, kw_only=True):
    """The statistics over all webhooks and of each, and the series when the call has a window."""

    webhooks: list[WebhookStatistics]
    series: list[Point] | None = None
    span: Point | None = None
    """The whole window as one step, when one was asked for."""
    window: str | None = None
