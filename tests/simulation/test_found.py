"""Faults that the simulation found, each as a scenario short enough to read."""

import asyncio
from unittest import mock

import pytest

from daemon.protocol.refusal import Refusal
from daemon.store.commands.jobs import NewJob, RetryStep, StartJob
from daemon.store.commands.prune import Prune
from daemon.store.queries import pages
from daemon.store.queries.cursors import CursorPosition
from daemon.util.tasks import Tasks
from tests.simulation.scenario import new_scenario
from tests.simulation.workload import ANN
from tests.simulation.world import narrow


def test_a_webhook_with_a_rate_and_no_free_slot_waits_without_spinning():
    """The timer was set to a start that was overdue and could not be made: a busy loop."""
    with new_scenario(per_webhook_concurrency=1) as scenario:
        scenario.world.receivers.behaviours["slow.example.com"] = "hanging"

        async def script(daemon):
            await scenario.webhook(daemon, "slow", retry={"rate": 10.0, "schedule": []})
            await scenario.emit(daemon, times=5)
            await asyncio.sleep(20.0)

        scenario.run(script)


def test_webhooks_take_turns_for_free_slots():
    """The webhook whose attempt had just ended went first again; the last one starved."""
    with new_scenario(
        concurrency=4, per_webhook_concurrency=2, schedule=(), pause_after=1000
    ) as scenario:
        for name in ("dead1", "dead2"):
            scenario.world.receivers.behaviours[f"{name}.example.com"] = "hanging"

        async def script(daemon):
            for name in ("dead1", "dead2"):
                await scenario.webhook(daemon, name, events=["scan.completed"])
            await scenario.webhook(daemon, "well", events=["user.login"])
            await scenario.emit(daemon, times=40)
            for n in range(5):
                await scenario.emit(daemon, event_type="user.login")
                await asyncio.sleep(20.0)
                assert len(scenario.arrivals("well")) == n + 1

        scenario.run(script)


def test_nothing_is_sent_once_a_pause_is_answered():
    """An attempt audited_calls whether it may when it was put in line, not when its turn came."""
    with new_scenario() as scenario:

        async def script(daemon):
            await scenario.webhook(daemon, "hook")
            for _ in range(20):
                await asyncio.gather(
                    scenario.emit(daemon), daemon.service.webhooks.pause("hook", ANN)
                )
                await daemon.service.webhooks.activate("hook", ANN)

        scenario.run(script)


def suspect(scenario, **form):
    """A delivery that the daemon has died of twice; it waits for its third attempt."""

    async def script(daemon):
        if daemon.world.starts == 1:
            await scenario.webhook(daemon, "deadly", **form)
            await scenario.emit(daemon)
        while True:
            await asyncio.sleep(1.0)

    for _ in range(2):
        scenario.run(script, crash_at="send.after")
    (uid,) = scenario.world.oracle.rows
    return uid


def test_a_suspect_keeps_its_schedule():
    """It was sent again at once: three attempts within a moment, the schedule says minutes."""
    with new_scenario() as scenario:
        scenario.world.receivers.behaviours["deadly.example.com"] = "dead"
        uid = suspect(scenario, retry={"schedule": [600.0]})

        async def script(daemon):
            await asyncio.sleep(300.0)
            assert scenario.record(uid).attempt == 3
            await asyncio.sleep(600.0)
            assert scenario.record(uid).status == "failed"

        scenario.run(script)


def test_a_test_waits_for_a_suspect():
    """A test needs no free slot, and so it was sent beside what must be alone."""
    with new_scenario() as scenario:
        scenario.world.receivers.behaviours["deadly.example.com"] = "slow"
        suspect(scenario)

        async def script(daemon):
            await scenario.webhook(daemon, "hook")
            for _ in range(3):
                record = await scenario.world.audited(
                    daemon.service.webhooks.test("hook", ANN, b"{}")
                )
                assert record.status == "succeeded"

        scenario.run(script)


def test_a_suspect_whose_webhook_is_deleted_blocks_no_other():
    """Its slot was kept; nothing was claimed on arrival any more."""
    with new_scenario() as scenario:
        scenario.world.receivers.behaviours["hook.example.com"] = "hanging"
        suspect(scenario)

        async def script(daemon):
            await scenario.webhook(daemon, "hook", events=["user.login"])
            await scenario.emit(daemon, event_type="user.login")
            await scenario.world.audited(daemon.service.webhooks.delete("deadly", None, ANN))

        scenario.run(script)


def test_a_test_that_waits_for_a_slot_is_sent_though_its_webhook_is_paused():
    """It was released with the other claims, and discarded."""
    with new_scenario(concurrency=1) as scenario:
        scenario.world.receivers.behaviours["hook.example.com"] = "slow"

        async def script(daemon):
            await scenario.webhook(daemon, "hook")
            await scenario.emit(daemon, times=3)
            test = asyncio.gather(
                scenario.world.audited(daemon.service.webhooks.test("hook", ANN, b"{}"))
            )
            await asyncio.sleep(0.5)
            await daemon.service.webhooks.pause("hook", ANN)
            assert [record.status for record in await test] == ["succeeded"]

        scenario.run(script)


def test_what_was_claimed_when_its_webhook_paused_is_not_sent_after_it_is_activated():
    """Released claims found the webhook active again, and waited to be sent."""
    with new_scenario(concurrency=1) as scenario:
        scenario.world.receivers.behaviours["hook.example.com"] = "hanging"

        async def script(daemon):
            await scenario.webhook(daemon, "hook")
            uids = await scenario.emit(daemon, times=2)
            service = daemon.service.webhooks
            await asyncio.gather(service.pause("hook", ANN), service.activate("hook", ANN))
            scenario.world.receivers.behaviours["hook.example.com"] = "healthy"
            await asyncio.sleep(60.0)
            assert scenario.record(uids[1]).status == "discarded"

        scenario.run(script)


def test_a_stop_right_after_an_event_interrupts_no_attempt():
    """What had been claimed on arrival was given to a dispatcher that had stopped already."""
    for seed in range(20):
        with new_scenario(seed) as scenario:

            async def script(daemon, scenario=scenario):
                await scenario.webhook(daemon, "hook")
                tasks = Tasks()
                tasks.spawn(scenario.emit(daemon, times=3), "events")
                await asyncio.sleep(0.001)

            scenario.run(script)


def test_no_number_is_given_twice():
    """After everything was pruned, the next start began again at 1: old jobs took new rows."""
    with new_scenario() as scenario:
        rows = []

        async def script(daemon):
            if not rows:
                await scenario.webhook(daemon, "hook")
            rows.append(scenario.record((await scenario.emit(daemon))[0]).row)
            await daemon.settled()
            scenario.world.pruned = True
            await daemon.service.writer.submit(Prune(scenario.world.time.now_ms()))

        scenario.run(script)
        scenario.run(script)
        assert rows == [1, 2]


def test_a_test_whose_webhook_is_deleted_is_not_sent():
    """It was sent to the empty address of the deleted webhook."""
    with new_scenario(concurrency=1) as scenario:
        scenario.world.receivers.behaviours["other.example.com"] = "hanging"

        async def script(daemon):
            await scenario.webhook(daemon, "other")
            await scenario.emit(daemon)
            await scenario.webhook(daemon, "hook")
            test = asyncio.gather(
                scenario.world.audited(daemon.service.webhooks.test("hook", ANN, b"{}"))
            )
            await asyncio.sleep(0.5)
            await scenario.world.audited(daemon.service.webhooks.delete("hook", None, ANN))
            with pytest.raises(Refusal, match="not sent: webhook deleted"):
                await test

        scenario.run(script)


def test_a_job_whose_deliveries_are_pruned_before_their_step_ends():
    """They counted as started and never ended."""
    with new_scenario(schedule=()) as scenario:
        scenario.world.receivers.behaviours["hook.example.com"] = "dead"

        async def script(daemon):
            await scenario.webhook(daemon, "hook")
            await scenario.emit(daemon, times=3)
            await daemon.settled()
            scenario.world.pruned = True
            writer = daemon.service.writer
            start = StartJob(NewJob("retry", "status:failed", 3, 10**9), ANN, 0)
            row, _ = await scenario.world.audited(writer.submit(start))
            await writer.submit(Prune(scenario.world.time.now_ms()))
            step = RetryStep(row, [1, 2, 3], CursorPosition(0, 3), scenario.world.time.now_ms())
            await writer.submit(step)

        scenario.run(script)


def test_what_waits_for_hours_does_not_hold_up_what_is_new():
    """The window was full of later attempts: new events found no room in it for two hours."""
    with narrow(4), new_scenario() as scenario:
        scenario.world.receivers.behaviours["hook.example.com"] = "dead"

        async def script(daemon):
            await scenario.webhook(daemon, "hook", retry={"schedule": [7200.0]})
            await scenario.emit(daemon, times=10)
            await asyncio.sleep(60.0)
            scenario.world.receivers.behaviours["hook.example.com"] = "healthy"
            (uid,) = await scenario.emit(daemon)
            await asyncio.sleep(60.0)
            assert scenario.record(uid).status == "succeeded"

        scenario.run(script)


def test_a_backlog_of_later_tries_is_not_read_again_and_again():
    """With nothing ready and more in the store, a lane was refilled twenty times a second."""
    with narrow(4), new_scenario() as scenario:
        scenario.world.receivers.behaviours["hook.example.com"] = "dead"

        async def script(daemon):
            await scenario.webhook(daemon, "hook", retry={"schedule": [7200.0]})
            await scenario.emit(daemon, times=10)
            await asyncio.sleep(60.0)
            with mock.patch.object(daemon.service.readers, "run") as read:
                await asyncio.sleep(3600.0)
            assert read.call_count == 0

        scenario.run(script)


def retry_of_a_paused_webhook(scenario, text):
    """A minute in which a job goes over what failed, and cannot retry it."""

    async def script(daemon):
        scenario.world.receivers.behaviours["hook.example.com"] = "dead"
        await scenario.webhook(daemon, "hook", retry={"schedule": []})
        await scenario.emit(daemon, times=3)
        await daemon.settled()
        await daemon.service.webhooks.pause("hook", ANN)
        await scenario.world.audited(
            daemon.jobs.start_retry(text=text, limit=None, rate=None, caller=ANN)
        )
        await asyncio.sleep(60.0)
        assert daemon.quiet

    return script


def test_what_a_job_could_not_retry_is_not_counted_again_after_a_restart():
    """The last step did not move the job's position, and what it refused had not changed."""
    with new_scenario() as scenario:
        scenario.run(retry_of_a_paused_webhook(scenario, "status:failed"), crash_at="job.step")


def test_a_job_with_words_goes_on_behind_a_page_without_a_match():
    """Its position was saved with a match only: it read the same page again and again."""
    with new_scenario() as scenario, mock.patch.multiple(pages, ROWS_READ=1, _STEP=1):
        scenario.run(retry_of_a_paused_webhook(scenario, "nowhere"))
