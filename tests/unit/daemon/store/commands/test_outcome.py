import msgspec
import pytest

from daemon.store.commands.claim import Release
from daemon.store.commands.outcome import AttemptResult, RecordOutcomes
from daemon.store.delivery_rows import by_row
from daemon.store.facts import DeliveryChanged, FailuresChanged, Waiting, WebhookChanged
from daemon.store.models import AttemptModel, WebhookModel
from daemon.store.records import QueuedDelivery
from daemon.store.transaction import LostClaim
from daemon.store.writer_memory import load
from tests.unit.daemon.store.commands.conftest import FAILED, NOW, SUCCEEDED


@pytest.fixture
def queued(store):
    store.webhook()
    store.accept()
    return QueuedDelivery(store.delivery(), b"{}")


def test_a_success_ends_the_delivery(store, queued):
    store.end(queued, SUCCEEDED, NOW + 9)
    record = store.delivery()
    assert (record.status, record.attempt, record.http_status) == ("succeeded", 1, 200)
    assert (record.finished_at, record.next_attempt_at, record.in_flight) == (NOW + 9, None, False)
    assert store.published(DeliveryChanged)[0].record == record
    attempt = AttemptModel.select().namedtuples().get(store.db)
    assert (attempt.number, attempt.http_status, attempt.response_body) == (1, 200, b"ok")
    assert attempt.truncated is False
    assert (store.total("pending"), store.total("succeeded"), store.total("http:2xx")) == (0, 1, 1)
    assert WebhookModel.select(WebhookModel.last_triggered_at).scalar(store.db) == NOW


def test_a_failure_waits_for_the_next_try(store, queued):
    store.end(queued, FAILED)
    record = store.delivery()
    assert (record.status, record.tries, record.next_attempt_at) == ("pending", 1, NOW + 2000)
    assert record.error == FAILED.failure
    assert store.published(Waiting)[0].queued.record == record


def test_an_outcome_without_its_claim_changes_nothing(store, queued):
    store.apply(Release("a1", [1], None, NOW))
    store.claim()
    with pytest.raises(LostClaim):
        store.end(queued, SUCCEEDED)
    assert store.delivery().attempt == 0
    assert AttemptModel.select().count(store.db) == 0


def test_ten_failures_in_a_row_pause_the_webhook_once(store):
    store.webhook()
    for n in range(10):
        assert store.memory.health[1].consecutive_failures == n
        store.fail_for_good()
    assert store.published(FailuresChanged)[0].consecutive_failures == 10
    (paused,) = store.published(WebhookChanged)
    assert paused.cause == "failing"
    assert paused.webhook.paused_reason == "10 failures in a row"
    again = load(store.db, store.cipher)
    assert again.health == store.memory.health
    assert again.webhooks == store.memory.webhooks
    store.accept()
    assert store.delivery(11).status == "discarded"


class Amend:
    """A command that changes a delivery beside its attempts, as one that sets a note would."""

    def __init__(self, row, **changes):
        self.row, self.changes = row, changes

    def apply(self, tx):
        return tx.amend(by_row(tx.db, self.row), **self.changes)


def test_what_changed_during_an_attempt_outlasts_its_outcome(store, queued):
    store.apply(Amend(1, project_id="moved"))
    assert store.delivery().in_flight
    store.end(queued, FAILED)
    assert store.published(DeliveryChanged)[0].record.project_id == "moved"
    waiting = store.published(Waiting)[0].queued
    assert waiting.record == store.delivery()
    assert waiting.record.project_id == "moved"
    assert store.memory.amended == set()
    store.end(store.claim(), SUCCEEDED)
    assert store.delivery().project_id == "moved"


def test_what_changed_while_it_waited_outlasts_the_next_outcome(store, queued):
    store.end(queued, FAILED)
    known = store.published(Waiting)[0].queued.record
    store.apply(Amend(1, project_id="moved"))
    claimed = store.claim()
    stale = msgspec.structs.replace(known, lease_seq=claimed.record.lease_seq, in_flight=True)
    store.end(QueuedDelivery(stale, b"{}"), SUCCEEDED)
    assert store.published(DeliveryChanged)[0].record == store.delivery()
    assert store.delivery().project_id == "moved"


def test_a_change_outlasts_a_batch_that_is_rolled_back(store, queued):
    class Broken:
        def apply(self, tx):
            raise ZeroDivisionError

    store.apply(Amend(1, project_id="moved"))
    outcome = RecordOutcomes("a1", [AttemptResult(queued, SUCCEEDED, 1, None)], NOW)
    with pytest.raises(ZeroDivisionError):
        store.apply(outcome, Broken())
    store.apply(outcome)
    assert store.published(DeliveryChanged)[0].record.project_id == "moved"
