"""What is published about webhooks, and what is not."""

import msgspec
import pytest

from daemon.domain.webhooks.config import WebhookConfig, WebhookState
from daemon.services.webhook_alerts import WebhookAlerts
from daemon.store.records import WebhookRecord

HOOK = WebhookRecord(
    row=7,
    uid="wh_7",
    config=WebhookConfig("Jira", "https://jira.example.com/secret", ("scan.*",)),
    url_shown="jira.example.com/…cret",
    revision=1,
    version=1,
    created_at=0,
    updated_at=0,
)


class Clock:
    def now_ms(self) -> int:
        return 1_736_954_100_000

    def steady(self) -> float:
        return 0.0


@pytest.fixture
def published():
    return []


@pytest.fixture
def news(published):
    return WebhookAlerts(published.append, Clock())


def words(published) -> list[str]:
    return [fact["fact"] for fact in published]


def test_the_first_failure_is_news_and_the_others_are_not(news, published):
    news.failures_changed(HOOK, 1)
    news.failures_changed(HOOK, 2)
    assert published == [
        {
            "fact": "failing",
            "at": "2025-01-15T15:15:00.000Z",
            "webhook": {"id": "wh_7", "name": "Jira", "url": "jira.example.com/…cret"},
            "consecutive_failures": 1,
        }
    ]


def test_a_success_after_failures_is_a_recovery_once(news, published):
    news.failures_changed(HOOK, 1)
    news.failures_changed(HOOK, 0)
    news.succeeded(HOOK, 0)
    news.succeeded(HOOK, 0)
    news.failures_changed(HOOK, 1)
    news.succeeded(HOOK, 0)
    assert words(published) == ["failing", "recovered", "failing", "recovered"]


@pytest.mark.parametrize("first", ["failures", "success"])
def test_either_fact_of_a_success_may_come_first(news, published, first):
    news.failures_changed(HOOK, 3)
    if first == "failures":
        news.failures_changed(HOOK, 0)
        news.succeeded(HOOK, 0)
    else:
        news.succeeded(HOOK, 3)
        news.failures_changed(HOOK, 0)
    assert words(published) == ["failing", "recovered"]


def test_pausing_is_reported_with_its_reason(news, published):
    paused = msgspec.structs.replace(
        HOOK, state=WebhookState.PAUSED, paused_reason="10 failures in a row", paused_at=1
    )
    news.webhook_changed(paused, "failing")
    news.webhook_changed(paused, "paused")
    news.webhook_changed(paused, "saved")
    assert words(published) == ["paused", "paused"]
    assert published[0]["reason"] == "10 failures in a row"


def test_activating_is_no_recovery_but_the_first_success_after_it_is(news, published):
    news.failures_changed(HOOK, 1)
    news.succeeded(HOOK, 1)  # a test, in the midst of failures
    news.webhook_changed(HOOK, "activated")
    news.failures_changed(HOOK, 0)
    assert words(published) == ["failing"]
    news.succeeded(HOOK, 0)
    assert words(published) == ["failing", "recovered"]


def test_what_failed_before_the_start_recovers_too(news, published):
    news.load([7])
    news.failures_changed(HOOK, 4)
    assert published == []
    news.succeeded(HOOK, 0)
    assert words(published) == ["recovered"]


def test_a_deleted_webhook_is_forgotten(news, published):
    news.failures_changed(HOOK, 1)
    news.webhook_changed(HOOK, "deleted")
    news.succeeded(HOOK, 0)
    assert words(published) == ["failing"]
