"""A disk that gives errors: the daemon stops with 1, leaves the file alone, and nothing is lost."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash import disk
from tests.crash.verdict import Deaths, judge
from tests.harness.daemon import ROOT, until

compiled = pytest.mark.skipif(disk.compiler is None, reason="no C compiler")


def digests(home):
    """What the database and its log are at this moment."""
    return [
        hashlib.sha256((home / name).read_bytes()).hexdigest()
        for name in ("corgea.db", "corgea.db-wal")
    ]


@compiled
@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", ["sync", "write", "shut"])
def test_an_error_stops_the_daemon_and_loses_nothing(home, rig, fault):
    switch = home / "fault"
    rig.daemon.extra_env = {"LD_PRELOAD": str(disk.build(home)), "DISK_FAULT": str(switch)}
    rig.daemon.start()
    rig.make_webhooks()
    rig.allow(150)
    until(lambda: rig.acknowledged.value >= 100)
    switch.write_text(fault)
    rig.allow(100)
    assert rig.daemon.wait(30) == 1
    said = rig.daemon.log()
    assert "the store failed" in said
    assert "Traceback" not in said
    assert (home / "corgea.db-wal").stat().st_size > 0, "the log was closed over an error"
    switch.unlink()
    verdict = judge(rig, Deaths(random=1), 0, 30)
    assert verdict.sound, verdict.markdown()
    assert verdict.acknowledged == 400


@compiled
def test_after_an_error_nothing_more_is_written(home, rig):
    """A log of every write shows that the last one came before the error was told."""
    log, switch = home / "disk.log", home / "fault"
    rig.daemon.extra_env = {
        "LD_PRELOAD": str(disk.build(home)),
        "DISK_FAULT": str(switch),
        "DISK_LOG": str(log),
    }
    rig.daemon.start()
    rig.make_webhooks()
    switch.write_text("sync")
    rig.allow(50)
    until(lambda: "the store failed" in rig.daemon.log())
    written, then = log.stat().st_size, digests(home)
    assert rig.daemon.wait(30) == 1
    assert (log.stat().st_size, digests(home)) == (written, then)


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace")
@pytest.mark.timeout(120)
def test_an_error_of_fsync_as_the_kernel_would_give_it(rig):
    rig.daemon.start()
    rig.make_webhooks()
    rig.allow(50)
    until(lambda: rig.acknowledged.value == 50)
    inject = ("-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO")
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", "/dev/null", *inject, "-p", str(rig.daemon.pid)],
        stderr=subprocess.PIPE,
    )
    try:
        status = Path(f"/proc/{rig.daemon.pid}/status")
        until(lambda: tracer.poll() is not None or "TracerPid:\t0" not in status.read_text())
        if tracer.poll() is not None:
            pytest.skip(f"strace cannot attach here: {tracer.stderr.read().decode()}")
        rig.allow(50)
        assert rig.daemon.wait(30) == 1
    finally:
        tracer.kill()
        tracer.communicate()
    assert "the store failed" in rig.daemon.log()
    verdict = judge(rig, Deaths(random=1), 0, 30)
    assert verdict.sound, verdict.markdown()


def test_a_file_that_is_not_a_database_is_not_touched(home, daemon):
    (home / "corgea.db").write_bytes(b"not a database at all, but another file" * 200)
    before = (home / "corgea.db").read_bytes()
    daemon.spawn()
    assert daemon.wait() == 1
    assert "is not a database" in daemon.log()
    assert "Traceback" not in daemon.log()
    assert (home / "corgea.db").read_bytes() == before


def test_a_home_on_a_disk_that_cannot_be_written(home, daemon):
    daemon.start()
    assert daemon.stop() == 0
    subprocess.run(["mount", "--bind", home, home], check=False, capture_output=True)
    shut = subprocess.run(
        ["mount", "-o", "remount,ro,bind", home], check=False, capture_output=True
    )
    try:
        if shut.returncode:
            pytest.skip("no right to mount a file system")
        done = subprocess.run(
            [sys.executable, *daemon.program, "run"],
            env={"CORGEA_HOME": str(home), "PATH": "/usr/bin:/bin"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        subprocess.run(["umount", home], check=False, capture_output=True)
    assert done.returncode == 1
    assert "make it writable for this user" in done.stderr
    assert "Traceback" not in done.stderr
