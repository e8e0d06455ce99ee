from dataclasses import replace

from daemon.services.retention import DAY_MS, SPAN, Retention
from daemon.settings import StoreSettings
from daemon.store.commands.prune import STEP
from tests.harness.receiver import fail
from tests.harness.rig import counts


class Later:
    """The machine's clock, some days ahead."""

    def __init__(self, clock, days):
        self._clock = clock
        self._ms = days * DAY_MS

    def now_ms(self):
        return self._clock.now_ms() + self._ms

    def steady(self):
        return self._clock.steady()


def retention(rig, *, days, **settings):
    service = rig.service
    return Retention(
        writer=service.writer,
        readers=service.readers,
        clock=Later(service.clock, days),
        settings=lambda: replace(StoreSettings(), **settings),
    )


def rows(rig, table):
    return rig.service.db.execute_sql(f"SELECT count(*) FROM {table}").fetchone()[0]


async def test_what_is_too_old_goes_and_the_numbers_stay(rig):
    entry = await rig.webhook()
    for _ in range(STEP + 5):
        await rig.emit()
    await rig.emit("user.login")
    await rig.settled()
    before = counts(entry)
    assert await retention(rig, days=29).once() == 0
    assert await retention(rig, days=31).once() == STEP + 5
    assert counts(entry) == before
    assert entry.statistics().pruned == STEP + 5
    for table in ("deliveries", "attempts", "events"):
        assert rows(rig, table) == 0


async def test_what_still_waits_is_kept_however_old(rig):
    rig.receiver.answer = fail
    await rig.restart(schedule=(3600.0,))
    await rig.webhook()
    await rig.emit()
    await rig.until(lambda: rig.deliveries()[0].attempt == 1)
    await retention(rig, days=400).once()
    assert rows(rig, "deliveries") == 1
    assert rows(rig, "events") == 1


async def test_a_store_that_is_too_large_forgets_the_oldest(rig):
    entry = await rig.webhook()
    for n in range(300):
        await rig.emit(data={"n": n, "filler": "x" * 10_000})
    await rig.settled()
    size = 2 * 1024 * 1024
    await retention(rig, days=0, retention_bytes=size).once()
    left = rows(rig, "deliveries")
    assert 0 < left < 200
    assert rig.deliveries()[-1].event_row == 300
    assert entry.statistics().pruned == 300 - left


async def test_however_much_waits_what_ended_after_it_is_forgotten(rig):
    async def answer(request):
        return 500 if b"waits" in request.body else 200

    rig.receiver.answer = answer
    await rig.restart(schedule=(3600.0,), concurrency=64)
    await rig.webhook()
    for _ in range(SPAN + 50):
        await rig.emit(data={"it": "waits"})
    for n in range(SPAN):
        await rig.emit(data={"n": n, "filler": "x" * 10_000})
    await rig.until(lambda: all(each.attempt for each in rig.deliveries()))
    await retention(rig, days=0, retention_bytes=1024 * 1024).once()
    left = [each.status for each in rig.deliveries()]
    assert left.count("pending") == SPAN + 50
    assert 0 < left.count("succeeded") < SPAN / 2


async def test_a_forgotten_event_may_come_again(rig):
    await rig.webhook()
    await rig.emit(event_id="once")
    await rig.settled()
    await retention(rig, days=31).once()
    assert not (await rig.emit(event_id="once")).duplicate
    await rig.settled()
    assert len(rig.receiver.received) == 2
