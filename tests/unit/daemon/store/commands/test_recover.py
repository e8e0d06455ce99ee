import pytest

from daemon.store.commands.recover import Interrupt, RecoverAttempt, RecoverClaims
from daemon.store.commands.send_test import SendTest
from daemon.store.commands.webhooks import PauseWebhook
from daemon.store.facts import Waiting
from daemon.store.models import AttemptModel
from daemon.store.records import QueuedDelivery
from tests.unit.daemon.store.commands.conftest import ANN, NOW, OWNER


@pytest.fixture
def hook(store):
    return store.webhook()


def test_what_was_in_flight_at_a_death_waits_again(store, hook):
    store.accept({}, slots=True)
    store.accept({}, slots=False)
    assert store.apply(RecoverClaims(NOW)) == 1
    record = store.delivery()
    assert (record.status, record.deaths, record.attempt) == ("pending", 1, 1)
    assert (record.max_attempts, record.tries, record.in_flight) == (4, 0, False)
    assert record.error.kind == "interrupted"
    assert AttemptModel.select().count(store.db) == 1
    assert store.delivery(2).attempt == 0


def test_the_third_death_sets_it_aside(store, hook):
    store.accept()
    for _ in range(2):
        store.apply(RecoverClaims(NOW))
        store.claim()
    store.apply(RecoverClaims(NOW))
    record = store.delivery()
    assert (record.status, record.deaths) == ("failed", 3)
    assert "set aside" in record.error.message
    assert (store.total("pending"), store.total("failed")) == (0, 1)


def test_a_paused_webhooks_delivery_is_discarded_instead(store, hook):
    store.accept()
    store.apply(PauseWebhook(hook.uid, ANN, NOW))
    assert store.delivery().status == "pending"  # in flight: left to its outcome
    store.apply(RecoverClaims(NOW))
    assert (store.delivery().status, store.delivery().reason) == ("discarded", "paused: by ann")


def test_a_test_is_not_made_again(store, hook):
    store.apply(SendTest(hook.uid, b"{}", ANN, OWNER, NOW))
    store.apply(RecoverClaims(NOW))
    assert store.delivery().status == "failed"


def test_after_a_senders_death_the_delivery_goes_on_in_memory(store, hook):
    store.accept()
    store.apply(RecoverAttempt(QueuedDelivery(store.delivery(), b"body"), NOW))
    (waiting,) = store.published(Waiting)
    assert waiting.queued.record == store.delivery()
    assert waiting.queued.body == b"body"
    assert store.delivery().deaths == 1


def test_a_stop_is_no_death(store, hook):
    store.accept()
    store.apply(Interrupt([store.delivery()], NOW))
    assert (store.delivery().deaths, store.delivery().attempt) == (0, 1)
    assert not store.published(Waiting)
