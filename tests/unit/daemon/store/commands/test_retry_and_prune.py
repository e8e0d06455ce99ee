import msgspec
import pytest

from daemon.store.audit import entries, sealed_end, verify_chain
from daemon.store.commands.prune import Prune, PruneCounts
from daemon.store.commands.retry import RetryDelivery
from daemon.store.commands.webhooks import PauseWebhook, SaveWebhook
from daemon.store.errors import NotFound, WrongState
from daemon.store.facts import Audited, DeliveryChanged, Waiting
from daemon.store.models import (
    AttemptModel,
    AuditModel,
    BodyModel,
    CounterModel,
    DeliveryModel,
    EventModel,
    PastBodyModel,
)
from daemon.store.records import QueuedDelivery
from daemon.store.writer_memory import load
from tests.unit.daemon.store.commands.conftest import ANN, NOW, SUCCEEDED

DAY = 24 * 3_600_000


def test_a_failed_delivery_is_tried_once_more(store):
    store.webhook()
    row = store.fail_for_good()
    before = store.delivery(row)
    assert store.apply(RetryDelivery(before.uid, ANN, NOW + 5)) == 4
    after = store.delivery(row)
    assert (after.status, after.max_attempts, after.next_attempt_at) == ("pending", 4, NOW + 5)
    assert after.lease_seq == before.lease_seq + 1
    assert store.published(DeliveryChanged)[0].record == after
    assert store.published(Waiting)[0].queued.record == after
    assert store.published(Audited)[0].action == "delivery.retry"
    assert (store.total("pending"), store.total("failed")) == (1, 0)


def test_one_that_waits_is_tried_at_once(store):
    store.webhook()
    store.accept(slots=False)
    assert store.apply(RetryDelivery(store.delivery().uid, ANN, NOW)) == 1
    assert store.delivery().max_attempts == 3


def test_what_stands_in_the_way(store):
    hook = store.webhook()
    store.accept()
    uid = store.delivery().uid
    with pytest.raises(WrongState, match="wait for it to end"):
        store.apply(RetryDelivery(uid, ANN, NOW))
    store.end(QueuedDelivery(store.delivery(), b"{}"), SUCCEEDED)
    with pytest.raises(WrongState, match="has succeeded"):
        store.apply(RetryDelivery(uid, ANN, NOW))
    store.apply(PauseWebhook(hook.uid, ANN, NOW))
    with pytest.raises(WrongState, match="activate the webhook first"):
        store.apply(RetryDelivery(uid, ANN, NOW))
    with pytest.raises(NotFound, match="there is no delivery 'nothing'"):
        store.apply(RetryDelivery("nothing", ANN, NOW))


def test_the_body_is_rendered_again_and_the_old_one_kept(store):
    hook = store.webhook(body_template='{"v":1}')
    row = store.fail_for_good()
    config = msgspec.structs.replace(hook.config, body_template='{"v":2}')
    store.apply(SaveWebhook(config, ANN, NOW, uid=hook.uid))
    store.apply(RetryDelivery(store.delivery(row).uid, ANN, NOW))
    body = BodyModel.select().namedtuples().get(store.db)
    past = PastBodyModel.select().namedtuples().get(store.db)
    assert store.cipher.open(body.sealed, f"body:{row}") == b'{"v":2}'
    assert store.cipher.open(past.sealed, f"past_body:{past.id}") == b'{"v":1}'
    assert (past.before_attempt, past.plain) == (4, False)


def test_only_what_has_ended_is_pruned_and_events_go_with_their_last_delivery(store):
    store.webhook()
    store.fail_for_good()
    store.accept(slots=False)
    store.accept({"event_type": "user.login"})
    step = store.apply(Prune(NOW + 1))
    assert (step.deliveries, step.events, step.done) == (1, 2, True)
    assert [row.id for row in DeliveryModel.select().namedtuples().execute(store.db)] == [2]
    assert EventModel.select().count(store.db) == 1
    assert AttemptModel.select().count(store.db) == 0
    assert (store.total("pruned"), store.total("failed")) == (1, 1)


def test_numbers_of_pruned_rows_are_not_given_again(store):
    store.webhook()
    store.fail_for_good()
    store.apply(Prune(NOW + 1))
    memory = load(store.db, store.cipher)
    assert (memory.next_event, memory.next_delivery) == (2, 2)


def test_what_is_younger_or_outside_the_span_stays(store):
    store.webhook()
    store.fail_for_good()
    assert store.apply(Prune(NOW)).deliveries == 0
    assert store.apply(Prune(NOW + DAY, since_ms=NOW + 1)).deliveries == 0


def test_counts_that_no_plot_shows_go_and_totals_stay(store):
    store.webhook()
    store.fail_for_good()
    store.apply(PruneCounts(NOW + 2 * DAY))
    spans = {row.span for row in CounterModel.select().namedtuples().execute(store.db)}
    assert spans == {"hour", "total"}
    store.apply(PruneCounts(NOW + 9 * DAY))
    assert {row.span for row in CounterModel.select().namedtuples().execute(store.db)} == {"total"}


def test_the_audit_is_a_chain(store):
    store.webhook()
    row = store.fail_for_good()
    store.apply(RetryDelivery(store.delivery(row).uid, ANN, NOW))
    end = verify_chain(entries(store.db))
    assert end == sealed_end(store.db, store.cipher)
    assert end.number == AuditModel.select().count(store.db) == 2
