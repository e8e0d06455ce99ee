"""Triggers: what makes a daemon reach a failpoint."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPException
from itertools import count

from daemon.util.failpoints import POINTS
from tests.crash.rig import CrashRig
from tests.harness.client import Refused
from tests.harness.daemon import DaemonProcess
from tests.harness.failpoints import COMMANDS

OLD_MS = 40 * 86_400_000
_numbers = count(1)

Trigger = Callable[[CrashRig], None]


def nothing(_rig: CrashRig) -> None:
    """A start is enough, or the events that the producer sends all the time."""


def stop(rig: CrashRig) -> None:
    """SIGTERM while attempts hang, with more claimed than may be in flight."""
    _clear(rig)
    rig.daemon.emit("user.login_failed", 8)
    target, deadline = "/v1/deliveries?webhook=hang&status=pending", time.monotonic() + 4
    while time.monotonic() < deadline:
        if sum(each["in_flight"] for each in rig.daemon.call("GET", target)["items"]) > 2:
            break
    rig.daemon.signal(signal.SIGTERM)


def kill_sender(rig: CrashRig) -> None:
    """Kill the sender process while attempts in it hang."""
    deadline = time.monotonic() + 4
    senders = rig.daemon.senders_within(4)
    time.sleep(0.5)  # the process exists before it is ready
    _clear(rig)
    rig.daemon.emit("user.login_failed", 8)
    target = "/v1/deliveries?webhook=hang&status=pending"
    while time.monotonic() < deadline:
        if any(each["in_flight"] for each in rig.daemon.call("GET", target)["items"]):
            break
    for sender in senders:
        with suppress(ProcessLookupError):
            os.kill(sender, signal.SIGKILL)


def webhooks(rig: CrashRig) -> None:
    """Make, save and delete a webhook."""
    name = f"temporary-{next(_numbers)}-{time.time_ns()}"
    form = {"name": name, "url": rig.url("aside"), "events": ["scan.started"], "projects": ["0"]}
    version = rig.daemon.call("POST", "/v1/webhooks", form)["version"]
    target = f"/v1/webhooks/{name}"
    saved = rig.daemon.call("PUT", target, form, headers={"If-Match": str(version)})
    rig.daemon.call("DELETE", target, headers={"If-Match": str(saved["version"])})


def pausing(rig: CrashRig) -> None:
    """Pause a webhook for which something waits, and activate it."""
    rig.daemon.call("POST", "/v1/webhooks/hang/activate")  # a death may have left it paused
    rig.daemon.emit("user.login_failed", 12)
    _clear(rig)


def _clear(rig: CrashRig) -> None:
    """Pause and activate: discards what earlier deaths interrupted, and what they made suspect."""
    rig.daemon.call("POST", "/v1/webhooks/hang/pause")
    rig.daemon.call("POST", "/v1/webhooks/hang/activate")


def testing(rig: CrashRig) -> None:
    """Test a webhook."""
    rig.daemon.call("POST", "/v1/webhooks/plain/test")


def retrying(rig: CrashRig) -> None:
    """Retry a failed delivery by hand."""
    rig.daemon.call("POST", f"/v1/deliveries/{_failed(rig)}/retry")


def bulk(rig: CrashRig) -> None:
    """Replay many and retry many, once earlier jobs have ended, and see both to their ends.

    In this order: a replay leaves the failed ones as they are, for the retry.
    """
    _jobs_end(rig.daemon)
    _failed(rig)
    replay = {"since": "2020-01-01T00:00:00Z", "limit": 30}
    rig.daemon.call("POST", "/v1/webhooks/aside/replay", replay)
    retry = {"filter": "webhook:aside status:failed", "limit": 150}
    rig.daemon.call("POST", "/v1/deliveries/retry", retry)
    _jobs_end(rig.daemon)


def backup(rig: CrashRig) -> None:
    """Back the store up."""
    path = rig.home / f"backup-{next(_numbers)}-{time.time_ns()}.db"
    rig.daemon.call("POST", "/v1/daemon/backup", {"path": str(path)})


def _failed(rig: CrashRig) -> str:
    """A failed delivery, made when there is none."""
    target = "/v1/deliveries?webhook=aside&status=failed&limit=1"
    while not (found := rig.daemon.call("GET", target)["items"]):
        rig.daemon.emit("user.login", 120)
        rig.daemon.settled(5)
    uid: str = found[0]["id"]
    return uid


def _jobs_end(daemon: DaemonProcess) -> None:
    deadline = time.monotonic() + 10
    while any(job["state"] == "running" for job in daemon.call("GET", "/v1/jobs")["items"]):
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)


def age(rig: CrashRig) -> bool:
    """While no daemon runs: make what webhook `old` got so old that the next start prunes it.

    Returns False when it has got nothing.

    Nothing else in the harness writes to the store; a test cannot wait for forty days.
    """
    with closing(sqlite3.connect(rig.daemon.database)) as db, db:
        (row,) = db.execute("SELECT id FROM webhooks WHERE name = 'old'").fetchone()
        db.execute(
            "UPDATE events SET received_at = received_at - ? WHERE id IN"
            " (SELECT event_row FROM deliveries WHERE webhook_id = ? AND status = 'succeeded')",
            (OLD_MS, row),
        )
        aged = db.execute(
            "UPDATE deliveries SET created_at = created_at - ?"
            " WHERE webhook_id = ? AND status = 'succeeded'",
            (OLD_MS, row),
        )
    return aged.rowcount > 0


def make_old(rig: CrashRig) -> None:
    """Deliver what `age` makes old later."""
    rig.daemon.emit("issue.assigned", 250)
    rig.daemon.settled(20)


_BY_PLACE: dict[str, Trigger] = {
    **dict.fromkeys(("drain.begin", "drain.wire", "drain.done"), stop),
    **dict.fromkeys(("backup.middle", "backup.written"), backup),
    **dict.fromkeys(("job.step", "job.ending"), bulk),
}
_BY_COMMAND: dict[str, Trigger] = {
    "ActivateWebhook": pausing,
    "DeleteWebhook": webhooks,
    "DiscardPending": pausing,
    "EndJob": bulk,
    "Interrupt": stop,
    "AuditNote": backup,
    "PauseWebhook": pausing,
    "RecoverAttempt": kill_sender,
    "Release": stop,
    "ReplayStep": bulk,
    "RetryDelivery": retrying,
    "RetryStep": bulk,
    "SaveWebhook": webhooks,
    "SendTest": testing,
    "StartJob": bulk,
}


assert set(_BY_PLACE) <= set(POINTS), "a failpoint has another name now"
assert set(_BY_COMMAND) <= set(COMMANDS), "a command has another name now"


def trigger(failpoint: str) -> Trigger:
    """What makes a daemon reach a failpoint."""
    return _BY_PLACE.get(failpoint) or _BY_COMMAND.get(failpoint.rpartition(".")[2], nothing)


def pull(rig: CrashRig, act: Trigger) -> None:
    """Carry out a trigger, until the daemon dies or it is done."""
    with suppress(OSError, HTTPException, Refused):
        act(rig)
