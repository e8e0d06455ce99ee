"""What to do so that a daemon comes to a failpoint."""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from http.client import HTTPException
from itertools import count

from tests.crash.client import NDJSON, Refused, ask
from tests.crash.process import Daemon
from tests.crash.rig import Rig

OLD_MS = 40 * 86_400_000
_numbers = count(1)

Stimulus = Callable[[Rig], None]


def nothing(_rig: Rig) -> None:
    """Starting is enough, or the flow of events that goes on anyway."""


def stop(rig: Rig) -> None:
    """SIGTERM while attempts hang, with more claimed than fit on the wire."""
    _clear(rig)
    emit(rig.daemon, "user.login_failed", 8)
    target, deadline = "/v1/deliveries?webhook=hang&status=pending", time.monotonic() + 4
    while time.monotonic() < deadline:
        if sum(each["in_flight"] for each in rig.daemon.call("GET", target)["items"]) > 2:
            break
    rig.daemon.terminate()


def cut(rig: Rig) -> None:
    """Kill the sender process while attempts of its hang."""
    deadline = time.monotonic() + 4
    helpers = rig.daemon.helped_within(4)
    time.sleep(0.5)  # it is there before it is ready
    _clear(rig)
    emit(rig.daemon, "user.login_failed", 8)
    target = "/v1/deliveries?webhook=hang&status=pending"
    while time.monotonic() < deadline:
        if any(each["in_flight"] for each in rig.daemon.call("GET", target)["items"]):
            break
    for helper in helpers:
        with suppress(ProcessLookupError):
            os.kill(helper, signal.SIGKILL)


def webhooks(rig: Rig) -> None:
    """Make, save and delete a webhook."""
    name = f"temporary-{next(_numbers)}-{time.time_ns()}"
    form = {"name": name, "url": rig.url("aside"), "events": ["scan.started"], "projects": ["0"]}
    version = rig.daemon.call("POST", "/v1/webhooks", form)["version"]
    target = f"/v1/webhooks/{name}"
    saved = rig.daemon.call("PUT", target, form, headers={"If-Match": str(version)})
    rig.daemon.call("DELETE", target, headers={"If-Match": str(saved["version"])})


def pausing(rig: Rig) -> None:
    """Pause a webhook for which something waits, and activate it."""
    rig.daemon.call("POST", "/v1/webhooks/hang/activate")  # a death may have left it paused
    emit(rig.daemon, "user.login_failed", 12)
    _clear(rig)


def _clear(rig: Rig) -> None:
    """Pause and activate: nothing waits of what earlier deaths cut, and what they made suspect."""
    rig.daemon.call("POST", "/v1/webhooks/hang/pause")
    rig.daemon.call("POST", "/v1/webhooks/hang/activate")


def testing(rig: Rig) -> None:
    """Test a webhook."""
    rig.daemon.call("POST", "/v1/webhooks/plain/test")


def retrying(rig: Rig) -> None:
    """Retry a failed delivery by hand."""
    rig.daemon.call("POST", f"/v1/deliveries/{_failed(rig)}/retry")


def bulk(rig: Rig) -> None:
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


def backup(rig: Rig) -> None:
    """Back the store up."""
    path = rig.home / f"backup-{next(_numbers)}-{time.time_ns()}.db"
    rig.daemon.call("POST", "/v1/daemon/backup", {"path": str(path)})


def _failed(rig: Rig) -> str:
    """A failed delivery, made when there is none."""
    target = "/v1/deliveries?webhook=aside&status=failed&limit=1"
    while not (found := rig.daemon.call("GET", target)["items"]):
        emit(rig.daemon, "user.login", 120)
        rig.daemon.settled(5)
    uid: str = found[0]["id"]
    return uid


def _jobs_end(daemon: Daemon) -> None:
    deadline = time.monotonic() + 10
    while any(job["state"] == "running" for job in daemon.call("GET", "/v1/jobs")["items"]):
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)


def emit(daemon: Daemon, event_type: str, many: int) -> None:
    line = json.dumps({"event_type": event_type, "data": {"n": 0}}).encode()
    ask(
        daemon.inbox,
        "POST",
        "/v1/events",
        b"\n".join([line] * many),
        headers={"Content-Type": NDJSON},
    )


def age(rig: Rig) -> bool:
    """While no daemon runs: make what webhook `old` got so old that it is pruned at the next start.

    False: there is nothing of it.

    The only place where the harness writes to the store: nobody waits forty days for a test.
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


def make_old(rig: Rig) -> None:
    """Deliver what `age` makes old later."""
    emit(rig.daemon, "issue.assigned", 250)
    rig.daemon.settled(20)


_BY_PLACE: dict[str, Stimulus] = {
    **dict.fromkeys(("drain.begin", "drain.wire", "drain.done"), stop),
    **dict.fromkeys(("backup.middle", "backup.written"), backup),
    **dict.fromkeys(("job.step", "job.ending"), bulk),
}
_BY_UNIT: dict[str, Stimulus] = {
    "ActivateWebhook": pausing,
    "DeleteWebhook": webhooks,
    "DiscardPending": pausing,
    "EndJob": bulk,
    "Interrupt": stop,
    "AuditNote": backup,
    "PauseWebhook": pausing,
    "RecoverAttempt": cut,
    "Release": stop,
    "ReplayStep": bulk,
    "RetryDelivery": retrying,
    "RetryStep": bulk,
    "SaveWebhook": webhooks,
    "SendTest": testing,
    "StartJob": bulk,
}


def stimulus(failpoint: str) -> Stimulus:
    """What leads to a failpoint."""
    return _BY_PLACE.get(failpoint) or _BY_UNIT.get(failpoint.rpartition(".")[2], nothing)


def provoke(rig: Rig, act: Stimulus) -> None:
    """Do it, until the daemon dies of it or it is done."""
    with suppress(OSError, HTTPException, Refused):
        act(rig)
