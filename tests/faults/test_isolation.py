"""One webhook's trouble is its own: the others' deliveries arrive while its own still wait.

By how much they are later is measured: `python -m tests.bench isolation`.
"""

import pytest

from tests.crash.process import Daemon
from tests.crash.stimuli import emit
from tests.faults.silent_names import SILENT
from tests.faults.waiting import until

SETTINGS = '[network]\nca_file = "{ca}"\n'
BURST = 2_000


@pytest.fixture
def running(home, receivers):
    daemon = Daemon(home, ("-m", "tests.faults.silent_names"))
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
    emit(running, "scan.failed", BURST)
    emit(running, "scan.completed", 20)
    until(lambda: receivers.taken["fine"] == 20)
    assert receivers.taken["hold"] < BURST, "the burst was over first"


@pytest.mark.timeout(120)
def test_receivers_and_name_servers_that_are_silent_hold_nobody_up(running, receivers):
    subscribe(running, receivers.url("hang"), "scan.failed")
    subscribe(running, f"https://receiver{SILENT}/", "scan.failed")
    subscribe(running, receivers.url("fine"), "scan.completed")
    emit(running, "scan.failed", 300)
    until(lambda: receivers.taken["hang"] == 16)  # as many as one webhook may have on the wire
    emit(running, "scan.completed", 100)
    until(lambda: receivers.taken["fine"] == 100)
    assert running.queues()["waiting"] >= 600 - 64
