"""What the simulation found, each as a history short enough to read."""

import asyncio
from unittest import mock

import pytest

from daemon.protocol.refusal import Refusal
from daemon.store.commands.jobs import NewJob, RetryStep, StartJob
from daemon.store.commands.prune import Prune
from daemon.store.queries import pages
from daemon.store.queries.cursors import CursorPosition
from daemon.util.tasks import Tasks
from tests.simulation.actions import ANN
from tests.simulation.sizes import narrow
from tests.simulation.stage import staged


def test_a_webhook_that_keeps_a_rate_waits_for_its_place_in_peace():
    """The timer was set to a start that was due long ago and could not be made: a busy loop."""
    with staged(per_webhook_concurrency=1) as stage:
        stage.world.receivers.moods["slow.example.com"] = "hanging"

        async def scene(life):
            await stage.webhook(life, "slow", retry={"rate": 10.0, "schedule": []})
            await stage.emit(life, times=5)
            await asyncio.sleep(20.0)

        stage.live(scene)


def test_lanes_take_turns_for_the_wire():
    """Whoever landed went first again, then whoever was made first; the last one starved."""
    with staged(concurrency=4, per_webhook_concurrency=2, schedule=(), pause_after=1000) as stage:
        for name in ("dead1", "dead2"):
            stage.world.receivers.moods[f"{name}.example.com"] = "hanging"

        async def scene(life):
            for name in ("dead1", "dead2"):
                await stage.webhook(life, name, events=["scan.completed"])
            await stage.webhook(life, "well", events=["user.login"])
            await stage.emit(life, times=40)
            for n in range(5):
                await stage.emit(life, event_type="user.login")
                await asyncio.sleep(20.0)
                assert len(stage.arrivals("well")) == n + 1

        stage.live(scene)


def test_nothing_goes_out_once_a_pause_has_been_told():
    """An attempt asked whether it may when it was put in line, not when its turn came."""
    with staged() as stage:

        async def scene(life):
            await stage.webhook(life, "hook")
            for _ in range(20):
                await asyncio.gather(stage.emit(life), life.service.webhooks.pause("hook", ANN))
                await life.service.webhooks.activate("hook", ANN)

        stage.live(scene)


def suspect(stage, **form):
    """A delivery that the daemon has died of twice; it waits for its third attempt."""

    async def scene(life):
        if life.world.lives == 1:
            await stage.webhook(life, "deadly", **form)
            await stage.emit(life)
        while True:
            await asyncio.sleep(1.0)

    for _ in range(2):
        stage.live(scene, dies="send.after")
    (uid,) = stage.world.witness.rows
    return uid


def test_a_suspect_keeps_its_schedule():
    """It went out again at once: three tries within a moment where the schedule says seconds."""
    with staged() as stage:
        stage.world.receivers.moods["deadly.example.com"] = "dead"
        uid = suspect(stage, retry={"schedule": [600.0]})

        async def scene(life):
            await asyncio.sleep(300.0)
            assert stage.record(uid).attempt == 3
            await asyncio.sleep(600.0)
            assert stage.record(uid).status == "failed"

        stage.live(scene)


def test_a_test_waits_for_a_suspect():
    """A test takes its place by force, and so flew beside what must be alone."""
    with staged() as stage:
        stage.world.receivers.moods["deadly.example.com"] = "slow"
        suspect(stage)

        async def scene(life):
            await stage.webhook(life, "hook")
            for _ in range(3):
                record = await stage.world.audited(life.service.webhooks.test("hook", ANN, b"{}"))
                assert record.status == "succeeded"

        stage.live(scene)


def test_a_suspect_whose_webhook_is_deleted_holds_nobody_up():
    """Its place in line was kept; nothing was claimed on arrival any more."""
    with staged() as stage:
        stage.world.receivers.moods["hook.example.com"] = "hanging"
        suspect(stage)

        async def scene(life):
            await stage.webhook(life, "hook", events=["user.login"])
            await stage.emit(life, event_type="user.login")
            await stage.world.audited(life.service.webhooks.delete("deadly", None, ANN))

        stage.live(scene)


def test_a_test_that_waits_for_the_wire_goes_out_though_its_webhook_is_paused():
    """It was given back with the other claims, and discarded."""
    with staged(concurrency=1) as stage:
        stage.world.receivers.moods["hook.example.com"] = "slow"

        async def scene(life):
            await stage.webhook(life, "hook")
            await stage.emit(life, times=3)
            test = asyncio.gather(
                stage.world.audited(life.service.webhooks.test("hook", ANN, b"{}"))
            )
            await asyncio.sleep(0.5)
            await life.service.webhooks.pause("hook", ANN)
            assert [record.status for record in await test] == ["succeeded"]

        stage.live(scene)


def test_what_was_claimed_when_its_webhook_paused_is_not_sent_after_it_is_activated():
    """Claims came back to a webhook that was active again, and waited to be sent."""
    with staged(concurrency=1) as stage:
        stage.world.receivers.moods["hook.example.com"] = "hanging"

        async def scene(life):
            await stage.webhook(life, "hook")
            uids = await stage.emit(life, times=2)
            service = life.service.webhooks
            await asyncio.gather(service.pause("hook", ANN), service.activate("hook", ANN))
            stage.world.receivers.moods["hook.example.com"] = "healthy"
            await asyncio.sleep(60.0)
            assert stage.record(uids[1]).status == "discarded"

        stage.live(scene)


def test_a_stop_right_after_an_event_is_no_death():
    """What had been claimed on arrival was told to a dispatcher that had stopped already."""
    for seed in range(20):
        with staged(seed) as stage:

            async def scene(life, stage=stage):
                await stage.webhook(life, "hook")
                tasks = Tasks()
                tasks.spawn(stage.emit(life, times=3), "events")
                await asyncio.sleep(0.001)

            stage.live(scene)


def test_no_number_is_given_twice():
    """After everything was pruned, the next start began again at 1: old jobs took new rows."""
    with staged() as stage:
        rows = []

        async def scene(life):
            if not rows:
                await stage.webhook(life, "hook")
            rows.append(stage.record((await stage.emit(life))[0]).row)
            await life.settled()
            stage.world.pruned = True
            await life.service.writer.submit(Prune(stage.world.time.now_ms()))

        stage.live(scene)
        stage.live(scene)
        assert rows == [1, 2]


def test_a_test_whose_webhook_is_deleted_is_not_sent_to_nowhere():
    """It went out to the empty address of a webhook that was gone."""
    with staged(concurrency=1) as stage:
        stage.world.receivers.moods["other.example.com"] = "hanging"

        async def scene(life):
            await stage.webhook(life, "other")
            await stage.emit(life)
            await stage.webhook(life, "hook")
            test = asyncio.gather(
                stage.world.audited(life.service.webhooks.test("hook", ANN, b"{}"))
            )
            await asyncio.sleep(0.5)
            await stage.world.audited(life.service.webhooks.delete("hook", None, ANN))
            with pytest.raises(Refusal, match="not sent: webhook deleted"):
                await test

        stage.live(scene)


def test_a_job_whose_deliveries_are_pruned_before_their_step_ends():
    """They counted as started and never ended."""
    with staged(schedule=()) as stage:
        stage.world.receivers.moods["hook.example.com"] = "dead"

        async def scene(life):
            await stage.webhook(life, "hook")
            await stage.emit(life, times=3)
            await life.settled()
            stage.world.pruned = True
            writer = life.service.writer
            start = StartJob(NewJob("retry", "status:failed", 3, 10**9), ANN, 0)
            row, _ = await stage.world.audited(writer.submit(start))
            await writer.submit(Prune(stage.world.time.now_ms()))
            step = RetryStep(row, [1, 2, 3], CursorPosition(0, 3), stage.world.time.now_ms())
            await writer.submit(step)

        stage.live(scene)


def test_what_waits_for_hours_does_not_hold_up_what_is_new():
    """The window was full of later tries: new events found no room in it for two hours."""
    with narrow(4), staged() as stage:
        stage.world.receivers.moods["hook.example.com"] = "dead"

        async def scene(life):
            await stage.webhook(life, "hook", retry={"schedule": [7200.0]})
            await stage.emit(life, times=10)
            await asyncio.sleep(60.0)
            stage.world.receivers.moods["hook.example.com"] = "healthy"
            (uid,) = await stage.emit(life)
            await asyncio.sleep(60.0)
            assert stage.record(uid).status == "succeeded"

        stage.live(scene)


def test_a_backlog_of_later_tries_is_not_read_again_and_again():
    """With nothing ready and more in the store, a lane was refilled twenty times a second."""
    with narrow(4), staged() as stage:
        stage.world.receivers.moods["hook.example.com"] = "dead"

        async def scene(life):
            await stage.webhook(life, "hook", retry={"schedule": [7200.0]})
            await stage.emit(life, times=10)
            await asyncio.sleep(60.0)
            with mock.patch.object(life.service.readers, "run") as read:
                await asyncio.sleep(3600.0)
            assert read.call_count == 0

        stage.live(scene)


def retried_in_vain(stage, text):
    """A minute in which a job goes over what failed, and cannot retry it."""

    async def scene(life):
        stage.world.receivers.moods["hook.example.com"] = "dead"
        await stage.webhook(life, "hook", retry={"schedule": []})
        await stage.emit(life, times=3)
        await life.settled()
        await life.service.webhooks.pause("hook", ANN)
        await stage.world.audited(
            life.jobs.start_retry(text=text, limit=None, rate=None, caller=ANN)
        )
        await asyncio.sleep(60.0)
        assert life.quiet

    return scene


def test_what_a_job_could_not_retry_is_not_counted_again_after_a_restart():
    """The last step left the job's place as it was, and what it refused had not changed."""
    with staged() as stage:
        stage.live(retried_in_vain(stage, "status:failed"), dies="job.step")


def test_a_job_with_words_goes_on_behind_a_page_without_a_match():
    """Its place was written with a match only: it looked at the same page for ever."""
    with staged() as stage, mock.patch.multiple(pages, LOOKED_AT=1, _STEP=1):
        stage.live(retried_in_vain(stage, "nowhere"))
