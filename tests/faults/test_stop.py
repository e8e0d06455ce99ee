"""SIGTERM with all slots taken: attempts in flight end or are made again; the rest waits."""

import signal

import pytest

from tests.harness.daemon import until

SETTINGS = """
[delivery]
schedule = []
drain = {drain}
[network]
ca_file = "{ca}"
"""
WIRE, WAITING = 64, 60


def full(daemon, receivers, name, drain):
    """Start it with all slots taken, and some deliveries that wait."""
    settings = SETTINGS.format(drain=drain, ca=receivers.ca)
    daemon.settings(settings)
    daemon.start()
    for number in range(4):  # sixteen each
        form = {"name": f"{name} {number}", "url": receivers.url(name), "events": ["scan.failed"]}
        daemon.call("POST", "/v1/webhooks", form)
    daemon.emit("scan.failed", (WIRE + WAITING) // 4)
    until(lambda: receivers.taken[name] == WIRE)


def states(daemon):
    """How many deliveries are in each state, with the number of their latest attempt."""
    found = {}
    for each in daemon.pages("/v1/deliveries"):
        key = each["status"], each["attempt"]
        found[key] = found.get(key, 0) + 1
    return found


@pytest.mark.timeout(120)
def test_attempts_in_flight_end_and_a_second_signal_changes_nothing(daemon, receivers):
    full(daemon, receivers, "hold", drain=30)
    daemon.signal(signal.SIGTERM)
    until(lambda: not daemon.control.exists())
    daemon.signal(signal.SIGTERM)
    daemon.signal(signal.SIGINT)
    receivers.release()
    assert daemon.wait(60) == 0
    daemon.start()
    assert daemon.settled(60)
    assert states(daemon) == {("succeeded", 1): WIRE + WAITING}
    assert receivers.taken["hold"] == WIRE + WAITING, "a receiver got something twice"


@pytest.mark.timeout(120)
def test_attempts_that_outlast_the_drain_are_made_again(daemon, receivers):
    full(daemon, receivers, "hang", drain=0.3)
    assert daemon.stop() == 0
    daemon.start()
    until(lambda: receivers.taken["hang"] == 2 * WIRE)
    attempts = states(daemon)
    assert attempts == {("pending", 1): WIRE, ("pending", 0): WAITING}
