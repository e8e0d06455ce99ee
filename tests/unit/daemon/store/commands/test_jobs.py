import pytest

from daemon.store.commands.jobs import EndJob, NewJob, ReplayStep, RetryStep, StartJob
from daemon.store.commands.webhooks import PauseWebhook
from daemon.store.errors import NotFound, WrongState
from daemon.store.facts import JobChanged, Waiting
from daemon.store.queries import jobs
from daemon.store.queries.cursors import CursorPosition
from tests.unit.daemon.store.commands.conftest import ANN, NOW, SUCCEEDED

HERE = CursorPosition(NOW, 2)


def start(store, kind="retry", **more):
    return store.apply(StartJob(NewJob(kind, "status:failed", 2, 99, **more), ANN, NOW))[0]


def job(store, row):
    return jobs.by_rows(store.db, [row])[0][1]


@pytest.fixture
def failed(store):
    store.webhook()
    return [store.fail_for_good(), store.fail_for_good()]


def test_a_started_job_is_published(store, failed):
    row = start(store, most=5, rate=2.5)
    changed = store.published(JobChanged)
    assert [fact.job for fact in changed] == [job(store, row)]
    running = jobs.running_job(store.db, row)
    assert (running.row, running.filter, running.most, running.rate) == (
        row,
        "status:failed",
        5,
        2.5,
    )
    assert running.cursor is None


def test_a_step_retries_counts_and_remembers_its_position(store, failed):
    row = start(store)
    assert store.apply(RetryStep(row, [*failed, 77], HERE, NOW))
    assert [store.delivery(each).job for each in failed] == [row, row]
    running = jobs.running_job(store.db, row)
    assert (running.started, running.failed, running.cursor) == (3, 1, HERE)
    assert len(store.published(Waiting)) == 2
    store.end(store.claim(failed[0]), SUCCEEDED)
    assert job(store, row).succeeded == 1


def test_what_was_retried_by_other_means_is_not_retried_again(store, failed):
    one, other = start(store), start(store)
    store.apply(RetryStep(one, failed, HERE, NOW))
    assert store.apply(RetryStep(other, failed, HERE, NOW))
    assert {store.delivery(each).job for each in failed} == {one}
    assert jobs.running_job(store.db, other).failed == 2


def test_a_replay_makes_new_deliveries(store, failed):
    row = start(store, "replay", webhook=1)
    assert store.apply(ReplayStep(row, failed, HERE, NOW))
    new = store.delivery(3)
    assert (new.kind, new.status, new.job) == ("replay", "pending", row)
    assert new.event_id == store.delivery(failed[0]).event_id
    assert store.delivery(failed[0]).status == "failed"


def test_a_replay_ends_when_its_webhook_is_paused(store, failed):
    row = start(store, "replay", webhook=1)
    store.apply(PauseWebhook(store.memory.webhooks[1].uid, ANN, NOW))
    assert not store.apply(ReplayStep(row, failed, HERE, NOW))
    assert (job(store, row).state, job(store, row).error) == (
        "failed",
        "stopped: the webhook is paused: by ann",
    )


def test_a_cancelled_job_starts_no_more_and_ends_once(store, failed):
    row = start(store)
    store.apply(EndJob(row, "cancelled", NOW, ANN))
    assert not store.apply(RetryStep(row, failed, HERE, NOW))
    with pytest.raises(WrongState, match=r"has ended already \(cancelled\)"):
        store.apply(EndJob(row, "cancelled", NOW, ANN))
    store.apply(EndJob(row, "done", NOW))
    assert job(store, row).state == "cancelled"
    with pytest.raises(NotFound):
        store.apply(EndJob(99, "done", NOW))
