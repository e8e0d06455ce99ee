"""The wall clock is set a day forward or back under a daemon: nothing stalls or floods.

Waits of the tests are long against what a busy machine takes, and short against a day.
"""

import time
from datetime import datetime

import pytest

from tests.faults.clock import WallClock, compiler
from tests.harness.daemon import DaemonProcess, until

pytestmark = [
    pytest.mark.skipif(compiler is None, reason="no C compiler"),
    pytest.mark.timeout(120),
]

DAY = 86_400
WAIT = 3.0
SETTINGS = (
    '[network]\nca_file = "{ca}"\n[delivery]\nschedule = [{wait}]\nretry_after_max = {wait}\n'
)


@pytest.fixture
def clock(home):
    return WallClock(home)


@pytest.fixture
def daemon(home, receivers, clock):
    (home / "daemon.toml").write_text(SETTINGS.format(ca=receivers.ca, wait=WAIT))
    process = DaemonProcess(home)
    process.extra_env = clock.env
    yield process.start()
    process.kill()


def subscribe(daemon, url, event_type="scan.completed", **more):
    form = {"name": event_type, "url": url, "events": [event_type], **more}
    daemon.call("POST", "/v1/webhooks", form)


def latest(daemon):
    return daemon.call("GET", "/v1/deliveries?limit=1")["items"][0]


def failed_once(daemon, receivers):
    """A delivery that waits for its second try, and when its first one ended, at the earliest."""
    subscribe(daemon, receivers.url("close"))
    daemon.emit("scan.completed", 1)
    began = time.monotonic()
    until(lambda: latest(daemon)["attempt"] == 1)
    return began


def shown(moment):
    return datetime.fromisoformat(moment).timestamp()


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_the_daemon_sees_the_clock_that_is_set(daemon, receivers, clock, off):
    """Otherwise these tests would prove nothing."""
    clock.set_off(off)
    subscribe(daemon, receivers.url("fine"))
    daemon.emit("scan.completed", 1)
    until(lambda: latest(daemon)["status"] == "succeeded")
    assert abs(shown(latest(daemon)["created_at"]) - clock.now()) < DAY / 2


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_a_retry_comes_when_it_would_have(daemon, receivers, clock, off):
    began = failed_once(daemon, receivers)
    clock.set_off(off)
    until(lambda: receivers.taken["close"] == 2)
    assert time.monotonic() - began > WAIT - 0.01, "not before its time"
    until(lambda: latest(daemon)["status"] == "failed")
    assert daemon.settled(20)


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_after_a_restart_a_retry_is_neither_a_day_late_nor_forgotten(daemon, receivers, clock, off):
    failed_once(daemon, receivers)
    assert daemon.stop() == 0
    clock.set_off(off)
    daemon.start()
    until(lambda: latest(daemon)["status"] == "failed")
    assert receivers.taken["close"] == 2


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_a_crash_and_another_day_lose_and_delay_nothing(daemon, receivers, clock, off):
    """New deliveries once waited, by a clock set back, as long as a retry can have to."""
    subscribe(daemon, receivers.url("hold"), retry={"schedule": [600]})
    daemon.emit("scan.completed", 40)
    until(lambda: receivers.taken["hold"] == 16)
    daemon.kill()
    clock.set_off(off)
    receivers.release()
    daemon.start()
    assert daemon.settled(20)
    items = daemon.call("GET", "/v1/deliveries?limit=100")["items"]
    assert [each["status"] for each in items] == ["succeeded"] * 40


def test_a_clock_that_jumps_back_and_forth_stalls_nothing(daemon, receivers, clock):
    subscribe(daemon, receivers.url("fine"))
    for number, off in enumerate((0, DAY, -DAY, 30 * DAY, -30 * DAY, 1, 0), 1):
        clock.set_off(off)
        daemon.emit("scan.completed", 5)
        until(lambda so_many=5 * number: receivers.taken["fine"] == so_many)
    assert daemon.settled(20)
    statistics = daemon.call("GET", "/v1/statistics")
    assert (statistics["successful"], statistics["pending"]) == (35, 0)


def test_a_rate_is_kept_by_the_monotonic_clock(daemon, receivers, clock):
    """A day forward must not let a burst go, a day back must not hold everything up."""
    subscribe(daemon, receivers.url("fine"), retry={"rate": 2.0, "concurrency": 1})
    daemon.emit("scan.completed", 6)
    until(lambda: receivers.taken["fine"] == 2)
    began = time.monotonic()
    clock.set_off(DAY)
    until(lambda: receivers.taken["fine"] == 4)
    assert time.monotonic() - began > 0.4, "two more a second, at most"
    clock.set_off(-DAY)
    until(lambda: receivers.taken["fine"] == 6)
