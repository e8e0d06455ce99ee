import pytest

from daemon.store.commands.accept import AcceptEvents
from daemon.store.commands.webhooks import DeleteWebhook, PauseWebhook
from daemon.store.errors import EventConflict
from daemon.store.facts import DeliveryChanged, EventArrived, Waiting
from daemon.store.models import BodyModel, EventModel
from tests.unit.daemon.store.commands.conftest import ANN, NOW, OWNER, event_of


def test_an_event_leads_to_a_claimed_delivery(store):
    hook = store.webhook()
    (accepted,) = store.accept({"data": {"project": {"id": "web", "name": "Web"}}})
    record = store.delivery()
    assert accepted.deliveries[0].id == record.uid
    assert accepted.deliveries[0].webhook_id == hook.uid
    assert (record.status, record.in_flight, record.lease_seq) == ("pending", True, 1)
    assert (record.project_id, record.project_name) == ("web", "Web")
    assert [fact.record for fact in store.published(DeliveryChanged)] == [record]
    assert store.published(Waiting)[0].queued.record == record
    assert store.total("pending") == 1


def test_without_a_free_slot_the_delivery_waits(store):
    store.webhook()
    store.accept(slots=False)
    assert (store.delivery().in_flight, store.delivery().next_attempt_at) == (False, NOW)


def test_an_event_that_no_webhook_wants_is_kept(store):
    store.webhook()
    (accepted,) = store.accept({"event_type": "user.login"})
    assert accepted.deliveries == []
    assert store.published(EventArrived)[0].record.matched == 0


def test_a_paused_webhooks_delivery_is_discarded(store):
    hook = store.webhook()
    store.apply(PauseWebhook(hook.uid, ANN, NOW))
    store.accept()
    record = store.delivery()
    assert (record.status, record.reason) == ("discarded", "paused: by ann")
    assert record.next_attempt_at is None
    assert not store.published(Waiting)
    assert (store.total("pending"), store.total("discarded")) == (0, 1)


def test_a_deleted_webhook_gets_nothing(store):
    hook = store.webhook()
    store.apply(DeleteWebhook(hook.uid, None, ANN, NOW))
    (accepted,) = store.accept()
    assert accepted.deliveries == []


@pytest.mark.parametrize("batches", [1, 2])
def test_a_repeat_is_answered_as_the_first_time(store, batches):
    store.webhook()
    event = {"event_id": "e-1", "data": {"a": 1, "b": 2.0}}
    again = {"event_id": "e-1", "data": {"b": 2.0, "a": 1}}
    answers = (
        store.accept(event, again) if batches == 1 else [*store.accept(event), *store.accept(again)]
    )
    assert [answer.duplicate for answer in answers] == [False, True]
    assert answers[0].deliveries == answers[1].deliveries
    assert EventModel.select().count(store.db) == 1


@pytest.mark.parametrize("batches", [1, 2])
def test_other_content_under_the_same_id_is_a_conflict(store, batches):
    store.webhook()
    one, other = {"event_id": "e-1"}, {"event_id": "e-1", "data": {"n": 2}}
    answers = (
        store.accept(one, other) if batches == 1 else [*store.accept(one), *store.accept(other)]
    )
    assert isinstance(answers[1], EventConflict)
    assert "e-1" in str(answers[1])
    assert EventModel.select().count(store.db) == 1


def test_many_ids_are_looked_up_in_parts(store):
    events = [{"event_id": f"e-{n}"} for n in range(300)]
    store.accept(*events)
    assert all(answer.duplicate for answer in store.accept(*events))


def test_a_custom_body_is_rendered_and_sealed(store):
    store.webhook(body_template='{"type":"{{event_type}}"}')
    store.accept()
    assert store.published(Waiting)[0].queued.body == b'{"type":"scan.completed"}'
    body = BodyModel.select().namedtuples().get(store.db)
    assert store.cipher.open(body.sealed, "body:1") == b'{"type":"scan.completed"}'


def test_a_batch_that_fails_leaves_nothing_and_gives_its_slots_back(store):
    class Broken:
        def apply(self, tx):
            raise ZeroDivisionError

    store.webhook()
    given = []
    accept = AcceptEvents(
        [event_of()], owner=OWNER, now_ms=NOW, take=lambda _: True, give=given.append
    )
    with pytest.raises(ZeroDivisionError):
        store.apply(accept, Broken())
    assert given == [1]
    assert EventModel.select().count(store.db) == 0
    assert store.memory.next_event == store.memory.next_delivery == 1
