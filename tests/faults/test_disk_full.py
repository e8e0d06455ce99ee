"""A full disk: 503 and nothing lost, what was on the wire is recorded, and over when there is room.

On a file system of its own where that can be mounted, as root; and behind a library that says
ENOSPC, where there is a compiler.
"""

import os
import subprocess
import time

import pytest

from tests.crash import disk
from tests.crash.rig import CrashRig
from tests.crash.verdict import Deaths, judge
from tests.harness.client import Refused
from tests.harness.daemon import until

EVENT = {"event_type": "scan.completed", "data": {"n": 1}}


@pytest.fixture
def small_disk(home):
    """A folder on a disk of 24 MiB, and a rig in it."""
    folder = home / "d"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no right to mount a file system")
    rig = CrashRig(folder, events=400, seed=1, logs=home)
    yield rig
    rig.close()
    subprocess.run(["umount", "-l", folder], check=True)


def fill(path):
    """Write until nothing more fits."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        for size in (65536, 4096, 1):
            try:
                while True:
                    os.write(fd, bytes(size))
            except OSError:
                continue
    finally:
        os.close(fd)


def refused(daemon):
    """The refusal of an event, once there is one."""
    found = []

    def told():
        try:
            daemon.submit(EVENT)
        except Refused as error:
            found.append(error)
        return found

    until(told)
    return found[0]


def problem(daemon):
    return daemon.call("GET", "/v1/daemon")["store"]["problem"]


@pytest.mark.timeout(120)
def test_a_full_disk_refuses_events_and_the_daemon_recovers(small_disk):
    rig = small_disk
    daemon = rig.daemon.start()
    rig.make_webhooks()
    rig.allow(200)
    until(lambda: rig.acknowledged.value >= 100)
    daemon.emit("user.login_failed", 2)  # on the wire for 0.6 s
    until(lambda: daemon.call("GET", "/v1/deliveries?webhook=hang&status=pending")["items"])
    fill(rig.home / "ballast")
    error = refused(daemon)
    assert (error.status, error.retry_after) == (503, "5")
    assert "the disk is full" in error.problem["detail"]
    assert "the disk is full" in problem(daemon)
    # Recorded although the disk is full: there is a reserve for what has happened.
    until(lambda: not daemon.queues()["in_flight"])
    hung = daemon.call("GET", "/v1/deliveries?webhook=hang")["items"]
    until(lambda: rig.daemon.call("GET", "/v1/deliveries?webhook=hang&status=failed")["total"] == 2)
    assert len(hung) == 2
    rig.allow(200)
    time.sleep(0.5)
    assert problem(daemon) is not None
    (rig.home / "ballast").unlink()
    until(lambda: problem(daemon) is None)
    rig.producer.join(30)
    daemon.kill()
    verdict = judge(rig, Deaths(random=1), 0, 30)
    assert verdict.sound, verdict.markdown()
    assert verdict.acknowledged == 400


@pytest.mark.skipif(disk.compiler is None, reason="no C compiler")
@pytest.mark.timeout(120)
def test_a_disk_that_is_full_for_a_while_loses_nothing(home, rig):
    switch = home / "fault"
    rig.daemon.extra_env = {"LD_PRELOAD": str(disk.build(home)), "DISK_FAULT": str(switch)}
    daemon = rig.daemon.start()
    rig.make_webhooks()
    rig.allow(100)
    for _ in range(3):
        until(lambda: rig.acknowledged.value >= rig.allowed.value - 50)
        switch.write_text("full")
        rig.allow(100)
        assert refused(daemon).status == 503
        switch.unlink()
        until(lambda: problem(daemon) is None)
    verdict = judge(rig, Deaths(), 0, 30, running=True)
    assert verdict.sound, verdict.markdown()


@pytest.mark.skipif(disk.compiler is None, reason="no C compiler")
def test_a_daemon_starts_on_a_full_disk_and_waits_for_room(home, daemon):
    switch = home / "fault"
    daemon.start()
    daemon.kill()
    daemon.extra_env = {"LD_PRELOAD": str(disk.build(home)), "DISK_FAULT": str(switch)}
    switch.write_text("full")
    daemon.start()
    large = {"event_type": "scan.completed", "data": {"filler": "x" * 200_000}}
    with pytest.raises(Refused, match="the disk is full"):
        daemon.submit(large)
    switch.unlink()
    until(lambda: problem(daemon) is None)
    assert daemon.submit(large)["event_id"]
    assert daemon.stop() == 0


@pytest.mark.skipif(disk.compiler is None, reason="no C compiler")
def test_a_store_that_cannot_be_created_is_reported(home, daemon):
    (home / "fault").write_text("full")
    daemon.extra_env = {"LD_PRELOAD": str(disk.build(home)), "DISK_FAULT": str(home / "fault")}
    daemon.spawn()
    assert daemon.wait() == 1
    assert "disk is full" in daemon.log()
    assert "Traceback" not in daemon.log()
