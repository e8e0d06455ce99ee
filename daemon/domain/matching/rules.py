"""The rules of matching: which webhooks get an event (rules.md §2 and §4).

For one webhook and one event, the first of these that applies is the decision: the webhook does not
subscribe to the type; its project filter, its status filter or a condition excludes the event; it
is paused; else it matches. `Selection` decides for one webhook, `matcher.py` for all webhooks.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeVar

from daemon.domain.events.event import AcceptedEvent
from daemon.domain.matching.conditions import CompiledCondition, decoded
from daemon.domain.webhooks.config import WebhookConfig

STATUS_TYPE = "issue.status_changed"
"""The only type to which a status filter applies."""


class Decision(StrEnum):
    """The decision for a webhook about an event: the first that applies, in this order."""

    NOT_SUBSCRIBED = "not_subscribed"
    PROJECT_FILTER = "project_filter"
    STATUS_FILTER = "status_filter"
    CONDITION = "condition"
    PAUSED = "paused"
    MATCHED = "matched"
    CREATED_LATER = "created_later"


def filter_decision(
    config: WebhookConfig, event_type: str, project_id: str | None, status: str | None
) -> Decision | None:
    """The filter that excludes the event, or None.

    A project filter excludes events without a project, a status filter those without a status.
    """
    if not subscribes(config.events, event_type):
        return Decision.NOT_SUBSCRIBED
    if config.projects and project_id not in config.projects:
        return Decision.PROJECT_FILTER
    if config.statuses and event_type == STATUS_TYPE and status not in config.statuses:
        return Decision.STATUS_FILTER
    return None


C = TypeVar("C", bound=CompiledCondition)


def first_unmet(conditions: Iterable[C], payload: dict[str, Any]) -> C | None:
    """The first condition that does not hold for this decoded payload; None when all hold."""
    for condition in conditions:
        if not condition.holds(payload):
            return condition
    return None


def decoded_payload(event: AcceptedEvent) -> dict[str, Any]:
    """The default payload as Python values, which conditions test."""
    return {
        "event_id": event.event_id,
        "event_type": event.event_type,
        "timestamp": event.timestamp,
        "data": decoded(event.data),
    }


class Selection:
    """The event types, filters and conditions of a webhook, regardless of its state."""

    __slots__ = ("_conditions", "_config")

    def __init__(self, config: WebhookConfig) -> None:
        self._config = config
        self._conditions = tuple(map(CompiledCondition, config.conditions))

    def decide(self, event: AcceptedEvent) -> Decision:
        """The decision about the event while the webhook is active."""
        config = self._config
        left_out = filter_decision(config, event.event_type, event.project_id, event.status)
        if left_out is not None:
            return left_out
        if self._conditions and first_unmet(self._conditions, decoded_payload(event)):
            return Decision.CONDITION
        return Decision.MATCHED


def subscribes(events: Iterable[str], event_type: str) -> bool:
    """Whether any of `events` is the type or a pattern over it.

    >>> subscribes(["scan.*"], "scan.failed")
    True
    """
    return any(
        each == event_type or (each.endswith(".*") and event_type.startswith(each[:-1]))
        for each in events
    )


def subscribed_types(events: Iterable[str], known_types: Iterable[str]) -> tuple[str, ...]:
    """The types among `known_types` to which `events` subscribe, sorted."""
    patterns = tuple(events)
    return tuple(sorted(known for known in known_types if subscribes(patterns, known)))
