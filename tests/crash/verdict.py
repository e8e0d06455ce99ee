"""From the last death to a verdict: drain, look, retry what was set aside, look again."""

import time
from dataclasses import dataclass, field
from typing import Any

from daemon.delivery.scheduler.in_flight import DeliveryLimits
from tests.crash.campaign import Deaths
from tests.crash.checks import Evidence, read_store, set_aside, unacknowledged, violations
from tests.crash.rig import Rig

_PRODUCER_SECONDS = 120.0


@dataclass
class Verdict:
    """What a campaign came to."""

    events: int
    kills: int
    seconds: float
    violations: dict[str, list[str]]
    acknowledged: int
    received: int
    """Requests that arrived whole."""
    deliveries: int
    duplicates: int
    """Requests that a receiver took although it had taken the delivery before."""
    interrupted: int
    set_aside: int
    still_missing: list[str] = field(default_factory=list)
    """What had been set aside and did not arrive after a retry by hand either."""
    deaths: dict[str, Any] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Whether everything held."""
        return not self.violations and not self.still_missing


def judge(
    rig: Rig, deaths: Deaths, began: float, drain_seconds: float, *, running: bool = False
) -> Verdict:
    """Drain and compare the accounts; a daemon that is not `running` is started for it."""
    if not running:
        rig.daemon.start()
    rig.allow(rig.events)
    evidence = _gather(rig, deaths.kills + deaths.helpers, drain_seconds)
    found = violations(evidence)
    if missing := unacknowledged(evidence, rig.events):
        found["never acknowledged"] = missing
    if complaints := rig.complaints():
        found["the producer complains"] = complaints
    aside = set_aside(evidence)
    return Verdict(
        events=rig.events,
        kills=deaths.kills,
        seconds=round(time.monotonic() - began, 1),
        violations=found,
        acknowledged=len(evidence.acknowledged),
        received=sum(len(lines) for lines in evidence.requests.values()),
        deliveries=len(evidence.deliveries),
        duplicates=_duplicates(evidence),
        interrupted=sum(known.interrupted for known in evidence.deliveries.values()),
        set_aside=len(aside),
        still_missing=_retry(rig, aside, drain_seconds),
        deaths={
            "random": deaths.random,
            "at": dict(deaths.at),
            "missed": dict(deaths.missed),
            "helpers": deaths.helpers,
        },
    )


def _gather(rig: Rig, kills: int, drain_seconds: float) -> Evidence:
    """Let everything end, and read the accounts."""
    daemon = rig.daemon
    rig.producer.join(_PRODUCER_SECONDS)
    rig.daemon.settled(drain_seconds)
    _jobs_end(rig, drain_seconds)
    statistics = {
        each["webhook_name"]: each for each in daemon.call("GET", "/v1/statistics")["webhooks"]
    }
    code = daemon.stop()
    store = read_store(daemon.database)
    if code != 0:
        store["integrity"] += f"; the last stop ended with {code}"
    return Evidence(
        acknowledged=rig.acknowledged_lines(),
        received=rig.received_lines(),
        statistics=statistics,
        kills=kills,
        repeats=DeliveryLimits().claims,
        **store,
    )


def _jobs_end(rig: Rig, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        jobs = rig.daemon.call("GET", "/v1/jobs?limit=500")["items"]
        if all(job["state"] != "running" for job in jobs):
            return
        time.sleep(0.05)


def _duplicates(evidence: Evidence) -> int:
    taken = (sum(line["status"] < 300 for line in lines) for lines in evidence.requests.values())
    return sum(max(0, n - 1) for n in taken)


def _retry(rig: Rig, aside: list[str], seconds: float) -> list[str]:
    """Retry by hand what was set aside; what did not arrive even so."""
    if not aside:
        return []
    daemon = rig.daemon.start()
    for webhook in daemon.call("GET", "/v1/webhooks")["items"]:
        if webhook["state"] == "paused":  # who paused it may have died before activating it
            daemon.call("POST", f"/v1/webhooks/{webhook['id']}/activate")
    for uid in aside:
        daemon.call("POST", f"/v1/deliveries/{uid}/retry")
    daemon.settled(seconds)
    daemon.stop()
    there = {line.get("delivery") for line in rig.received_lines()}
    return [uid for uid in aside if uid not in there]
