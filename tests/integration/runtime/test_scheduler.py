"""What the scheduler holds: stale refills, claims of a paused webhook, lanes of deleted ones."""

import asyncio

import pytest

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.services.presenters import present_webhook
from tests.harness.receiver import accept_after, fail
from tests.harness.rig import ADMIN


async def test_a_stale_refill_hides_nothing(rig):
    """A read of the store that began before a claim and ended after the attempt is stale.

    What it read stands in the lane instead of the delivery itself, and loses its claim; the
    delivery, which waits for its next try, must be found again.
    """
    gate = asyncio.Event()
    answers = iter([503, 200])

    async def mended(request):
        if request.headers["x-corgea-event"] == "webhook.test":
            await gate.wait()
            return 200
        return next(answers)

    rig.receiver.answer = mended
    await rig.webhook(retry={"concurrency": 1})
    dispatcher = rig.service.dispatcher
    (lane,) = dispatcher._lanes
    read = dispatcher._backlog.earliest
    stale = []
    late = asyncio.Event()

    async def earliest(webhook, most):
        found = await read(webhook, most)
        if not stale:
            stale.extend(found)
            return found
        if not late.is_set():
            await late.wait()
            return stale
        return found

    dispatcher._backlog.earliest = earliest
    lane.complete = False
    dispatcher._lanes.set_claim_slots(lane)  # what arrives has to wait
    uid = (await rig.emit()).deliveries[0].id
    await rig.until(lambda: stale)
    lane.complete = False  # a second refill is on its way while the first attempt is made
    dispatcher._refill(lane)
    await rig.until(lambda: rig.delivery(uid).attempt == 1)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(rig.service.webhooks.test("hook", ADMIN, b"{}"))
        await rig.until(lambda: len(rig.receiver.received) == 2)  # the only slot is taken
        late.set()
        await rig.until(lambda: lane.complete)
        gate.set()
    await rig.settled(2)
    assert rig.delivery(uid).status is DeliveryStatus.SUCCEEDED


@pytest.fixture
def held(rig):
    """What is held for sending, by webhook."""
    service = rig.service

    def look():
        entries = service.registry.everything()
        return {
            "lanes": [lane.webhook for lane in service.dispatcher._lanes],
            "slots": [*service.claim_slots._lanes],
            "templates": [*service.writer.memory.bodies._templates],
            "views": [entry.webhook.row for entry in entries if entry.views],
            "prepared": [entry.webhook.row for entry in entries if entry._prepared],
        }

    return look


async def test_what_sending_needs_is_let_go_with_the_webhook(rig, held):
    await rig.webhook("stays", body_template='{"n":"{{data.n}}"}')
    await rig.webhook("goes", body_template='{"n":"{{data.n}}"}')
    await rig.emit()
    await rig.settled(2)
    for entry in rig.service.registry.all():
        present_webhook(entry, rig.service.settings.delivery, urls=True)
    assert all(rows == [1, 2] for rows in held().values()), held()
    await rig.service.webhooks.delete("goes", None, ADMIN)
    await rig.until(lambda: held()["lanes"] == [1])
    assert all(rows == [1] for rows in held().values()), held()


async def test_a_webhook_deleted_during_its_attempts_is_let_go_after_them(rig, held):
    gate = asyncio.Event()
    rig.receiver.answer = accept_after(gate)
    await rig.webhook("goes", retry={"concurrency": 2})
    for _ in range(9):
        await rig.emit()
    await rig.until(lambda: len(rig.receiver.received) == 2)
    await rig.service.webhooks.delete("goes", None, ADMIN)
    await asyncio.sleep(0.1)
    assert held()["lanes"] == held()["slots"] == [1]
    gate.set()
    await rig.until(lambda: not held()["lanes"])
    assert rig.service.claim_slots.taken == 0
    assert not held()["slots"]
    await rig.until(lambda: rig.deliveries()[0].attempt == 1)


async def test_deleted_webhooks_have_no_lane_after_a_restart(rig):
    await rig.webhook("stays")
    await rig.webhook("goes")
    await rig.service.webhooks.delete("goes", None, ADMIN)
    await rig.restart()
    await rig.until(lambda: [lane.webhook for lane in rig.service.dispatcher._lanes] == [1])
    await rig.emit()
    await rig.settled(1)


async def test_what_was_claimed_when_the_webhook_paused_is_discarded(rig):
    rig.receiver.answer = fail
    await rig.webhook(retry={"schedule": [], "concurrency": 1})
    for _ in range(40):
        await rig.emit()
    await rig.settled()
    ended = [record.status.value for record in rig.deliveries()]
    assert set(ended) == {"failed", "discarded"}
