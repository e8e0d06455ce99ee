"""A delivery counts once, for the job that started it, also when it is retried otherwise."""

import asyncio

import pytest_asyncio

from daemon.services.jobs import JobService
from daemon.store.commands.jobs import NewJob, RetryStep, StartJob
from daemon.store.database import connection_of
from daemon.store.queries.cursors import CursorPosition
from tests.harness.receiver import accept_after, fail
from tests.harness.rig import ADMIN


@pytest_asyncio.fixture
async def failing(rig):
    """A webhook with three deliveries that failed."""
    rig.receiver.answer = fail
    await rig.restart(schedule=())
    await rig.webhook(retry={"concurrency": 1})
    for _ in range(3):
        await rig.emit()
    await rig.settled()
    return rig


@pytest_asyncio.fixture
async def jobs(failing):
    service = failing.service
    made = JobService(
        writer=service.writer,
        readers=service.readers,
        registry=service.registry,
        clock=service.clock,
    )
    service.commit_handlers.job_changed = made.changed
    yield made
    await made.close()


def numbers(rig):
    return (
        connection_of(rig.service.db)
        .execute("SELECT state, started, succeeded, failed FROM jobs ORDER BY id")
        .fetchall()
    )


async def test_a_retry_by_hand_is_no_longer_the_jobs(failing, jobs):
    await jobs.start_retry(text="status:failed", limit=None, rate=None, caller=ADMIN)
    await failing.until(lambda: numbers(failing) == [("done", 3, 0, 3)])
    await failing.service.webhooks.retry(failing.deliveries()[0].uid, ADMIN)
    await failing.settled()
    assert numbers(failing) == [("done", 3, 0, 3)]


async def test_a_second_job_takes_nothing_from_one_that_runs(failing, jobs):
    gate = asyncio.Event()
    failing.receiver.answer = accept_after(gate)
    await jobs.start_retry(text="status:failed", limit=None, rate=None, caller=ADMIN)
    await failing.until(lambda: numbers(failing)[0][1] == 3)
    # The second job's step was chosen from a store in which they still stood as failed.
    writer, now = failing.service.writer, failing.service.clock.now_ms()
    rows = [record.row for record in failing.deliveries()]
    second, _ = await writer.submit(StartJob(NewJob("retry", "", 3, rows[-1]), ADMIN, now))
    await writer.submit(RetryStep(second, rows, CursorPosition(now, rows[-1]), now))
    gate.set()
    await failing.until(lambda: numbers(failing)[0] == ("done", 3, 3, 0))
    assert numbers(failing)[1] == ("running", 3, 0, 3)
