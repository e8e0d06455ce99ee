"""Receivers that misbehave: each has its own error, costs no memory and delays no other."""

import pytest

from tests.faults.receivers import ANSWERS
from tests.harness.daemon import until

SETTINGS = """
[delivery]
timeout = 30
pause_after = 1000000
[network]
ca_file = "{ca}"
"""
EVENTS = 8
EXPECTED = {
    "fine": ("succeeded", None),
    "hold": ("succeeded", None),
    "hang": ("failed", "timeout"),
    "drip": ("failed", "timeout"),
    "drip head": ("failed", "timeout"),
    # Read up to 16 KiB: success is 2xx with that much of the body (rules.md §3).
    "ten megabytes": ("succeeded", None),
    "endless body": ("succeeded", None),
    "endless headers": ("failed", "protocol"),
    "one endless header": ("failed", "protocol"),
    "bomb": ("succeeded", None),
    "garbage": ("failed", "protocol"),
    "close": ("failed", "closed"),
    "continue": ("failed", "protocol"),
    "not text": ("failed", "http"),
    "wrong certificate": ("failed", "tls"),
}


@pytest.fixture
def running(daemon, receivers):
    daemon.settings(SETTINGS.format(ca=receivers.ca))
    return daemon.start()


def subscribe(daemon, name, url):
    timeout = 0.8 if EXPECTED[name][1] == "timeout" else None
    retry = {"schedule": [], "timeout": timeout}
    form = {"name": name, "url": url, "events": ["scan.completed"], "retry": retry}
    daemon.call("POST", "/v1/webhooks", form)


@pytest.mark.timeout(120)
def test_each_has_its_own_error_and_costs_no_memory(running, receivers):
    receivers.release()
    for name in ANSWERS:
        subscribe(running, name, receivers.url(name))
    subscribe(running, "wrong certificate", receivers.url("fine", certificate="wrong"))
    running.emit("scan.completed", 1)
    assert running.settled(30)
    before = running.memory_bytes()
    running.emit("scan.completed", EVENTS)
    until(lambda: receivers.taken["fine"] == EVENTS + 1)
    assert running.settled(60)
    # 128 connections at once, most of them with TLS: 0.2 MB each, for as long as they are kept.
    assert running.memory_bytes() - before < 60 * 2**20
    found = {}
    for each in running.pages("/v1/deliveries"):
        kind = each["error"] and each["error"]["kind"]
        found.setdefault(each["webhook_name"], []).append((each["status"], kind))
    assert found == {name: [expected] * (EVENTS + 1) for name, expected in EXPECTED.items()}


def test_a_compressed_answer_is_never_unpacked(running, receivers):
    subscribe(running, "bomb", receivers.url("bomb"))
    running.emit("scan.completed", 1)
    assert running.settled(20)
    (delivery,) = running.call("GET", "/v1/deliveries")["items"]
    detail = running.call("GET", f"/v1/deliveries/{delivery['id']}")
    response = detail["attempts"][0]["response"]
    assert response["truncated"]
    assert len(response["body"]) <= 16 * 1024
