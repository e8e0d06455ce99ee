"""An event's way from its acceptance to the outcome of its deliveries."""

import asyncio

import pytest

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.store.errors import EventConflict, WrongState
from tests.harness.receiver import always, fail, in_turn
from tests.harness.rig import ADMIN, counts


async def test_an_event_reaches_the_webhook_that_subscribes_to_it_and_no_other(rig):
    wanted = await rig.webhook("wanted")
    other = await rig.webhook("other", events=["user.login"])
    answer = await rig.emit(data={"b": 2, "a": 1.50})
    await rig.settled()
    (request,) = rig.receiver.received
    assert request.json["data"] == {"b": 2, "a": 1.5}
    assert [ref.webhook_id for ref in answer.deliveries] == [wanted.uid]
    assert request.delivery == answer.deliveries[0].id
    assert counts(wanted)["successful"] == 1
    assert counts(other)["total"] == 0


async def test_the_same_event_again_is_sent_once(rig):
    await rig.webhook()
    first = await rig.emit(event_id="build-7", data={"a": 1, "b": 2})
    second = await rig.emit(event_id="build-7", data={"b": 2, "a": 1})
    other = await rig.emit(event_id="build-7", data={"a": 1, "b": 3})
    await rig.settled()
    assert second.duplicate
    assert second.deliveries == first.deliveries
    assert isinstance(other, EventConflict)
    assert len(rig.receiver.received) == 1


async def test_the_same_event_twice_in_one_batch_is_sent_once(rig):
    await rig.webhook()
    answers = await asyncio.gather(*(rig.emit(event_id="one") for _ in range(20)))
    await rig.settled()
    assert sorted(answer.duplicate for answer in answers) == [False, *[True] * 19]
    assert len(rig.receiver.received) == 1


async def test_a_failure_is_tried_three_times_with_the_same_bytes(rig):
    rig.receiver.answer = always(503)
    entry = await rig.webhook()
    await rig.emit()
    await rig.settled()
    (record,) = rig.deliveries()
    assert (record.status, record.attempt, record.http_status) == (DeliveryStatus.FAILED, 3, 503)
    assert [number for number, *_ in rig.attempts(record)] == [1, 2, 3]
    assert len({request.body for request in rig.receiver.received}) == 1
    assert len({request.delivery for request in rig.receiver.received}) == 1
    assert entry.consecutive_failures == 1


async def test_success_on_the_last_try_counts_as_success(rig):
    rig.receiver.answer = in_turn(500, 500, 200)
    entry = await rig.webhook()
    await rig.emit()
    await rig.settled()
    assert counts(entry) == {
        "total": 1, "successful": 1, "failed": 0, "pending": 0, "discarded": 0,
    }  # fmt: skip
    assert entry.consecutive_failures == 0


async def test_ten_failed_deliveries_pause_the_webhook_once_and_the_rest_is_discarded(rig):
    rig.receiver.answer = fail
    await rig.restart(schedule=())
    entry = await rig.webhook(retry={"concurrency": 1})
    for _ in range(15):
        await rig.emit()
    await rig.settled()
    await rig.until(lambda: entry.webhook.blocked_reason)
    assert entry.webhook.paused_reason == "10 failures in a row"
    assert len(rig.receiver.received) in (10, 11)
    numbers = counts(entry)
    assert numbers["failed"] == 10
    assert numbers["discarded"] == 5
    await rig.emit()
    await rig.settled()
    assert counts(entry)["discarded"] == 6
    assert "10 failures in a row" in rig.deliveries()[-1].reason


async def test_pausing_discards_what_waits_and_activation_sends_nothing(rig):
    rig.receiver.answer = fail
    await rig.restart(schedule=(30.0, 30.0))
    entry = await rig.webhook()
    await rig.emit()
    await rig.until(lambda: counts(entry)["pending"] == 1 and not rig.service.dispatcher.in_flight)
    await rig.until(lambda: rig.deliveries()[0].attempt == 1)
    await rig.service.webhooks.pause("hook", ADMIN)
    (record,) = rig.deliveries()
    assert (record.status, record.reason) == (DeliveryStatus.DISCARDED, "paused: by ann")
    await rig.service.webhooks.activate("hook", ADMIN)
    await asyncio.sleep(0.1)
    assert len(rig.receiver.received) == 1


async def test_a_failed_delivery_can_be_retried_by_hand(rig):
    rig.receiver.answer = in_turn(500, 500, 500, 500, 200)
    entry = await rig.webhook()
    await rig.emit()
    await rig.settled()
    uid = rig.deliveries()[0].uid
    assert await rig.service.webhooks.retry(uid, ADMIN) == 4
    await rig.settled()
    record = rig.delivery(uid)
    assert (record.status, record.attempt, record.max_attempts) == (DeliveryStatus.FAILED, 4, 4)
    assert entry.consecutive_failures == 1
    assert await rig.service.webhooks.retry(uid, ADMIN) == 5
    await rig.settled()
    record = rig.delivery(uid)
    assert record.status is DeliveryStatus.SUCCEEDED
    assert [(number, manual) for number, manual, *_ in rig.attempts(record)] == [
        (1, 0), (2, 0), (3, 0), (4, 1), (5, 1),
    ]  # fmt: skip
    assert entry.consecutive_failures == 0
    assert counts(entry)["successful"] == 1
    assert counts(entry)["failed"] == 0
    with pytest.raises(WrongState, match="has succeeded"):
        await rig.service.webhooks.retry(uid, ADMIN)


async def test_a_retry_while_it_waits_takes_the_next_trys_place(rig):
    rig.receiver.answer = in_turn(500, 500, 200)
    await rig.restart(schedule=(30.0, 0.05))
    await rig.webhook()
    answer = await rig.emit()
    uid = answer.deliveries[0].id
    await rig.until(lambda: rig.delivery(uid).attempt == 1)
    assert await rig.service.webhooks.retry(uid, ADMIN) == 2
    await rig.settled()
    record = rig.delivery(uid)
    assert (record.status, record.attempt, record.max_attempts) == (DeliveryStatus.SUCCEEDED, 3, 3)
    assert [manual for _, manual, *_ in rig.attempts(record)] == [0, 1, 0]


async def test_a_test_goes_to_one_webhook_even_while_paused(rig):
    entry = await rig.webhook(events=["user.login"])
    await rig.service.webhooks.pause("hook", ADMIN)
    record = await rig.service.webhooks.test("hook", ADMIN, b'{"hello":1}')
    assert record.status is DeliveryStatus.SUCCEEDED
    (request,) = rig.receiver.received
    assert request.headers["x-corgea-event"] == "webhook.test"
    assert request.json["data"] == {"hello": 1}
    assert counts(entry)["successful"] == 1


async def test_deleting_discards_what_waits_and_keeps_the_history(rig):
    rig.receiver.answer = fail
    await rig.restart(schedule=(30.0,))
    entry = await rig.webhook()
    await rig.emit()
    await rig.until(lambda: rig.deliveries()[0].attempt == 1)
    await rig.service.webhooks.delete("hook", None, ADMIN)
    (record,) = rig.deliveries()
    assert (record.status, record.reason) == (DeliveryStatus.DISCARDED, "webhook deleted")
    assert rig.service.registry.find("hook") is None
    assert rig.service.registry.by_row(record.webhook).webhook.config.name == "hook"
    await rig.webhook()  # the name is free again
    assert entry.webhook.config.url == ""
