"""One webhook's trouble is its own: the others' deliveries arrive while its own still wait.

By how much they are later is measured: `python -m tests.bench isolation`.
"""

import os

import pytest

from tests.faults.silent_names import SILENT
from tests.faults.silent_server import silent_server
from tests.harness.daemon import DaemonProcess, until

SETTINGS = '[network]\nca_file = "{ca}"\n'
BURST = 2_000


@pytest.fixture
def running(home, receivers):
    daemon = DaemonProcess(home, ("-m", "tests.faults.silent_names"))
    (home / "daemon.toml").write_text(SETTINGS.format(ca=receivers.ca))
    yield daemon.start()
    daemon.kill()


def subscribe(daemon, url, event_type):
    daemon.call("POST", "/v1/webhooks", {"name": url, "url": url, "events": [event_type]})


@pytest.mark.timeout(120)
def test_a_burst_to_one_does_not_starve_another(running, receivers):
    receivers.release()
    subscribe(running, receivers.url("hold"), "scan.failed")
    subscribe(running, receivers.url("fine"), "scan.completed")
    running.emit("scan.failed", BURST)
    running.emit("scan.completed", 20)
    until(lambda: receivers.taken["fine"] == 20)
    assert receivers.taken["hold"] < BURST, "the burst was over first"


@pytest.mark.timeout(120)
def test_silent_receivers_and_name_servers_delay_no_other_webhook(running, receivers):
    subscribe(running, receivers.url("hang"), "scan.failed")
    subscribe(running, f"https://receiver{SILENT}/", "scan.failed")
    subscribe(running, receivers.url("fine"), "scan.completed")
    running.emit("scan.failed", 300)
    until(lambda: receivers.taken["hang"] == 16)  # as many as one webhook may have on the wire
    running.emit("scan.completed", 100)
    until(lambda: receivers.taken["fine"] == 100)
    assert running.queues()["waiting"] >= 600 - 64


@pytest.fixture
def silent(home, receivers):
    """A daemon on a machine with a silent name server, and the questions that come there."""
    try:
        with silent_server(home) as (env, questions):
            daemon = DaemonProcess(home, ("-m", "tests.faults.silent_server"))
            daemon.extra_env = env
            (home / "daemon.toml").write_text(SETTINGS.format(ca=receivers.ca))
            try:
                yield daemon.start(), questions
            finally:
                daemon.kill()
    except OSError as error:
        pytest.skip(f"no name server can be had here: {error}")


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root")
@pytest.mark.timeout(120)
def test_a_silent_name_server_delays_no_webhook_whose_address_is_known(silent, receivers):
    """Not those with an address, nor those whose name the machine itself knows."""
    daemon, questions = silent
    known = receivers.url("fine").replace("127.0.0.1", "localhost")
    for number in range(3):
        subscribe(daemon, f"https://receiver{number}.example.com/", "scan.failed")
    subscribe(daemon, receivers.url("fine"), "scan.completed")
    subscribe(daemon, known, "user.login")
    daemon.emit("scan.failed", 50)
    until(lambda: daemon.queues()["in_flight"] == 48)  # sixteen each
    assert b"receiver" in questions.recv(512)
    daemon.emit("scan.completed", 20)
    daemon.emit("user.login", 1)
    until(lambda: receivers.taken["fine"] == 20)
    # Its certificate is for the address: that it is refused shows that the name was known.
    until(lambda: newest(daemon, "user.login")["error"])
    assert newest(daemon, "user.login")["error"]["kind"] == "tls"
    assert daemon.queues()["in_flight"] >= 48 - 16, "all this while they were waited for"


def newest(daemon, event_type):
    return daemon.call("GET", f"/v1/deliveries?event_type={event_type}&limit=1")["items"][0]


@pytest.mark.parametrize(
    ("many", "slots"),
    [
        pytest.param(9, 36, id="nine webhooks with sixteen slots each"),
        pytest.param(33, 96, id="thirty-three webhooks with four slots each"),
    ],
)
@pytest.mark.timeout(120)
def test_many_silent_receivers_leave_slots_for_others(running, receivers, many, slots):
    form = {
        "url": receivers.url("hang"),
        "events": ["scan.failed"],
        "retry": {"timeout": 1, "schedule": []},
    }
    for number in range(many):
        running.call("POST", "/v1/webhooks", {**form, "name": f"hang {number}"})
    subscribe(running, receivers.url("fine"), "scan.completed")
    running.emit("scan.failed", 9)  # one less than pauses them
    until(lambda: running.call("GET", "/v1/statistics")["failed"] == 9 * many)
    for webhook in running.call("GET", "/v1/webhooks")["items"]:
        if webhook["url"] == form["url"]:
            change = {**form, "name": webhook["name"], "retry": {"timeout": 60, "schedule": []}}
            match = {"If-Match": str(webhook["version"])}
            running.call("PUT", f"/v1/webhooks/{webhook['id']}", change, headers=match)
    running.emit("scan.failed", 100)
    until(lambda: receivers.taken["hang"] == 9 * many + slots)
    running.emit("scan.completed", 100)
    until(lambda: receivers.taken["fine"] == 100)
    assert running.call("GET", "/v1/daemon")["queues"]["in_flight"] == slots
