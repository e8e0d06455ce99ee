"""Routing an event to many webhooks at once, at a cost that does not grow with their number.

Everything but conditions depends on an event's type, project and status only. So for each of these
that makes a difference to any webhook a plan is made once: who gets the event, whose conditions
are to be asked, and the record that explain will show.
"""

from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from daemon.domain.events.catalogue import STATUSES
from daemon.domain.events.event import AcceptedEvent
from daemon.domain.matching.decision_codec import Decided, encode_part, join_parts
from daemon.domain.matching.decision_words import WordedCondition, filter_detail
from daemon.domain.matching.rules import (
    STATUS_TYPE,
    Decision,
    decoded_payload,
    filtered_out,
    first_unmet,
)
from daemon.domain.webhooks.config import WebhookConfig, WebhookState

_MOST_PLANS = 1024


class Subscriber(Protocol):
    """A webhook as routing sees it. `row` is its number in the store."""

    @property
    def row(self) -> int:
        """Its number, by which records name it."""

    @property
    def config(self) -> WebhookConfig:
        """What it wants."""

    @property
    def state(self) -> WebhookState:
        """Whether it is sent to."""

    @property
    def paused_reason(self) -> str | None:
        """Why it is paused."""

    @property
    def paused_at(self) -> int | None:
        """Since when, in milliseconds since the epoch."""

    @property
    def deleted_at(self) -> int | None:
        """When it was deleted; None while it is there."""


S = TypeVar("S", bound=Subscriber)


class MatchResult(msgspec.Struct, Generic[S], frozen=True):
    """Where one event goes.

    `matched` are to get it; `paused` would, and get a discarded delivery instead (rules.md §3).
    `record` is what explain shows; `webhooks` is how many it speaks of.
    """

    matched: Sequence[S]
    paused: Sequence[S]
    record: bytes
    webhooks: int


class _Plan(msgspec.Struct, Generic[S], frozen=True):
    settled: MatchResult[S]
    asking: tuple[tuple[S, tuple[WordedCondition, ...]], ...]
    part: bytes


class Matcher(Generic[S]):
    """The webhooks there are, ready for events."""

    def __init__(self, subscribers: Iterable[S] = ()) -> None:
        self._subscribers: dict[int, S] = {}
        self._plans: dict[tuple[str, str | None, str | None], _Plan[S]] = {}
        self._projects: frozenset[str] = frozenset()
        for subscriber in subscribers:
            self.keep(subscriber)

    def keep(self, subscriber: S) -> None:
        """Take in a webhook's newest state; a deleted one is left out from now on."""
        if subscriber.deleted_at is None:
            self._subscribers[subscriber.row] = subscriber
        else:
            self._subscribers.pop(subscriber.row, None)
        self._plans.clear()

    def route(self, event: AcceptedEvent) -> MatchResult[S]:
        """Decide for every webhook about an event."""
        plan = self._plan(event)
        return _asked(plan, event) if plan.asking else plan.settled

    def test_record(self, tested: S) -> bytes:
        """The record of a test, which goes to one webhook whatever it subscribes to."""
        others = self._subscribers.keys() - {tested.row}
        return join_parts(
            [
                encode_part([Decided(tested.row, Decision.MATCHED)]),
                encode_part(Decided(row, Decision.NOT_SUBSCRIBED) for row in others),
            ]
        )

    def _plan(self, event: AcceptedEvent) -> _Plan[S]:
        if not self._plans:
            self._projects = frozenset(
                project
                for subscriber in self._subscribers.values()
                for project in subscriber.config.projects
            )
        # Projects that no filter names are all alike; so are statuses that none can name.
        project = event.project_id if event.project_id in self._projects else None
        asked = event.event_type == STATUS_TYPE and event.status in STATUSES
        key = (event.event_type, project, event.status if asked else None)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                del self._plans[next(iter(self._plans))]
            plan = self._plans[key] = self._make(*key)
        return plan

    def _make(self, event_type: str, project: str | None, status: str | None) -> _Plan[S]:
        matched: list[S] = []
        paused: list[S] = []
        asking: list[tuple[S, tuple[WordedCondition, ...]]] = []
        decided: list[Decided] = []
        for subscriber in self._subscribers.values():
            config = subscriber.config
            out = filtered_out(config, event_type, project, status)
            if out is not None:
                decided.append(Decided(subscriber.row, out, filter_detail(config, out)))
            elif config.conditions:
                asking.append((subscriber, tuple(map(WordedCondition, config.conditions))))
            else:
                decided.append(_by_state(subscriber, matched, paused))
        part = encode_part(decided)
        routing = MatchResult(matched, paused, join_parts([part]), len(self._subscribers))
        return _Plan(routing, tuple(asking), part)


def _asked(plan: _Plan[S], event: AcceptedEvent) -> MatchResult[S]:
    """What a plan comes to once the conditions have been asked."""
    settled = plan.settled
    matched, paused = list(settled.matched), list(settled.paused)
    decided: list[Decided] = []
    payload = decoded_payload(event)
    for subscriber, conditions in plan.asking:
        unmet = first_unmet(conditions, payload)
        if unmet is None:
            decided.append(_by_state(subscriber, matched, paused))
        else:
            decided.append(Decided(subscriber.row, Decision.CONDITION, unmet.detail(payload)))
    record = join_parts([plan.part, encode_part(decided)])
    return MatchResult(
        sorted(matched, key=_row), sorted(paused, key=_row), record, settled.webhooks
    )


def _by_state(subscriber: S, matched: list[S], paused: list[S]) -> Decided:
    """The last step: a webhook that wants the event gets it, unless it is paused."""
    if subscriber.state is WebhookState.ACTIVE:
        matched.append(subscriber)
        return Decided(subscriber.row, Decision.MATCHED)
    paused.append(subscriber)
    detail = (subscriber.paused_reason or "by hand", subscriber.paused_at)
    return Decided(subscriber.row, Decision.PAUSED, detail)


def _row(subscriber: Subscriber) -> int:
    return subscriber.row
