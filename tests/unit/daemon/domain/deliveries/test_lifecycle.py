from email.utils import formatdate
from types import SimpleNamespace

import pytest

from daemon.domain.deliveries.lifecycle import (
    CannotRetry,
    DeliveryKind,
    DeliveryStatus,
    EffectiveRetryPolicy,
    ManualRetry,
    WebhookHealth,
    after_attempt,
    after_death,
    manual_retry,
    needs_quarantine,
    parse_retry_after,
)
from daemon.domain.deliveries.outcome import ErrorKind, Failure, Outcome, Response

NOW = 1_736_951_400_000
SUCCESS = Outcome(NOW, 12, response=Response(200, "OK", (), b"", truncated=False))


def failure(status=503, retry_after=None, kind=ErrorKind.HTTP):
    headers = () if retry_after is None else (("retry-after", retry_after),)
    response = Response(status, "", headers, b"", truncated=False)
    return Outcome(NOW, 12, Failure(kind, f"{status}"), response)


def decide(
    outcome, *, tries=0, manual=ManualRetry.NONE, kind=DeliveryKind.EVENT, health=None, policy=None
):
    delivery = SimpleNamespace(kind=kind, manual=manual, tries=tries)
    return after_attempt(
        delivery, outcome, health or WebhookHealth(), policy or EffectiveRetryPolicy(), NOW
    )


def test_success_ends_the_delivery_and_the_consecutive_failures():
    verdict = decide(SUCCESS, health=WebhookHealth(consecutive_failures=4))
    assert (verdict.status, verdict.consecutive_failures, verdict.next_attempt_ms) == (
        DeliveryStatus.SUCCEEDED,
        0,
        None,
    )


def test_failures_are_tried_again_after_two_and_four_seconds():
    first, second = decide(failure()), decide(failure(), tries=1)
    assert (first.status, first.next_attempt_ms) == (DeliveryStatus.PENDING, NOW + 2000)
    assert (second.status, second.next_attempt_ms) == (DeliveryStatus.PENDING, NOW + 4000)
    assert second.tries == 2


def test_the_third_failure_is_for_good_and_counts_once():
    verdict = decide(failure(), tries=2, health=WebhookHealth(consecutive_failures=3))
    assert (verdict.status, verdict.consecutive_failures, verdict.pause) == (
        DeliveryStatus.FAILED,
        4,
        None,
    )


def test_the_tenth_failed_delivery_pauses():
    ninth = decide(failure(), tries=2, health=WebhookHealth(consecutive_failures=8))
    tenth = decide(failure(), tries=2, health=WebhookHealth(consecutive_failures=9))
    assert ninth.pause is None
    assert tenth.pause == "10 failures in a row"


def test_success_on_the_last_try_is_a_success():
    assert decide(SUCCESS, tries=2).status is DeliveryStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("status", "hint", "wait"),
    [
        (503, "30", 30.0),
        (429, "1", 2.0),
        (429, "0", 2.0),
        (503, "99999", 60.0),
        (503, "soon", 2.0),
        (503, "-5", 2.0),
        (503, "", 2.0),
        (503, "9" * 400, 2.0),
        (500, "30", 2.0),
        (503, formatdate(NOW / 1000 + 20, usegmt=True), 20.0),
        (503, formatdate(NOW / 1000 - 20, usegmt=True), 2.0),
        (503, "Sun, 99 Foo 2025 99:99:99 GMT", 2.0),
    ],
)
def test_retry_after_is_heeded_within_reason(status, hint, wait):
    verdict = decide(failure(status, retry_after=hint))
    assert verdict.next_attempt_ms == NOW + wait * 1000


def test_retry_after_reads_seconds_and_dates():
    assert parse_retry_after(" 7 ", NOW) == 7.0
    assert parse_retry_after(formatdate(NOW / 1000 + 5, usegmt=True), NOW) == 5.0
    assert parse_retry_after("٣", NOW) is None


def test_a_body_that_cannot_be_made_is_not_tried_again():
    outcome = Outcome(NOW, 0, Failure(ErrorKind.TEMPLATE, "no object"))
    verdict = decide(outcome, health=WebhookHealth(consecutive_failures=1))
    assert (verdict.status, verdict.consecutive_failures) == (DeliveryStatus.FAILED, 2)


def test_what_fails_in_flight_while_its_webhook_is_paused_is_discarded():
    health = WebhookHealth(consecutive_failures=10, blocked_reason="paused: by ann")
    failed = decide(failure(), health=health)
    assert (failed.status, failed.reason) == (DeliveryStatus.DISCARDED, "paused: by ann")
    assert failed.consecutive_failures == 10
    succeeded = decide(SUCCESS, health=health)
    assert (succeeded.status, succeeded.consecutive_failures) == (DeliveryStatus.SUCCEEDED, 10)


def test_a_test_is_one_attempt_and_leaves_the_consecutive_failures():
    health = WebhookHealth(consecutive_failures=3)
    assert decide(failure(), kind=DeliveryKind.TEST, health=health).status is DeliveryStatus.FAILED
    assert decide(failure(), kind=DeliveryKind.TEST, health=health).consecutive_failures == 3
    assert decide(SUCCESS, kind=DeliveryKind.TEST, health=health).consecutive_failures == 3


def test_a_single_manual_retry_leaves_the_consecutive_failures_unless_it_succeeds():
    health = WebhookHealth(consecutive_failures=9)
    failed = decide(failure(), tries=3, manual=ManualRetry.SINGLE, health=health)
    assert (failed.status, failed.consecutive_failures, failed.tries, failed.pause) == (
        DeliveryStatus.FAILED,
        9,
        3,
        None,
    )
    assert (
        decide(SUCCESS, tries=3, manual=ManualRetry.SINGLE, health=health).consecutive_failures == 0
    )


def test_a_manual_retry_in_place_of_a_try_leaves_the_rest_of_the_schedule():
    verdict = decide(failure(), tries=1, manual=ManualRetry.IN_PLACE)
    assert (verdict.status, verdict.next_attempt_ms) == (DeliveryStatus.PENDING, NOW + 4000)


def test_a_schedule_of_its_own():
    policy = EffectiveRetryPolicy(schedule=())
    assert decide(failure(), policy=policy).status is DeliveryStatus.FAILED
    policy = EffectiveRetryPolicy(schedule=(0.5, 1.5, 60))
    assert decide(failure(), policy=policy).next_attempt_ms == NOW + 500
    assert decide(failure(), tries=2, policy=policy).next_attempt_ms == NOW + 60_000


def test_three_deaths_set_a_delivery_aside():
    first = after_death(0)
    second = after_death(first.deaths)
    third = after_death(second.deaths)
    assert (first.status, needs_quarantine(first.deaths)) == (DeliveryStatus.PENDING, False)
    assert (second.status, needs_quarantine(second.deaths)) == (DeliveryStatus.PENDING, True)
    assert third.status is DeliveryStatus.FAILED
    assert "retry it by hand" in third.message


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"in_flight": True, "blocked_reason": None, "deleted": False}, "in flight"),
        ({"in_flight": False, "blocked_reason": "paused: by ann", "deleted": False}, "activate"),
        ({"in_flight": False, "blocked_reason": "webhook deleted", "deleted": True}, "deleted"),
    ],
)
def test_a_retry_that_cannot_be_says_what_to_do(kwargs, words):
    with pytest.raises(CannotRetry, match=words):
        manual_retry(DeliveryStatus.FAILED, **kwargs)


def test_a_retry_takes_the_place_of_a_waiting_try():
    free = {"in_flight": False, "blocked_reason": None, "deleted": False}
    assert manual_retry(DeliveryStatus.PENDING, **free) is ManualRetry.IN_PLACE
    assert manual_retry(DeliveryStatus.FAILED, **free) is ManualRetry.SINGLE
    assert manual_retry(DeliveryStatus.DISCARDED, **free) is ManualRetry.SINGLE
    with pytest.raises(CannotRetry, match="emit it under a new event id"):
        manual_retry(DeliveryStatus.SUCCEEDED, **free)
