"""Attempts begin as slots are free; outcomes that come close together are written as one."""

import asyncio

import pytest

from daemon.delivery.scheduler import dispatcher as dispatcher_module
from daemon.delivery.scheduler.claim_slots import ClaimSlots, DeliveryLimits
from daemon.delivery.scheduler.dispatcher import Dispatcher
from daemon.domain.deliveries.outcome import Outcome
from daemon.domain.webhooks.config import RetryPolicy, WebhookConfig
from daemon.store.commands.outcome import RecordOutcomes
from daemon.store.records import DeliveryRecord, QueuedDelivery, WebhookRecord
from daemon.util.clock import SystemClock


class Stage:
    """A dispatcher whose attempts end when the test says so, and whose commands it sees."""

    def __init__(self, concurrency=8, claims=8):
        config = WebhookConfig(
            "hook", "https://example.com/", ("scan.*",), retry=RetryPolicy(concurrency=concurrency)
        )
        webhook = WebhookRecord(1, "wh_1", config, "example.com/", 1, 1, 0, 0)
        self.commands = []
        self.ends = {}
        self.cancelled = []
        self.claim_slots = ClaimSlots(claims, claims)
        self.dispatcher = Dispatcher(
            owner="in_test",
            writer=self,
            backlog=None,
            attempts=self,
            webhook_of=lambda _: webhook,
            clock=SystemClock(),
            claim_slots=self.claim_slots,
            limits=DeliveryLimits(),
        )
        self.dispatcher.start()
        self.dispatcher.apply_webhook(webhook, empty=True)

    def post(self, command, _done):
        self.commands.append(command)

    async def submit(self, _command):
        return []

    def begin(self, queued, _webhook, _deadline, ended):
        self.ends[queued.record.row] = ended
        return lambda: self.cancelled.append(queued.record.row)

    def end(self, *rows):
        for row in rows:
            self.ends.pop(row)(Outcome(0, 1), None)

    def add(self, *rows, claimed=True):
        for row in rows:
            record = DeliveryRecord(
                row, f"d{row}", row, f"e{row}", "scan.completed", 1, "", "", 0, in_flight=claimed
            )
            if claimed:
                assert self.claim_slots.take(1)
            self.dispatcher.add(QueuedDelivery(record, b"{}"))

    @property
    def written(self):
        return [
            [result.queued.record.row for result in command._ended]
            for command in self.commands
            if isinstance(command, RecordOutcomes)
        ]

    async def until(self, condition):
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0)


@pytest.fixture
async def make_stage():
    """A function that makes a stage; each is stopped in the end."""
    made = []

    def make(**limits):
        made.append(Stage(**limits))
        return made[-1]

    yield make
    for stage in made:
        await stage.dispatcher.stop(0)


async def test_a_lone_outcome_does_not_wait(make_stage, monkeypatch):
    monkeypatch.setattr(dispatcher_module, "GATHER", 1000.0)
    stage = make_stage()
    stage.add(1)
    stage.end(1)
    await stage.until(lambda: stage.written)
    assert stage.written == [[1]]


async def test_outcomes_beside_others_are_written_together_after_their_slots_are_claimed(
    make_stage,
):
    stage = make_stage(claims=3)
    stage.add(1, 2, 3)
    stage.add(4, claimed=False)
    stage.end(1, 2)
    await stage.until(lambda: stage.written)
    assert stage.written == [[1, 2]]
    assert [type(command).__name__ for command in stage.commands] == ["Claim", "RecordOutcomes"]


async def test_a_stop_writes_what_has_ended_and_cuts_the_rest(make_stage, monkeypatch):
    monkeypatch.setattr(dispatcher_module, "GATHER", 1000.0)
    stage = make_stage()
    stage.add(1, 2)
    stage.end(1)
    assert (stage.dispatcher.in_flight, stage.written) == (1, [])
    await stage.dispatcher.stop(0)
    assert (stage.written, stage.cancelled) == ([[1]], [2])
    assert type(stage.commands[-1]).__name__ == "Interrupt"


async def test_an_end_lets_the_next_attempt_begin_at_once(make_stage):
    stage = make_stage(concurrency=2)
    stage.add(1, 2, 3, 4)
    for row in (1, 2, 3, 4):
        assert row in stage.ends
        assert len(stage.ends) == min(2, 5 - row)
        stage.end(row)
    await stage.until(lambda: sum(map(len, stage.written)) == 4)


async def test_an_attempt_that_cannot_begin_fails_alone(make_stage, monkeypatch, caplog):
    def broken(queued, webhook, deadline, ended):
        if queued.record.row == 1:
            raise LookupError("https://example.com/secret")
        return begin(queued, webhook, deadline, ended)

    stage = make_stage()
    begin = stage.begin
    monkeypatch.setattr(stage, "begin", broken)
    stage.add(1, 2)
    assert stage.dispatcher.in_flight == 2, "it ends in a later turn, as others do"
    await stage.until(lambda: stage.dispatcher.in_flight == 1)
    assert list(stage.ends) == [2]
    assert "LookupError" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("schedule", "own", "longest"),
    [
        ((), None, 60.0),  # a single try waits for what the receiver asks, at the most
        ((2.0, 4.0), None, 60.0),
        ((), (), 60.0),
        ((2.0, 4.0), (7200.0, 1.0), 7200.0),  # the webhook's own schedule goes before the settings
    ],
)
def test_the_longest_wait(schedule, own, longest):
    limits = DeliveryLimits(schedule=schedule, retry_after_max=60.0)
    assert limits.longest_wait(own) == longest
