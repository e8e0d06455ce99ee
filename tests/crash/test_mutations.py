"""The checks find each mutation, and say the right thing about it."""

import time

import pytest

from tests.crash import disk
from tests.crash.campaign import run_campaign
from tests.crash.mutations import program
from tests.crash.rig import CrashRig
from tests.crash.verdict import Deaths, judge
from tests.harness.daemon import DAEMON


@pytest.mark.timeout(120)
def test_an_answer_before_the_commit_is_found(home):
    verdict = run_campaign(
        home,
        events=400,
        kills=8,
        seed=1,
        failpoints=["commit.before.AcceptEvents"],
        program=program("answer_before_commit"),
    )
    assert "acknowledged and not in the store" in verdict.violations, verdict.markdown()
    assert "acknowledged and never received" in verdict.violations


@pytest.mark.timeout(120)
def test_an_outcome_before_its_attempt_is_found(home):
    verdict = run_campaign(
        home,
        events=400,
        kills=8,
        seed=1,
        failpoints=["send.before"],
        program=program("outcome_before_attempt"),
    )
    assert "acknowledged and never received" in verdict.violations, verdict.markdown()
    assert "was never taken" in verdict.violations["history"][0]


def cut_the_power(home, program):
    """Three power cuts in the middle of the work; the verdict."""
    rig = CrashRig(home, events=300, seed=1, program=program)
    began = time.monotonic()
    try:
        log = home / "disk.log"
        rig.daemon.extra_env = {"LD_PRELOAD": str(disk.build(home)), "DISK_LOG": str(log)}
        for cut in range(3):
            rig.daemon.start()
            rig.make_webhooks()
            rig.allow(100)
            enough = rig.acknowledged.value + 60
            while rig.acknowledged.value < enough:
                time.sleep(0.005)
            rig.daemon.kill()
            disk.power_cut(home, log, seed=cut or None)
        rig.daemon.extra_env = {}
        return judge(rig, Deaths(random=3), began, 30)
    finally:
        rig.close()


@pytest.mark.skipif(disk.compiler is None, reason="no C compiler")
@pytest.mark.timeout(120)
def test_power_cuts_lose_nothing(home):
    verdict = cut_the_power(home, DAEMON)
    assert verdict.sound, verdict.markdown()


@pytest.mark.skipif(disk.compiler is None, reason="no C compiler")
@pytest.mark.timeout(120)
def test_commits_that_are_not_synced_are_found(home):
    verdict = cut_the_power(home, program("commits_without_sync"))
    assert "acknowledged and not in the store" in verdict.violations, verdict.markdown()
