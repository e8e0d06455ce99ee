from daemon.store.commands.claim import Claim, Release
from daemon.store.commands.retry import RetryDelivery
from daemon.store.facts import DeliveryChanged
from tests.unit.daemon.store.commands.conftest import ANN, NOW, OWNER


def test_only_what_is_as_it_was_known_is_claimed(store):
    store.webhook()
    store.accept(*[{}] * 3, slots=False)
    store.claim(2)
    store.apply(RetryDelivery(store.delivery(3).uid, ANN, NOW))
    claims = store.apply(Claim(OWNER, [(1, 0), (2, 1), (2, 0), (3, 0)], [1]))
    assert [(claim.row, claim.lease_seq) for claim in claims] == [(1, 1)]
    assert claims[0].body.startswith(b'{"event_id":')
    assert store.delivery(1).in_flight
    assert not store.delivery(3).in_flight


def test_a_claim_brings_the_custom_body_or_why_there_is_none(store):
    store.webhook(body_template="{{data.missing}} {{event_type}}")
    store.accept(slots=False)
    (claim,) = store.apply(Claim(OWNER, [(1, 0)], [1]))
    assert (claim.body is None) != (claim.problem is None)


def test_a_released_delivery_waits_as_if_never_claimed(store):
    store.webhook()
    store.accept()
    store.apply(Release(OWNER, [1], None, NOW))
    record = store.delivery()
    assert (record.status, record.in_flight, record.attempt) == ("pending", False, 0)
    assert not store.published(DeliveryChanged)


def test_another_owners_claim_is_not_released(store):
    store.webhook()
    store.accept()
    store.apply(Release("someone else", [1], "paused: by ann", NOW))
    assert store.delivery().in_flight


def test_a_blocked_webhooks_delivery_is_discarded_when_released(store):
    store.webhook()
    store.accept()
    store.apply(Release(OWNER, [1], "paused: by ann", NOW))
    record = store.delivery()
    assert (record.status, record.reason) == ("discarded", "paused: by ann")
    assert not record.in_flight
    assert store.total("discarded") == 1
