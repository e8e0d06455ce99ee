"""What prevents a start is told in a line, with 1, and changes nothing."""

import os
import pwd
import shutil
import subprocess
import sys

import pytest

from tests.harness.daemon import ROOT, until

NOBODY = pwd.getpwnam("nobody")


AS_NOBODY = f"""
import os, sys
import daemon.cli.serve, daemon.runtime.serve, encodings.idna
from daemon.__main__ import main
os.setgroups([]); os.setgid({NOBODY.pw_gid}); os.setuid({NOBODY.pw_uid})
main()
"""
"""Imports come first: another user may not be allowed to read the interpreter's files."""


def run(home, *program):
    """A start that is expected to fail."""
    return subprocess.run(
        [sys.executable, *(program or ("-m", "daemon")), "run"],
        env={**os.environ, "CORGEA_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def told(done):
    """The one line on stderr."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if " info " not in line]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_second_daemon_names_the_first_and_leaves_it_alone(daemon):
    daemon.start()
    assert f"process {daemon.pid} holds" in told(run(daemon.home))
    assert daemon.queues()["waiting"] == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="takes another user")
def test_a_home_of_another_user(home):
    home.chmod(0o755)
    line = told(run(home, "-c", AS_NOBODY))
    assert "make it writable for this user" in line


@pytest.mark.skipif(os.geteuid() != 0, reason="takes another user")
def test_a_database_of_another_user(home, daemon):
    daemon.start()
    daemon.stop()
    home.chmod(0o777)
    (home / "run").chmod(0o777)
    line = told(run(home, "-c", AS_NOBODY))
    assert str(home) in line


def test_a_home_whose_name_is_not_utf_8(home):
    line = told(run(home / os.fsdecode(b"\xff")))
    assert "is not UTF-8" in line


def test_a_missing_key_file_is_reported(daemon):
    daemon.start()
    form = {"name": "a", "url": "https://a.example.com/", "events": ["scan.*"], "secret": "s" * 32}
    daemon.call("POST", "/v1/webhooks", form)
    daemon.stop()
    (daemon.home / "corgea.key").unlink()
    line = told(run(daemon.home))
    assert "corgea.key" in line
    assert not (daemon.home / "corgea.key").exists(), "a new key would open nothing"


def test_files_that_break_while_running_or_between_change_nothing(daemon):
    """A broken file leaves in effect what was, also over a death; its error is shown."""
    file = daemon.home / "webhooks.d" / "a.toml"
    file.parent.mkdir()
    sound = '[[webhook]]\nname = "a"\nurl = "https://a.example.com/"\nevents = ["scan.*"]\n'
    file.write_text(sound)
    daemon.start()
    before = daemon.call("GET", "/v1/webhooks/a")
    file.write_text('[[webhook]]\nname = "a"\nurl = 7\n')
    until(lambda: daemon.call("GET", "/v1/daemon")["settings_errors"])
    daemon.kill()
    daemon.start()
    assert daemon.call("GET", "/v1/webhooks/a")["version"] == before["version"]
    errors = daemon.call("GET", "/v1/daemon")["settings_errors"]
    assert {error["file"].rpartition("/")[2] for error in errors} == {"a.toml"}
    daemon.settings("[delivery]\ndrain = 'soon'\n")
    until(lambda: len(daemon.call("GET", "/v1/daemon")["settings_errors"]) > len(errors))
    event = {"event_type": "user.login", "data": {}}
    assert daemon.submit(event)["event_id"]
    file.write_text(sound)
    (daemon.home / "daemon.toml").unlink()
    until(lambda: not daemon.call("GET", "/v1/daemon")["settings_errors"])


@pytest.mark.skipif(shutil.which("setpriv") is None or os.geteuid() != 0, reason="takes root")
def test_folders_and_sockets_are_closed_to_others(daemon):
    daemon.start()
    for name in ("run", "corgea.db", "corgea.key", "run/control.sock", "run/inbox.sock"):
        assert (daemon.home / name).stat().st_mode & 0o077 == 0, name
