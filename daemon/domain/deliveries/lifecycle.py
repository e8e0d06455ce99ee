"""The life cycle of a delivery: every decision about it is made here (rules.md §3).

A function gets a fact (an attempt ended, the daemon died, a retry was requested) and returns a
decision, which the store writes (`daemon/store/commands/`). There is no I/O and no clock here:
every `now_ms` is wall-clock milliseconds from the caller.

    pending ── the attempt succeeds ───────────▶ succeeded
       ├────── it fails, and tries are left ───▶ pending, due after the schedule's wait
       ├────── it fails, and no try is left ───▶ failed: one more consecutive failure
       └────── the webhook is blocked ─────────▶ discarded

An example with the default schedule (2 s, 4 s), so three tries: a receiver answers 503 three times.
`after_attempt` answers pending in 2 s, pending in 4 s, then failed. A webhook is paused when
`pause_after` deliveries in a row have failed.

A *try* is an attempt that the schedule counts. Attempts that the daemon's death cut, and manual
retries of an ended delivery, are attempts but not tries. A delivery's `max_attempts` is only for
display ("attempt 2 of 3"): the store sets it to the policy's tries for a new delivery, and adds one
for each attempt that is not a try.
"""

from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import IntEnum, StrEnum
from math import isfinite
from typing import Protocol

import msgspec

from daemon.domain.deliveries.outcome import ErrorKind, Outcome

QUARANTINE_DEATHS = 2
"""A delivery during whose attempts the daemon died this often is sent alone."""
SET_ASIDE_DEATHS = 3
"""A delivery during whose attempts the daemon died this often fails."""

_RETRY_AFTER_STATUSES = (429, 503)


class DeliveryStatus(StrEnum):
    """The states of a delivery."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DISCARDED = "discarded"


class DeliveryKind(StrEnum):
    """Why a delivery was made."""

    EVENT = "event"
    TEST = "test"
    REPLAY = "replay"


class ManualRetry(IntEnum):
    """Whether a user or a job requested the next attempt, and how it is made."""

    NONE = 0
    SINGLE = 1
    """The delivery had ended: this is a single attempt."""
    IN_PLACE = 2
    """The delivery was waiting: this attempt replaces the next try, and the schedule continues."""


class EffectiveRetryPolicy(msgspec.Struct, frozen=True):
    """The policy in effect for a webhook: its own keys, else those of the settings.

    `schedule` has the waits between tries, `retry_after_max` is the limit of Retry-After, both in
    seconds. After `pause_after` consecutive failures the webhook is paused; never with 0.
    """

    schedule: tuple[float, ...] = (2.0, 4.0)
    pause_after: int = 10
    retry_after_max: float = 60.0

    @property
    def tries(self) -> int:
        """How many tries there are in all, the first included."""
        return len(self.schedule) + 1


class WebhookHealth(msgspec.Struct):
    """The facts about a webhook for decisions. `blocked_reason` is None while it is not blocked."""

    consecutive_failures: int = 0
    blocked_reason: str | None = None


class AttemptedDelivery(Protocol):
    """The facts about a delivery for decisions, before the ended attempt."""

    @property
    def kind(self) -> DeliveryKind:
        """Why it was made."""

    @property
    def manual(self) -> ManualRetry:
        """Whether the ended attempt was requested."""

    @property
    def tries(self) -> int:
        """The tries before that attempt."""


class AttemptDecision(msgspec.Struct, frozen=True):
    """The new state of a delivery and of its webhook's consecutive failures.

    `next_attempt_ms` is the time of the next try, or None. `reason` is why the delivery is
    discarded, `pause` why the webhook is paused; each is None when it is not.
    """

    status: DeliveryStatus
    tries: int
    consecutive_failures: int
    next_attempt_ms: int | None = None
    reason: str | None = None
    pause: str | None = None


def after_attempt(
    delivery: AttemptedDelivery,
    outcome: Outcome,
    health: WebhookHealth,
    policy: EffectiveRetryPolicy,
    now_ms: int,
) -> AttemptDecision:
    """Decide about an ended attempt by the first rule that applies."""
    single = delivery.manual is ManualRetry.SINGLE
    is_test = delivery.kind is DeliveryKind.TEST
    tries = delivery.tries if single else delivery.tries + 1
    failures = health.consecutive_failures
    if outcome.succeeded:
        counts = not is_test and health.blocked_reason is None
        return AttemptDecision(DeliveryStatus.SUCCEEDED, tries, 0 if counts else failures)
    if is_test:
        return AttemptDecision(DeliveryStatus.FAILED, tries, failures)
    if health.blocked_reason is not None:
        return AttemptDecision(
            DeliveryStatus.DISCARDED, tries, failures, reason=health.blocked_reason
        )
    if single:
        return AttemptDecision(DeliveryStatus.FAILED, tries, failures)
    if _is_permanent(outcome) or tries >= policy.tries:
        return _failed(tries, failures + 1, policy)
    wait = retry_wait(policy.schedule[tries - 1], outcome, policy, now_ms)
    return AttemptDecision(
        DeliveryStatus.PENDING, tries, failures, next_attempt_ms=now_ms + round(wait * 1000)
    )


def _is_permanent(outcome: Outcome) -> bool:
    """Whether every further try would fail too, because the body cannot be rendered."""
    return outcome.failure is not None and outcome.failure.kind is ErrorKind.TEMPLATE


def _failed(tries: int, failures: int, policy: EffectiveRetryPolicy) -> AttemptDecision:
    """The delivery has failed; its webhook is paused after `pause_after` failures."""
    pause = f"{failures} failures in a row" if failures >= policy.pause_after > 0 else None
    return AttemptDecision(DeliveryStatus.FAILED, tries, failures, pause=pause)


def retry_wait(
    scheduled: float, outcome: Outcome, policy: EffectiveRetryPolicy, now_ms: int
) -> float:
    """Seconds until the next try: the schedule's wait, or a longer Retry-After up to its limit."""
    response = outcome.response
    if response is None or response.status not in _RETRY_AFTER_STATUSES:
        return scheduled
    for name, value in response.headers:
        if name.lower() == "retry-after":
            hint = parse_retry_after(value, now_ms)
            return scheduled if hint is None else max(scheduled, min(hint, policy.retry_after_max))
    return scheduled


def parse_retry_after(value: str, now_ms: int) -> float | None:
    """The seconds of a Retry-After header (RFC 9110 §10.2.3); None when it is invalid."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text)
        return seconds if isfinite(seconds) else None
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, when.timestamp() - now_ms / 1000)


class Recovery(msgspec.Struct, frozen=True):
    """The new state of a delivery whose attempt was cut, e.g. by the daemon's death.

    `message` is the error of the `interrupted` attempt.
    """

    status: DeliveryStatus
    deaths: int
    message: str


def needs_quarantine(deaths: int) -> bool:
    """Whether a delivery may kill the daemon, and must be sent alone."""
    return deaths >= QUARANTINE_DEATHS


def after_death(deaths: int) -> Recovery:
    """Decide about an attempt that was in flight when the daemon died. It is not a try."""
    deaths += 1
    if deaths < SET_ASIDE_DEATHS:
        message = "the daemon stopped during this attempt; it is made again"
        return Recovery(DeliveryStatus.PENDING, deaths, message)
    message = f"set aside: the daemon died {deaths} times during its attempts; retry it by hand"
    return Recovery(DeliveryStatus.FAILED, deaths, message)


class CannotRetry(Exception):
    """A delivery that cannot be retried now. The message says what to do."""


def manual_retry(
    status: DeliveryStatus, *, in_flight: bool, blocked_reason: str | None, deleted: bool
) -> ManualRetry:
    """Decide how a requested retry is made. Raises CannotRetry."""
    if deleted:
        raise CannotRetry("its webhook was deleted; for other webhooks, emit the event again")
    if in_flight:
        raise CannotRetry("an attempt is in flight; wait for it to end")
    if blocked_reason is not None:
        raise CannotRetry(f"its webhook is {blocked_reason}; activate the webhook first")
    if status is DeliveryStatus.SUCCEEDED:
        raise CannotRetry("it has succeeded; to send the event again, emit it under a new event id")
    return ManualRetry.IN_PLACE if status is DeliveryStatus.PENDING else ManualRetry.SINGLE
