"""One holder at a time, known by its process id, gone when it is gone."""

import os
import subprocess
import sys

import pytest

from daemon.protocol.paths import PathProblem
from daemon.runtime.lock import Lock, LockHeld, holder

HOLD = """
import sys, pathlib
from daemon.runtime.lock import Lock
lock = Lock.take(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "corgea.lock"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"held\n"
    yield path, process
    process.communicate()


def test_a_second_holder_learns_who_the_first_is(other):
    path, process = other
    with pytest.raises(LockHeld) as caught:
        Lock.take(path)
    assert caught.value.pid == process.pid
    assert f"process {process.pid} holds {path}" in str(caught.value)
    assert "corgea-daemon stop" in str(caught.value)
    assert holder(path) == process.pid


def test_a_killed_holder_holds_nothing(other):
    path, process = other
    process.kill()
    process.wait()
    assert holder(path) is None
    with Lock.take(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_a_released_lock_can_be_taken_again(tmp_path):
    path = tmp_path / "lock"
    lock = Lock.take(path)
    assert holder(path) == os.getpid()
    lock.release()
    lock.release()
    Lock.take(path).release()
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_lock_is_not_passed_on_to_programs_that_are_started(tmp_path):
    path = tmp_path / "lock"
    with Lock.take(path):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        assert holder(path) is None
    finally:
        child.kill()
        child.wait()


def test_a_lock_file_that_does_not_exist_has_no_holder(tmp_path):
    assert holder(tmp_path / "none") is None


def test_a_path_that_cannot_be_written_says_what_to_do(tmp_path):
    with pytest.raises(PathProblem, match=r"cannot write .*CORGEA_HOME"):
        Lock.take(tmp_path / "missing" / "lock")
