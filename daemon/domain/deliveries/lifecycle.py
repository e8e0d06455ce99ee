"""The life of a delivery: what follows from a fact (rules.md §3).

Facts come in (an attempt ended like this, the daemon died, somebody asks for a retry), a decision
comes out. Nobody here knows the time but by being told: every `now_ms` is wall-clock milliseconds.
"""

from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import IntEnum, StrEnum
from math import isfinite

import msgspec

from daemon.domain.deliveries.outcome import ErrorKind, Outcome

SOLO_DEATHS = 2
"""After so many deaths during its attempts a delivery is sent with nothing else on the wire."""
SET_ASIDE_DEATHS = 3
"""After so many deaths it is set aside as failed."""

_HINTED = (429, 503)


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


class Manual(IntEnum):
    """Whether the attempt that comes next was asked for by somebody."""

    NO = 0
    ALONE = 1
    """After the delivery had ended: one attempt, none follows."""
    IN_PLACE = 2
    """While it waited: takes the place of the next try, the rest of the schedule stays."""


class RetryDefaults(msgspec.Struct, frozen=True):
    """How a webhook is tried: waits in seconds, the streak that pauses, the cap on Retry-After."""

    schedule: tuple[float, ...] = (2.0, 4.0)
    pause_after: int = 10
    retry_after_max: float = 60.0

    @property
    def tries(self) -> int:
        """Automatic tries in all."""
        return len(self.schedule) + 1


class WebhookHealth(msgspec.Struct):
    """What a webhook has come to: whether it may be sent to (`barred` says why not), its streak."""

    consecutive_failures: int = 0
    blocked_reason: str | None = None


class RetryState(msgspec.Struct, frozen=True):
    """How far a delivery has come before the attempt that just ended."""

    kind: DeliveryKind
    manual: Manual
    tries: int
    max_attempts: int


class AttemptDecision(msgspec.Struct, frozen=True):
    """What becomes of a delivery and of its webhook's streak."""

    status: DeliveryStatus
    tries: int
    max_attempts: int
    consecutive_failures: int
    next_attempt_ms: int | None = None
    reason: str | None = None
    pause: str | None = None
    """The reason for which the webhook is now paused; None: it is not."""


def after_attempt(
    progress: RetryState,
    outcome: Outcome,
    health: WebhookHealth,
    policy: RetryDefaults,
    now_ms: int,
) -> AttemptDecision:
    """Decide what an ended attempt means."""
    alone = progress.manual is Manual.ALONE
    tries = progress.tries if alone else progress.tries + 1
    if outcome.succeeded:
        moves = progress.kind is not DeliveryKind.TEST and health.blocked_reason is None
        consecutive_failures = 0 if moves else health.consecutive_failures
        return AttemptDecision(
            DeliveryStatus.SUCCEEDED, tries, progress.max_attempts, consecutive_failures
        )
    if progress.kind is DeliveryKind.TEST:
        return AttemptDecision(
            DeliveryStatus.FAILED, tries, progress.max_attempts, health.consecutive_failures
        )
    if health.blocked_reason is not None:
        return AttemptDecision(
            DeliveryStatus.DISCARDED,
            tries,
            progress.max_attempts,
            health.consecutive_failures,
            reason=health.blocked_reason,
        )
    if alone:
        return AttemptDecision(
            DeliveryStatus.FAILED, tries, progress.max_attempts, health.consecutive_failures
        )
    if _is_hopeless(outcome) or tries >= policy.tries:
        return _failed_for_good(progress, tries, health, policy)
    wait = retry_wait(policy.schedule[tries - 1], outcome, policy, now_ms)
    return AttemptDecision(
        DeliveryStatus.PENDING,
        tries,
        progress.max_attempts,
        health.consecutive_failures,
        next_attempt_ms=now_ms + round(wait * 1000),
    )


def _is_hopeless(outcome: Outcome) -> bool:
    """A body that cannot be made stays so: no automatic retry."""
    return outcome.failure is not None and outcome.failure.kind is ErrorKind.TEMPLATE


def _failed_for_good(
    progress: RetryState, tries: int, health: WebhookHealth, policy: RetryDefaults
) -> AttemptDecision:
    consecutive_failures = health.consecutive_failures + 1
    pause = (
        f"{consecutive_failures} failures in a row"
        if consecutive_failures >= policy.pause_after > 0
        else None
    )
    return AttemptDecision(
        DeliveryStatus.FAILED, tries, progress.max_attempts, consecutive_failures, pause=pause
    )


def retry_wait(scheduled: float, outcome: Outcome, policy: RetryDefaults, now_ms: int) -> float:
    """Seconds until the next try: the schedule's, or what the receiver asked for, up to the cap."""
    response = outcome.response
    if response is None or response.status not in _HINTED:
        return scheduled
    for name, value in response.headers:
        if name.lower() == "retry-after":
            hint = parse_retry_after(value, now_ms)
            return scheduled if hint is None else max(scheduled, min(hint, policy.retry_after_max))
    return scheduled


def parse_retry_after(value: str, now_ms: int) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110 §10.2.3); None when it is garbage."""
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
    """What becomes of a delivery whose attempt was cut by the daemon's death."""

    status: DeliveryStatus
    deaths: int
    max_attempts: int
    message: str
    """The words of the `interrupted` attempt."""

    @property
    def solo(self) -> bool:
        """Whether it is sent next with nothing else on the wire."""
        return needs_quarantine(self.deaths)


def needs_quarantine(deaths: int) -> bool:
    """Whether a delivery may be what kills the daemon, and so is sent alone."""
    return deaths >= SOLO_DEATHS


def after_death(deaths: int, max_attempts: int) -> Recovery:
    """Decide about an attempt that was on the wire when the daemon died; it uses up no try."""
    deaths += 1
    if deaths < SET_ASIDE_DEATHS:
        message = "the daemon stopped during this attempt; it is made again"
        return Recovery(DeliveryStatus.PENDING, deaths, max_attempts + 1, message)
    message = f"set aside: the daemon died {deaths} times during its attempts; retry it by hand"
    return Recovery(DeliveryStatus.FAILED, deaths, max_attempts + 1, message)


class CannotRetry(Exception):
    """A delivery that cannot be retried now; the message says what to do."""


def manual_retry(
    status: DeliveryStatus, *, in_flight: bool, blocked_reason: str | None, deleted: bool
) -> Manual:
    """Decide how a retry asked for by somebody is made, or raise `CannotRetry`."""
    if deleted:
        raise CannotRetry("its webhook was deleted; replay the event to another webhook instead")
    if in_flight:
        raise CannotRetry("an attempt is on the wire; wait for it to end")
    if blocked_reason is not None:
        raise CannotRetry(f"its webhook is {blocked_reason}; activate the webhook first")
    if status is DeliveryStatus.SUCCEEDED:
        raise CannotRetry("it has succeeded; use a replay to send the event again")
    return Manual.IN_PLACE if status is DeliveryStatus.PENDING else Manual.ALONE
