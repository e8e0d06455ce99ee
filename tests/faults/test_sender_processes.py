"""A daemon whose sender processes are killed, or that is killed and leaves them behind."""

import os
import signal
from pathlib import Path

import pytest

from tests.harness.daemon import until

SETTINGS = """
[delivery]
sender_processes = {processes}
schedule = []
drain = 30
[network]
ca_file = "{ca}"
{more}
"""
PROXY = "http://user:pass-of-the-proxy@127.0.0.1:9"
WIRE = 16


def start(daemon, receivers, *, processes=2, more=""):
    """Start it, and wait for its processes."""
    text = SETTINGS.format(processes=processes, ca=receivers.ca, more=more)
    daemon.settings(text)
    daemon.start()
    until(lambda: len(daemon.sender_processes()) == processes)


def hold(daemon, receivers, name="hold"):
    """Have it send as much as one webhook may, to a receiver that answers when it is told to."""
    form = {"name": name, "url": receivers.url(name), "events": ["scan.failed"]}
    daemon.call("POST", "/v1/webhooks", form)
    daemon.emit("scan.failed", WIRE)
    until(lambda: receivers.taken[name] == WIRE)


def alive(pids):
    """Which of these processes there still are."""
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def state(pid):
    """T: it is stopped; Z: it has ended and has not been waited for."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def deliveries(daemon):
    """All deliveries."""
    return daemon.pages("/v1/deliveries")


def ended(daemon):
    """The states of all deliveries, and how often each was tried."""
    return {(each["status"], each["attempt"]) for each in deliveries(daemon)}


@pytest.mark.timeout(120)
def test_sender_processes_die_with_a_daemon_that_is_killed(daemon, receivers):
    start(daemon, receivers)
    hold(daemon, receivers)
    pids = daemon.sender_processes()
    daemon.kill()
    until(lambda: not alive(pids))
    receivers.release()
    daemon.start()
    assert daemon.settled(60)
    assert ended(daemon) == {("succeeded", 2)}, "the first attempt was cut by a death"


@pytest.mark.timeout(120)
def test_attempts_end_when_all_processes_get_a_signal(daemon, receivers):
    start(daemon, receivers)
    hold(daemon, receivers)
    pids = daemon.sender_processes()
    for pid in (daemon.pid, *pids):  # as systemd does, and Ctrl-C
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGINT)
    until(lambda: not daemon.control.exists())
    assert alive(pids) == pids
    receivers.release()
    assert daemon.wait(60) == 0
    assert not alive(pids)
    daemon.start()
    assert ended(daemon) == {("succeeded", 1)}
    assert receivers.taken["hold"] == WIRE


@pytest.mark.timeout(120)
def test_all_sender_processes_may_die(daemon, receivers):
    start(daemon, receivers)
    hold(daemon, receivers)
    pids = daemon.sender_processes()
    os.kill(daemon.pid, signal.SIGSTOP)  # or the second might be given, and cut, the first one's
    until(lambda: state(daemon.pid) == "T")
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    until(lambda: {state(pid) for pid in pids} == {"Z"})
    os.kill(daemon.pid, signal.SIGCONT)
    until(lambda: receivers.taken["hold"] == 2 * WIRE)
    receivers.release()
    assert daemon.settled(60)
    assert ended(daemon) == {("succeeded", 2)}, "each says that it was cut"
    assert "ended by itself" in daemon.log()


@pytest.mark.timeout(120)
def test_an_attempt_that_may_not_be_repeated_says_that_a_process_died(daemon, receivers):
    start(daemon, receivers)
    hold(daemon, receivers)
    daemon.call("POST", "/v1/webhooks/hold/pause")
    for pid in daemon.sender_processes():
        os.kill(pid, signal.SIGKILL)
    assert daemon.settled(60)
    said = {(each["status"], each["error"]["message"]) for each in deliveries(daemon)}
    assert said == {("discarded", "a process of the daemon's ended during this attempt")}


@pytest.mark.timeout(120)
def test_sender_processes_have_no_secrets_and_no_files_of_the_daemon(daemon, receivers):
    start(daemon, receivers, more=f'proxy = "{PROXY}"')
    for pid in daemon.sender_processes():
        process = Path(f"/proc/{pid}")
        told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        assert b"pass-of-the-proxy" not in told
        held = [str(each.readlink()) for each in (process / "fd").iterdir()]
        files = {name for name in held if name.startswith(str(daemon.home))}
        assert files <= {str(daemon.log_file)}
        assert sum(name.startswith("socket:") for name in held) <= 3  # one, and asyncio's own
