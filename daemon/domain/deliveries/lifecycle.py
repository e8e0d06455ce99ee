"""The life cycle of a delivery: every decision about it is made here (rules.md §3).

A fact comes in (an attempt ended, the daemon died, a retry was requested), a decision comes out,
which the store writes down (`daemon/store/commands/`). Nothing here does I/O or reads a clock:
every `now_ms` is wall-clock milliseconds, given by the caller.

    pending ── the attempt succeeds ───────────▶ succeeded
       ├────── it fails, and tries are left ───▶ pending, due after the schedule's wait
       ├────── it fails, and no try is left ───▶ failed: one more consecutive failure
       └────── the webhook may not be sent to ─▶ discarded

An example with the default schedule (2 s, 4 s), so three tries: a receiver answers 503 three times.
`after_attempt` answers pending in 2 s, pending in 4 s, then failed. A webhook is paused when
`pause_after` deliveries in a row have failed.

A *try* is an attempt that the schedule counts. Attempts that the daemon's death cut, and manual
retries of an ended delivery, are attempts but not tries. A delivery's `max_attempts` is for readers
("attempt 2 of 3") and decides nothing: the store sets it to the policy's tries when it makes the
delivery, and adds one for each attempt that is not a try.
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
    """Whether the next attempt was requested by a person or a job, and how it is made."""

    NONE = 0
    SINGLE = 1
    """The delivery had ended: this is one attempt, and no other follows."""
    IN_PLACE = 2
    """The delivery was waiting: this attempt replaces the next try, the schedule goes on."""


class EffectiveRetryPolicy(msgspec.Struct, frozen=True):
    """The policy in effect for a webhook: its own keys, else the settings'.

    `schedule` holds the waits between tries and `retry_after_max` the cap on Retry-After, in
    seconds. After `pause_after` consecutive failures the webhook is paused; 0: never.
    """

    schedule: tuple[float, ...] = (2.0, 4.0)
    pause_after: int = 10
    retry_after_max: float = 60.0

    @property
    def tries(self) -> int:
        """How many tries there are in all, the first included."""
        return len(self.schedule) + 1


class WebhookHealth(msgspec.Struct):
    """What decisions need of a webhook. `blocked_reason` is None while it may be sent to."""

    consecutive_failures: int = 0
    blocked_reason: str | None = None


class AttemptedDelivery(Protocol):
    """What decisions need of a delivery, as it was before the attempt that ended."""

    @property
    def kind(self) -> DeliveryKind:
        """Why it was made."""

    @property
    def manual(self) -> ManualRetry:
        """Whether the attempt that ended was requested."""

    @property
    def tries(self) -> int:
        """The tries before that attempt."""


class AttemptDecision(msgspec.Struct, frozen=True):
    """What becomes of a delivery and of its webhook's consecutive failures.

    `next_attempt_ms` is when the next try is due; None: there is none. `reason` says why the
    delivery is discarded, `pause` why the webhook is paused by this; None: it is not.
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
    """Decide what follows from an attempt that ended: the first rule that applies."""
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
    """Whether another try must fail in the same way: the body cannot be made."""
    return outcome.failure is not None and outcome.failure.kind is ErrorKind.TEMPLATE


def _failed(tries: int, failures: int, policy: EffectiveRetryPolicy) -> AttemptDecision:
    """The delivery has failed, and its webhook is paused if that was one failure too many."""
    pause = f"{failures} failures in a row" if failures >= policy.pause_after > 0 else None
    return AttemptDecision(DeliveryStatus.FAILED, tries, failures, pause=pause)


def retry_wait(
    scheduled: float, outcome: Outcome, policy: EffectiveRetryPolicy, now_ms: int
) -> float:
    """Seconds until the next try: the schedule's wait, or a longer Retry-After up to the cap."""
    response = outcome.response
    if response is None or response.status not in _RETRY_AFTER_STATUSES:
        return scheduled
    for name, value in response.headers:
        if name.lower() == "retry-after":
            hint = parse_retry_after(value, now_ms)
            return scheduled if hint is None else max(scheduled, min(hint, policy.retry_after_max))
    return scheduled


def parse_retry_after(value: str, now_ms: int) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110 §10.2.3); None when it is invalid."""
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
    """What becomes of a delivery whose attempt was cut, e.g. by the daemon's death.

    `message` is the error of the `interrupted` attempt.
    """

    status: DeliveryStatus
    deaths: int
    message: str


def needs_quarantine(deaths: int) -> bool:
    """Whether a delivery may be what kills the daemon, and so is sent alone."""
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
