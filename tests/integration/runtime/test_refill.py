import asyncio

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from tests.harness.rig import ADMIN


async def test_what_an_old_refill_brings_hides_nothing(rig):
    """A read of the store that began before a claim and ended after the attempt is stale.

    Its flight stands in the lane in the place of the delivery itself, and loses its claim; the
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
        await rig.until(lambda: len(rig.receiver.received) == 2)  # the one place is taken
        late.set()
        await rig.until(lambda: lane.complete)
        gate.set()
    await rig.settled(2)
    assert rig.delivery(uid).status is DeliveryStatus.SUCCEEDED
