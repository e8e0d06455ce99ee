"""A verdict: drain, compare the accounts, retry what was set aside, and compare again."""

import json
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from daemon.delivery.scheduler.claim_slots import DeliveryLimits
from tests.crash.checks import Evidence, read_store, set_aside, unacknowledged, violations
from tests.crash.rig import CrashRig

_PRODUCER_SECONDS = 120.0
_EXAMPLES = 10
"""How many violations of a kind a report lists."""


@dataclass
class Deaths:
    """How a campaign's daemons ended."""

    random: int = 0
    at: Counter[str] = field(default_factory=Counter)
    """Deaths by failpoint."""
    missed: Counter[str] = field(default_factory=Counter)
    """Runs that did not reach their failpoint: the daemon was killed instead, or stopped."""
    senders: int = 0
    """Sender processes that were killed besides."""

    @property
    def kills(self) -> int:
        """All deaths of daemons."""
        return self.random + self.at.total() + self.missed.total()


@dataclass
class Verdict:
    """The result of a campaign."""

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
    deaths: Deaths = field(default_factory=Deaths)

    @property
    def sound(self) -> bool:
        """Whether everything held."""
        return not self.violations and not self.still_missing

    def write(self, path: Path) -> None:
        """Write the report as its name says: `.md` for people, anything else as JSON."""
        path.write_text(self.markdown() if path.suffix == ".md" else self.as_json())

    def as_json(self) -> str:
        """All of it, for programs."""
        return json.dumps({"sound": self.sound, **asdict(self)}, indent=2) + "\n"

    def markdown(self) -> str:
        """The numbers, what did not hold, and where the daemon died, for people."""
        numbers = {
            "result": "everything held" if self.sound else "**something did not hold**",
            "events acknowledged": f"{self.acknowledged:,} of {self.events:,}",
            "deaths": self.kills,
            "deliveries": f"{self.deliveries:,}",
            "requests received": f"{self.received:,}",
            "duplicates": f"{self.duplicates:,}",
            "attempts cut by a death": f"{self.interrupted:,}",
            "set aside by a third death": f"{self.set_aside:,}",
            "of these, missing after a retry by hand": f"{len(self.still_missing):,}",
            "seconds": f"{self.seconds:,}",
        }
        places = {
            "a random moment": self.deaths.random,
            **dict(sorted(self.deaths.at.items())),
            "(a sender process alone)": self.deaths.senders,
            **{f"(not reached) {name}": n for name, n in sorted(self.deaths.missed.items())},
        }
        lines = ["| | |", "|---|---|", *(f"| {name} | {n} |" for name, n in numbers.items()), ""]
        for name, found in self.violations.items():
            lines += [f"{name}: {len(found)}", "", *(f"- {each}" for each in found[:_EXAMPLES]), ""]
        lines += ["| died at | times |", "|---|---|"]
        return "\n".join([*lines, *(f"| {name} | {n} |" for name, n in places.items())]) + "\n"


def judge(
    rig: CrashRig, deaths: Deaths, began: float, drain_seconds: float, *, running: bool = False
) -> Verdict:
    """Drain and compare the accounts; a daemon that is not `running` is started for it."""
    if not running:
        rig.daemon.start()
    rig.allow(rig.events)
    evidence = _gather(rig, deaths.kills + deaths.senders, drain_seconds)
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
        deaths=deaths,
    )


def _gather(rig: CrashRig, kills: int, drain_seconds: float) -> Evidence:
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


def _jobs_end(rig: CrashRig, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        jobs = rig.daemon.call("GET", "/v1/jobs?limit=500")["items"]
        if all(job["state"] != "running" for job in jobs):
            return
        time.sleep(0.05)


def _duplicates(evidence: Evidence) -> int:
    taken = (sum(line["status"] < 300 for line in lines) for lines in evidence.requests.values())
    return sum(max(0, n - 1) for n in taken)


def _retry(rig: CrashRig, aside: list[str], seconds: float) -> list[str]:
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
