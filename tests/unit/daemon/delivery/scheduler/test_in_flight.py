"""Outcomes that come close together are written as one; none waits for company it has not."""

import asyncio

import pytest

from daemon.delivery.scheduler import in_flight as wire_module
from daemon.delivery.scheduler.in_flight import DeliveryLimits, InFlight
from daemon.delivery.scheduler.lane import Lane
from daemon.domain.deliveries.outcome import Outcome
from daemon.domain.webhooks.config import WebhookConfig
from daemon.store.records import DeliveryRecord, QueuedDelivery, WebhookRecord
from daemon.util.clock import SystemClock

CONFIG = WebhookConfig("hook", "https://example.com/hook", ("scan.*",))
HOOK = WebhookRecord(1, "wh_1", CONFIG, "example.com/…hook", 1, 1, 0, 0)


class Stage:
    """A wire whose attempts end when the test says so, and whose outcomes it sees."""

    def __init__(self, concurrency=8):
        self.written = []
        self.said = []
        self.ends = {}
        self.cancelled = []
        self.lane = Lane(1, concurrency=concurrency, rate=None)
        self.wire = InFlight(
            owner="in_test",
            writer=self,
            attempts=self,
            webhook_of=lambda _: HOOK,
            clock=SystemClock(),
            limits=DeliveryLimits(concurrency),
            landed=lambda lane, _: self.wire.launch(lane),
            gathered=lambda: self.said.append("gathered"),
            interrupted=lambda *_: None,
            unused=lambda *_: None,
        )

    def post(self, unit, _done):
        self.said.append("written")
        self.written.append([landed.queued.record.row for landed in unit._landed])

    def begin(self, queued, _webhook, _deadline, ended):
        self.ends[queued.record.row] = ended
        return lambda: self.cancelled.append(queued.record.row)

    def end(self, *rows):
        for row in rows:
            self.ends.pop(row)(Outcome(0, 1), None)

    def claim(self, *rows):
        for row in rows:
            record = DeliveryRecord(row, f"d{row}", row, f"e{row}", "scan.completed", 1, "", "", 0)
            self.lane.claimed.append(QueuedDelivery(record, b"{}"))
        self.wire.launch(self.lane)

    async def until(self, condition):
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0)


@pytest.fixture
async def stage():
    stage = Stage()
    yield stage
    stage.wire.cut()


async def test_a_lone_outcome_does_not_wait(stage, monkeypatch):
    monkeypatch.setattr(wire_module, "GATHER", 1000.0)
    stage.claim(1)
    stage.end(1)
    await stage.until(lambda: stage.written)
    assert stage.written == [[1]]


async def test_outcomes_beside_others_are_written_together_after_their_places_are_claimed(stage):
    stage.claim(1, 2, 3)
    stage.end(1, 2)
    await stage.until(lambda: stage.written)
    assert stage.written == [[1, 2]]
    assert stage.said == ["gathered", "written"]


async def test_the_end_writes_what_has_landed(stage, monkeypatch):
    monkeypatch.setattr(wire_module, "GATHER", 1000.0)
    stage.claim(1, 2)
    stage.end(1)
    assert (len(stage.wire), stage.written) == (1, [])
    (cut,) = stage.wire.cut()
    assert (stage.written, cut.row, stage.cancelled) == ([[1]], 2, [2])


async def test_a_landing_puts_what_takes_its_place_on_the_wire_at_once(stage):
    stage.lane.concurrency = 1
    stage.claim(1, 2, 3)
    for row in (1, 2, 3):
        assert list(stage.ends) == [row]
        stage.end(row)
    await stage.until(lambda: sum(map(len, stage.written)) == 3)


async def test_an_attempt_that_cannot_begin_fails_alone(stage, monkeypatch, caplog):
    def broken(queued, webhook, deadline, ended):
        if queued.record.row == 1:
            raise LookupError("https://example.com/secret")
        return begin(queued, webhook, deadline, ended)

    begin = stage.begin
    monkeypatch.setattr(stage, "begin", broken)
    stage.claim(1, 2)
    assert 1 in stage.wire, "it ends in a later turn, as others do"
    await stage.until(lambda: 1 not in stage.wire)
    assert list(stage.ends) == [2]
    assert "LookupError" in caplog.text
    assert "secret" not in caplog.text
