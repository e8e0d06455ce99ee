"""Matches an event against many webhooks, at a cost that does not grow with their number.

Everything but conditions depends only on an event's type, project and status. For each combination
of these that makes a difference for a webhook, the matcher makes a plan once: the webhooks that
match, those with conditions to test, and the record of decisions. An example: with webhooks A
(`scan.*`) and B (`scan.failed`, one condition), the plan of `scan.failed` has A as matched, and B
to be tested against each payload.
"""

from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from daemon.domain.events.catalogue import STATUSES
from daemon.domain.events.event import AcceptedEvent
from daemon.domain.matching.decisions import (
    WebhookDecision,
    WordedCondition,
    encode_record_part,
    filter_detail,
    join_record,
)
from daemon.domain.matching.rules import (
    STATUS_TYPE,
    Decision,
    decoded_payload,
    filter_decision,
    first_unmet,
)
from daemon.domain.webhooks.config import WebhookConfig, WebhookState

_MOST_PLANS = 1024


class Subscriber(Protocol):
    """A webhook as the matcher sees it. `row` is its number in the store."""

    @property
    def row(self) -> int:
        """Its number in the store, which records refer to."""

    @property
    def config(self) -> WebhookConfig:
        """Its configuration."""

    @property
    def state(self) -> WebhookState:
        """Whether it is active."""

    @property
    def paused_reason(self) -> str | None:
        """Why it is paused; None when it is active, or was paused by hand."""

    @property
    def paused_at(self) -> int | None:
        """When it was paused, in milliseconds since the epoch, or None."""

    @property
    def deleted_at(self) -> int | None:
        """When it was deleted; None while it exists."""


S = TypeVar("S", bound=Subscriber)


class MatchResult(msgspec.Struct, Generic[S], frozen=True):
    """The decisions about one event.

    The webhooks in `matched` get it. Those in `paused` match too, and get a discarded delivery
    (rules.md §3). `record` holds the decisions about all `webhooks` webhooks (`decisions.py`).
    """

    matched: Sequence[S]
    paused: Sequence[S]
    record: bytes
    webhooks: int


class _Plan(msgspec.Struct, Generic[S], frozen=True):
    settled: MatchResult[S]
    conditional: tuple[tuple[S, tuple[WordedCondition, ...]], ...]
    part: bytes


class Matcher(Generic[S]):
    """Matches events against the webhooks that it keeps."""

    def __init__(self, subscribers: Iterable[S] = ()) -> None:
        self._subscribers: dict[int, S] = {}
        self._plans: dict[tuple[str, str | None, str | None], _Plan[S]] = {}
        self._projects: frozenset[str] = frozenset()
        for subscriber in subscribers:
            self.keep(subscriber)

    def keep(self, subscriber: S) -> None:
        """Set a webhook's newest state; a deleted one is dropped."""
        if subscriber.deleted_at is None:
            self._subscribers[subscriber.row] = subscriber
        else:
            self._subscribers.pop(subscriber.row, None)
        self._plans.clear()

    def match(self, event: AcceptedEvent) -> MatchResult[S]:
        """Decide about an event for every webhook."""
        plan = self._plan(event)
        return _with_conditions(plan, event) if plan.conditional else plan.settled

    def test_record(self, tested: S) -> bytes:
        """The record of a test, which goes to one webhook regardless of its subscriptions."""
        others = self._subscribers.keys() - {tested.row}
        return join_record(
            [
                encode_record_part([WebhookDecision(tested.row, Decision.MATCHED)]),
                encode_record_part(WebhookDecision(row, Decision.NOT_SUBSCRIBED) for row in others),
            ]
        )

    def _plan(self, event: AcceptedEvent) -> _Plan[S]:
        if not self._plans:
            self._projects = frozenset(
                project
                for subscriber in self._subscribers.values()
                for project in subscriber.config.projects
            )
        # Projects that no filter names share a plan, and so do unknown statuses.
        project = event.project_id if event.project_id in self._projects else None
        has_status = event.event_type == STATUS_TYPE and event.status in STATUSES
        key = (event.event_type, project, event.status if has_status else None)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                del self._plans[next(iter(self._plans))]
            plan = self._plans[key] = self._make(*key)
        return plan

    def _make(self, event_type: str, project: str | None, status: str | None) -> _Plan[S]:
        matched: list[S] = []
        paused: list[S] = []
        conditional: list[tuple[S, tuple[WordedCondition, ...]]] = []
        decisions: list[WebhookDecision] = []
        for subscriber in self._subscribers.values():
            config = subscriber.config
            left_out = filter_decision(config, event_type, project, status)
            if left_out is not None:
                decisions.append(
                    WebhookDecision(subscriber.row, left_out, filter_detail(config, left_out))
                )
            elif config.conditions:
                conditional.append((subscriber, tuple(map(WordedCondition, config.conditions))))
            else:
                decisions.append(_by_state(subscriber, matched, paused))
        part = encode_record_part(decisions)
        result = MatchResult(matched, paused, join_record([part]), len(self._subscribers))
        return _Plan(result, tuple(conditional), part)


def _with_conditions(plan: _Plan[S], event: AcceptedEvent) -> MatchResult[S]:
    """The result of a plan once its conditions are tested against the event."""
    settled = plan.settled
    matched, paused = list(settled.matched), list(settled.paused)
    decisions: list[WebhookDecision] = []
    payload = decoded_payload(event)
    for subscriber, conditions in plan.conditional:
        unmet = first_unmet(conditions, payload)
        if unmet is None:
            decisions.append(_by_state(subscriber, matched, paused))
        else:
            decisions.append(
                WebhookDecision(subscriber.row, Decision.CONDITION, unmet.detail(payload))
            )
    record = join_record([plan.part, encode_record_part(decisions)])
    return MatchResult(
        sorted(matched, key=_row), sorted(paused, key=_row), record, settled.webhooks
    )


def _by_state(subscriber: S, matched: list[S], paused: list[S]) -> WebhookDecision:
    """The last step: the webhook gets the event unless it is paused."""
    if subscriber.state is WebhookState.ACTIVE:
        matched.append(subscriber)
        return WebhookDecision(subscriber.row, Decision.MATCHED)
    paused.append(subscriber)
    detail = (subscriber.paused_reason or "by hand", subscriber.paused_at)
    return WebhookDecision(subscriber.row, Decision.PAUSED, detail)


def _row(subscriber: Subscriber) -> int:
    return subscriber.row
