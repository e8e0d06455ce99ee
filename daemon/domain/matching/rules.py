"""Which webhooks get an event: the rules of rules.md §2 and §4. `router` applies them to many."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeVar

from daemon.domain.events.event import AcceptedEvent
from daemon.domain.matching.conditions import CompiledCondition, decoded
from daemon.domain.matching.subscriptions import wants
from daemon.domain.webhooks.config import WebhookConfig

STATUS_TYPE = "issue.status_changed"
"""The one type that a status filter looks at."""


class Decision(StrEnum):
    """What was decided for a webhook about an event; the first that applies, in this order."""

    NOT_SUBSCRIBED = "not_subscribed"
    PROJECT_FILTER = "project_filter"
    STATUS_FILTER = "status_filter"
    CONDITION = "condition"
    PAUSED = "paused"
    MATCHED = "matched"
    CREATED_LATER = "created_later"


def filtered_out(
    config: WebhookConfig, event_type: str, project_id: str | None, status: str | None
) -> Decision | None:
    """Which of the filters keeps the event away; None when it passes them all.

    An event without a project passes no project filter, one without a status no status filter.
    """
    if not wants(config.events, event_type):
        return Decision.NOT_SUBSCRIBED
    if config.projects and project_id not in config.projects:
        return Decision.PROJECT_FILTER
    if config.statuses and event_type == STATUS_TYPE and status not in config.statuses:
        return Decision.STATUS_FILTER
    return None


C = TypeVar("C", bound=CompiledCondition)


def first_unmet(conditions: Iterable[C], payload: dict[str, Any]) -> C | None:
    """The first condition that an event with this decoded payload does not fulfil."""
    for condition in conditions:
        if not condition.holds(payload):
            return condition
    return None


def decoded_payload(event: AcceptedEvent) -> dict[str, Any]:
    """The default payload as Python's values, for conditions to look into."""
    return {
        "event_id": event.event_id,
        "event_type": event.event_type,
        "timestamp": event.timestamp,
        "data": decoded(event.data),
    }


class Selection:
    """What a webhook's events, filters and conditions let through, leaving its state aside."""

    __slots__ = ("_conditions", "_config")

    def __init__(self, config: WebhookConfig) -> None:
        self._config = config
        self._conditions = tuple(map(CompiledCondition, config.conditions))

    def decide(self, event: AcceptedEvent) -> Decision:
        """What would be decided about the event while the webhook is active."""
        config = self._config
        out = filtered_out(config, event.event_type, event.project_id, event.status)
        if out is not None:
            return out
        if self._conditions and first_unmet(self._conditions, decoded_payload(event)):
            return Decision.CONDITION
        return Decision.MATCHED
