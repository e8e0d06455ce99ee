"""Another program holds the database: 503 with words, nothing lost, and over when it lets go."""

import sqlite3
from contextlib import closing, contextmanager

import pytest

from tests.crash.verdict import Deaths, judge
from tests.harness.client import Refused
from tests.harness.daemon import until

EVENT = {"event_type": "scan.completed", "data": {"n": 1}}


@contextmanager
def held(path):
    """Lock the database, as another program does that has begun a transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.mark.timeout(120)
def test_a_locked_database_refuses_events_and_loses_nothing(rig):
    daemon = rig.daemon.start()
    rig.make_webhooks()
    rig.allow(150)
    until(lambda: rig.acknowledged.value >= 100)
    with held(daemon.database):
        rig.allow(100)
        with pytest.raises(Refused) as refused:
            daemon.submit(EVENT)
        assert (refused.value.status, refused.value.retry_after) == (503, "1")
        assert "another program has locked the database" in refused.value.problem["detail"]
        # Reading goes on meanwhile.
        assert daemon.call("GET", "/v1/deliveries")["items"]
    verdict = judge(rig, Deaths(), 0, 30, running=True)
    assert verdict.sound, verdict.markdown()
    assert verdict.interrupted == 0


def test_a_start_waits_for_a_locked_database(daemon):
    daemon.start()
    daemon.kill()
    with held(daemon.database):
        daemon.spawn()
        until(lambda: "locked" in daemon.log() or daemon.exit_code is not None)
        assert daemon.exit_code is None, daemon.log()
    assert daemon.wait_ready()
    assert daemon.stop() == 0
