"""What survives a restart and a death: waiting deliveries, cut attempts, suspects."""

import asyncio
import threading

from daemon.domain.deliveries.lifecycle import DeliveryKind, DeliveryStatus
from daemon.store.database import connection_of
from tests.harness.receiver import accept, accept_after, fail, in_turn
from tests.harness.rig import ADMIN, counts


async def test_waiting_deliveries_and_their_due_times_survive_a_restart(rig):
    rig.receiver.answer = in_turn(500, 200)
    await rig.restart(schedule=(0.4,))
    await rig.webhook()
    answer = await rig.emit()
    uid = answer.deliveries[0].id
    await rig.until(lambda: rig.delivery(uid).attempt == 1)
    due = rig.delivery(uid).next_attempt_at
    await rig.restart()
    assert rig.delivery(uid).next_attempt_at == due
    await rig.settled()
    record = rig.delivery(uid)
    assert record.status is DeliveryStatus.SUCCEEDED
    assert record.finished_at >= due


async def hang(_):
    await asyncio.sleep(60)
    return 200


async def test_an_attempt_cut_by_death_is_recorded_and_made_again(rig):
    rig.receiver.answer = hang
    entry = await rig.webhook()
    answer = await rig.emit()
    uid = answer.deliveries[0].id
    await rig.until(lambda: len(rig.receiver.received) == 1)
    await rig.die()
    rig.receiver.answer = accept
    await rig.start()
    await rig.settled()
    record = rig.delivery(uid)
    assert (record.status, record.attempt, record.max_attempts, record.tries) == (
        DeliveryStatus.SUCCEEDED, 2, 4, 1,
    )  # fmt: skip
    assert [kind for *_, kind in rig.attempts(record)] == ["interrupted", None]
    entry = rig.service.registry.find("hook")
    assert counts(entry)["successful"] == 1
    assert counts(entry)["pending"] == 0


async def test_a_third_death_sets_the_delivery_aside(rig):
    rig.receiver.answer = hang
    await rig.webhook()
    answer = await rig.emit()
    uid = answer.deliveries[0].id
    for death in range(3):
        await rig.until(lambda seen=death: len(rig.receiver.received) == seen + 1)
        await rig.die()
        await rig.start()
    await rig.settled()
    record = rig.delivery(uid)
    assert (record.status, record.deaths) == (DeliveryStatus.FAILED, 3)
    assert "died 3 times" in record.error.message
    assert len(rig.receiver.received) == 3


async def test_after_two_deaths_it_goes_out_with_nothing_else_in_flight(rig):
    rig.receiver.answer = hang
    await rig.webhook()
    answer = await rig.emit()
    suspect = answer.deliveries[0].id
    at_once: list[int] = []
    in_flight = 0

    async def watch(request):
        nonlocal in_flight
        in_flight += 1
        if request.delivery == suspect:
            at_once.append(in_flight)
            await asyncio.sleep(0.05)
            at_once.append(in_flight)
        in_flight -= 1
        return 200

    await rig.until(lambda: len(rig.receiver.received) == 1)
    await rig.die()
    await rig.start()
    await rig.until(lambda: len(rig.receiver.received) == 2)
    await rig.die()
    rig.receiver.received.clear()
    rig.receiver.answer = watch
    await rig.start()
    for _ in range(10):
        await rig.emit()
    await rig.settled()
    assert at_once == [1, 1]
    assert len(rig.receiver.received) == 11


async def test_a_stop_that_cannot_wait_is_no_death(rig):
    rig.receiver.answer = hang
    await rig.webhook()
    answer = await rig.emit()
    uid = answer.deliveries[0].id
    for seen in range(3):
        await rig.until(lambda seen=seen: len(rig.receiver.received) == seen + 1)
        rig.service.settings = rig.settings
        await rig.service.dispatcher.stop(0.01)
        await rig.service.writer.close()
        await rig.service.sender.close()
        rig.service.readers.close()
        rig.service.db.close()
        await rig.start()
    record = rig.delivery(uid)
    assert record.deaths == 0
    rig.receiver.answer = accept
    await rig.service.dispatcher.stop(0.01)
    await rig.restart()
    await rig.settled()
    assert rig.delivery(uid).status is DeliveryStatus.SUCCEEDED


async def test_a_backlog_larger_than_memory_is_delivered_whole(rig):
    gate = asyncio.Event()
    rig.receiver.answer = accept_after(gate)
    entry = await rig.webhook(retry={"timeout": 60})  # what waits at the gate is not tried again
    for _ in range(30):
        await asyncio.gather(*(rig.emit() for _ in range(50)))
    assert counts(entry)["pending"] == 1500
    gate.set()
    await rig.settled(20)
    assert counts(entry)["successful"] == 1500
    assert len({request.delivery for request in rig.receiver.received}) == 1500
    assert len(rig.receiver.received) == 1500


class SlowDisk:
    """A unit that holds the writer up."""

    def __init__(self):
        self.gate = threading.Event()

    def apply(self, _tx):
        self.gate.wait(5)


async def test_a_claim_that_the_store_answers_during_a_stop_is_no_death(rig):
    """It was given back after the writer's end, and so never; the next start took it for a cut."""
    await rig.restart(schedule=(0.2,))

    rig.receiver.answer = fail
    await rig.webhook()
    uid = (await rig.emit()).deliveries[0].id
    await rig.until(lambda: rig.delivery(uid).attempt == 1)
    disk = SlowDisk()
    rig.service.writer.post(disk, lambda _: None)
    await rig.until(lambda: rig.service.writer._queue)  # the claim, behind the slow disk
    asyncio.get_running_loop().call_later(0.1, disk.gate.set)
    await rig.restart()
    await rig.settled()
    record = rig.delivery(uid)
    assert (record.deaths, record.attempt) == (0, 2)


async def test_nothing_joins_the_last_suspect_in_flight(rig):
    rig.receiver.answer = hang
    await rig.webhook()
    suspect = (await rig.emit()).deliveries[0].id
    gate = asyncio.Event()
    in_flight: list[str] = []

    async def watch(request):
        in_flight.append(request.delivery)
        await gate.wait()
        return 200

    for deaths in (1, 2):
        await rig.until(lambda deaths=deaths: len(rig.receiver.received) == deaths)
        await rig.die()
        if deaths == 2:
            rig.receiver.answer = watch
        await rig.start()
    await rig.until(lambda: in_flight == [suspect])
    for _ in range(5):
        await rig.emit()
    await asyncio.sleep(0.1)
    assert in_flight == [suspect]
    gate.set()
    await rig.settled()
    assert len(in_flight) == 6


async def test_a_cut_attempt_says_what_becomes_of_its_delivery(rig):
    rig.receiver.answer = hang
    await rig.webhook()
    await rig.webhook("paused")
    async with asyncio.TaskGroup() as tasks:
        test = tasks.create_task(rig.service.webhooks.test("hook", ADMIN, b"{}"))
        await rig.until(lambda: len(rig.receiver.received) == 1)
        await rig.emit()
        await rig.until(lambda: len(rig.receiver.received) == 3)
        await rig.service.webhooks.pause("paused", ADMIN)
        test_while_paused = tasks.create_task(rig.service.webhooks.test("paused", ADMIN, b"{}"))
        await rig.until(lambda: len(rig.receiver.received) == 4)
        test.cancel()
        test_while_paused.cancel()
        await rig.die()
    rig.receiver.answer = accept
    await rig.start()
    await rig.settled()
    said = [(record.kind, record.status, messages(rig, record)[0]) for record in rig.deliveries()]
    assert said == [
        (DeliveryKind.TEST, DeliveryStatus.FAILED, "the daemon stopped during this attempt"),
        (
            DeliveryKind.EVENT,
            DeliveryStatus.SUCCEEDED,
            "the daemon stopped during this attempt; it is made again",
        ),
        (DeliveryKind.EVENT, DeliveryStatus.DISCARDED, "the daemon stopped during this attempt"),
        (DeliveryKind.TEST, DeliveryStatus.FAILED, "the daemon stopped during this attempt"),
    ]


def messages(rig, record):
    rows = connection_of(rig.service.db).execute(
        "SELECT error_message FROM attempts WHERE delivery_row = ? ORDER BY number", (record.row,)
    )
    return [row[0] for row in rows]
