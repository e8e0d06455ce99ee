"""A real daemon process: how it starts, answers, reloads and ends."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from daemon.cli.control import call
from daemon.protocol.paths import Paths
from tests.harness.daemon import until

PYTHON = [sys.executable, "-m", "daemon"]


@pytest.fixture
def paths(home):
    paths = Paths.resolve({"CORGEA_HOME": str(home)})
    paths.make()
    return paths


def environment(paths, **more):
    return {**os.environ, "CORGEA_HOME": str(paths.data), **more}


@contextmanager
def running(paths, *args, env=None, **options):
    """A daemon that listens; ended at the end whatever happens."""
    process = subprocess.Popen(
        [*PYTHON, "run", *args],
        env=env or environment(paths),
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    try:
        said = ""
        while f"corgea-daemon listens on {paths.run}" not in said:
            line = process.stderr.readline()
            assert line, f"ended before it listened: {said}"
            said += line
        yield process
    finally:
        process.kill()
        process.communicate()


def command(paths, *args):
    return subprocess.run(
        [*PYTHON, *args], env=environment(paths), capture_output=True, text=True, check=False
    )


def about(paths):
    return json.loads(call(paths, "GET", "/v1/daemon"))


def test_it_runs_answers_and_ends_in_order(paths):
    with running(paths) as process:
        assert f"process {process.pid}" in command(paths, "status").stdout
        assert command(paths, "metrics").stdout.startswith("# HELP corgea_")
        backup = command(paths, "backup", str(paths.data / "b.db"))
        assert (backup.returncode, backup.stdout) == (0, "")
        second = command(paths, "run")
        assert second.returncode == 1
        assert f"process {process.pid} holds {paths.lock}" in second.stderr
        assert "Traceback" not in second.stderr
        assert command(paths, "stop").returncode == 0
        assert process.wait(timeout=5) == 0
    assert command(paths, "status").returncode == 69
    assert not paths.control.exists() or command(paths, "stop").returncode == 69


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_with_success(paths, number):
    with running(paths) as process:
        process.send_signal(number)
        assert process.wait(timeout=5) == 0


def test_settings_and_webhook_files_are_followed_and_their_errors_shown(paths):
    paths.settings.write_text("[delivery]\ntimeout = 7\n")
    (paths.webhooks / "a.toml").write_text(
        '[[webhook]]\nname = "a"\nurl = "https://a.example.com/x"\nevents = ["scan.*"]\n'
    )
    with running(paths):
        assert about(paths)["settings"]["delivery"]["timeout"] == 7.0
        webhooks = json.loads(call(paths, "GET", "/v1/webhooks"))["items"]
        assert [(each["name"], each["managed_by"]) for each in webhooks] == [("a", "a.toml")]
        paths.settings.write_text("[delivery]\ntimeout = 0\n")
        (paths.webhooks / "b.toml").write_text("[[webhook]]\n")
        until(lambda: len({each["file"] for each in about(paths)["settings_errors"]}) == 2)
        first = about(paths)["settings_errors"][0]
        assert (first["file"], first["line"]) == (str(paths.settings), 2)
        assert about(paths)["settings"]["delivery"]["timeout"] == 7.0
        assert "daemon.toml:2: delivery.timeout" in command(paths, "status").stdout
        paths.settings.write_text("[delivery]\ntimeout = 8\n")
        until(lambda: about(paths)["settings"]["delivery"]["timeout"] == 8.0)


def test_hangup_reads_everything_again(paths):
    with running(paths) as process:
        paths.settings.write_text("[delivery]\ntimeout = 9\n")
        process.send_signal(signal.SIGHUP)
        until(lambda: about(paths)["settings"]["delivery"]["timeout"] == 9.0)
        assert process.poll() is None


def test_a_settings_file_of_another_name(paths):
    other = paths.data / "other.toml"
    other.write_text("[delivery]\ntimeout = 6\n")
    with running(paths, "--settings", str(other)):
        assert about(paths)["settings"]["delivery"]["timeout"] == 6.0


def test_systemd_is_notified_and_keeps_watch(paths):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(paths.data / "notify"))
        manager.settimeout(8)
        env = environment(paths, NOTIFY_SOCKET=str(paths.data / "notify"), WATCHDOG_USEC="400000")
        with running(paths, env=env) as process:
            assert manager.recv(200) == b"READY=1"
            assert manager.recv(200) == b"WATCHDOG=1"
            process.terminate()
            while (said := manager.recv(200)) == b"WATCHDOG=1":
                pass
            assert said == b"STOPPING=1"
            assert process.wait(timeout=5) == 0


def test_sockets_of_systemd_are_taken_and_left_in_place(paths):
    listeners = []
    for path in (paths.control, paths.inbox):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        listener.listen()
        listeners.append(listener)
    inode = paths.control.stat().st_ino
    # As systemd does: the descriptors from 3 on, and whom they are for.
    start = (
        "import os, sys;"
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2');"
        "os.execv(sys.executable, [sys.executable, '-m', 'daemon', 'run'])"
    )
    fds = [listener.fileno() for listener in listeners]
    wrapper = (
        "import os; from fcntl import fcntl, F_DUPFD;"
        f"a, b = (fcntl(fd, F_DUPFD, 100) for fd in {fds});"
        "os.dup2(a, 3); os.dup2(b, 4);" + start
    )
    process = subprocess.Popen(
        [sys.executable, "-c", wrapper],
        env=environment(paths),
        pass_fds=fds,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert about(paths)["home"] == str(paths.data), "waited for while it starts"
        process.terminate()
        assert process.wait(timeout=8) == 0
        assert paths.control.stat().st_ino == inode
    finally:
        process.kill()
        process.communicate()
        for listener in listeners:
            listener.close()


def started_in(home):
    """A daemon that is started with this home, and ends."""
    return subprocess.run(
        [*PYTHON, "run"],
        env={**os.environ, "CORGEA_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_home_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    done = started_in(tmp_path / "file" / "home")
    assert done.returncode == 1
    assert "set CORGEA_HOME to a folder that is" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_whose_name_is_too_long_is_reported(tmp_path):
    done = started_in(tmp_path / ("x" * 100))
    assert done.returncode == 1
    assert "may have at most 107" in done.stderr
    assert not Path(tmp_path / ("x" * 100) / "corgea.db").exists()


def test_the_database_is_where_the_settings_say(paths, tmp_path):
    paths.settings.write_text(f'[store]\nurl = "sqlite:///{tmp_path}/events.db"\n')
    assert command(paths, "paths", "database").stdout.strip() == f"{tmp_path}/events.db"
    missing = command(paths, "migrate")
    assert f"{tmp_path}/events.db" in missing.stderr
    assert missing.returncode == 1


def test_notify_is_run_when_a_webhook_is_paused(paths):
    script = paths.data / "notify.sh"
    script.write_text(
        f"#!/bin/sh\ncat > {paths.data}/part && mv {paths.data}/part {paths.data}/fact\n"
    )
    script.chmod(0o755)
    paths.settings.write_text(f'[notify]\ncommand = ["{script}"]\n')
    with running(paths):
        form = {"name": "a", "url": "https://a.example.com/x", "events": ["scan.*"]}
        call(paths, "POST", "/v1/webhooks", form)
        call(paths, "POST", "/v1/webhooks/a/pause")
        until((paths.data / "fact").exists)
        fact = json.loads((paths.data / "fact").read_text())
        assert (fact["fact"], fact["webhook"]["name"]) == ("paused", "a")


def test_alerts_speak_of_metrics_that_there_are(paths):
    rules = command(paths, "metrics", "--alerts")
    assert (rules.returncode, rules.stderr) == (0, "")
    with running(paths):
        form = {"name": "a", "url": "https://a.example.com/x", "events": ["scan.*"]}
        call(paths, "POST", "/v1/webhooks", form)
        there = call(paths, "GET", "/metrics").decode()
    expressions = re.findall(r"expr: (.*)", rules.stdout)
    named = {name for each in expressions for name in re.findall(r"corgea_\w+", each)}
    assert len(expressions) == rules.stdout.count("- alert:") >= 5
    assert all(f"# TYPE {name} " in there for name in named)
