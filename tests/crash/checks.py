"""What must hold after a campaign, once everything is drained and the daemon has stopped.

Three accounts are held together: the producer's list of acknowledgements, the receiver's list of
what arrived, and the store.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.domain.deliveries.lifecycle import SET_ASIDE_DEATHS
from tests.crash.events import event_id, number_of, receivers

_DELIVERIES = (
    "SELECT d.uid, e.event_id, w.name, d.status, d.attempt, d.deaths, d.error_message,"
    " d.lease_owner, d.kind, d.id, d.reason"
    " FROM deliveries d JOIN events e ON e.id = d.event_row JOIN webhooks w ON w.id = d.webhook_id"
)


@dataclass(frozen=True)
class Delivery:
    """A row of the store with its attempts: number and kind of error of each."""

    uid: str
    event: str
    webhook: str
    status: str
    attempt: int
    deaths: int
    message: str | None
    owner: str | None
    kind: str
    reason: str | None
    attempts: tuple[tuple[int, str | None], ...]

    @property
    def set_aside(self) -> bool:
        """Whether a third death ended it, and it says so."""
        said = "set aside" in (self.message or "")
        return self.status == "failed" and self.deaths >= SET_ASIDE_DEATHS and said

    @property
    def interrupted(self) -> int:
        """Attempts that a death cut."""
        return sum(kind == "interrupted" for _, kind in self.attempts)


@dataclass
class Evidence:
    """The three accounts."""

    acknowledged: list[dict[str, Any]]
    received: list[dict[str, Any]]
    deliveries: dict[str, Delivery]
    events: set[str]
    counters: dict[str, Counter[str]]
    """Lifetime counts by webhook's name, as stored."""
    attempts: Counter[str]
    """Rows of `attempts` by webhook's name."""
    statistics: dict[str, dict[str, Any]]
    """What `/v1/statistics` said of each webhook."""
    jobs: list[tuple[str, str, int, int, int]]
    """Id, state, started, succeeded, failed of each job."""
    integrity: str
    kills: int
    repeats: int
    """What one death may repeat: what was claimed. Mostly that is what was on the wire; beside a
    disk that is stuck, all of it has been sent."""
    requests: dict[str, list[dict[str, Any]]] = field(init=False)

    def __post_init__(self) -> None:
        self.requests = defaultdict(list)
        for line in self.received:
            if "delivery" in line:
                self.requests[line["delivery"]].append(line)


def read_store(path: Path) -> dict[str, Any]:
    """The store's account, as keyword arguments of `Evidence`."""
    with closing(sqlite3.connect(path)) as db:
        integrity = db.execute("PRAGMA integrity_check").fetchone()[0]
        tries = defaultdict(list)
        for row, number, kind in db.execute(
            "SELECT delivery_row, number, error_kind FROM attempts ORDER BY delivery_row, number"
        ):
            tries[row].append((number, kind))
        deliveries = {
            row[0]: Delivery(*row[:9], row[10], tuple(tries[row[9]]))
            for row in db.execute(_DELIVERIES)
        }
        counters: dict[str, Counter[str]] = defaultdict(Counter)
        for name, metric, n in db.execute(
            "SELECT w.name, c.metric, c.n FROM counters c JOIN webhooks w ON w.id = c.webhook_id"
            " WHERE c.span = 'total'"
        ):
            counters[name][metric] += n
        attempts = Counter(
            dict(
                db.execute(
                    "SELECT w.name, count(*) FROM attempts a JOIN deliveries d"
                    " ON d.id = a.delivery_row JOIN webhooks w ON w.id = d.webhook_id GROUP BY 1"
                )
            )
        )
        jobs = db.execute("SELECT uid, state, started, succeeded, failed FROM jobs").fetchall()
        events = {row[0] for row in db.execute("SELECT event_id FROM events")}
    return {
        "integrity": integrity,
        "deliveries": deliveries,
        "counters": counters,
        "attempts": attempts,
        "events": events,
        "jobs": jobs,
    }


def lost(evidence: Evidence) -> Iterator[str]:
    """Acknowledged ⊆ received, but for what a third death set aside."""
    arrived = {
        (line["event"], line["webhook"]) for each in evidence.requests.values() for line in each
    }
    by_event = defaultdict(list)
    for delivery in evidence.deliveries.values():
        by_event[delivery.event].append(delivery)
    for answer in evidence.acknowledged:
        number = number_of(answer["event_id"])
        assert number is not None
        for webhook in receivers(number):
            made = [d for d in by_event[answer["event_id"]] if d.webhook == webhook]
            aside = any(delivery.set_aside for delivery in made)
            if (answer["event_id"], webhook) not in arrived and not aside:
                said = [f"{d.status} {d.message or d.reason or ''}" for d in made]
                yield f"{answer['event_id']} was acknowledged and never came to {webhook}: {said}"


def forgotten(evidence: Evidence) -> Iterator[str]:
    """What an answer named is in the store: the event, and its deliveries under their ids."""
    for answer in evidence.acknowledged:
        if answer["event_id"] not in evidence.events:
            yield f"{answer['event_id']} was acknowledged and is not in the store"
        for ref in answer["deliveries"]:
            found = evidence.deliveries.get(ref["id"])
            if found is None or found.event != answer["event_id"]:
                yield f"delivery {ref['id']} of {answer['event_id']} was named and is not there"


def unexpected(evidence: Evidence) -> Iterator[str]:
    """Nothing arrives that the store does not know, or at the wrong webhook, or changed."""
    for uid, lines in evidence.requests.items():
        known = evidence.deliveries.get(uid)
        if known is None:
            if lines[0]["webhook"] != "old":
                yield f"delivery {uid} arrived and is not in the store"
            continue
        for line in lines:
            if (line["event"], line["webhook"]) != (known.event, known.webhook):
                yield f"delivery {uid} arrived as {line['event']} at {line['webhook']}"
            if not line["signed"]:
                yield f"delivery {uid} arrived with a wrong signature"
        if len({line["digest"] for line in lines}) > 1:
            yield f"delivery {uid} arrived with different bodies"
        number = number_of(known.event)
        if number is not None and known.kind == "event" and known.webhook not in receivers(number):
            yield f"{known.event} came to {known.webhook}, which does not want it"


def duplicates(evidence: Evidence) -> Iterator[str]:
    """No more requests than attempts, none after a success but for a death, bounded in all."""
    again = 0
    for uid, lines in evidence.requests.items():
        known = evidence.deliveries.get(uid)
        if known is None:
            continue
        if len(lines) > len(known.attempts):
            yield f"delivery {uid} arrived {len(lines)} times in {len(known.attempts)} attempts"
        repeats = sum(line["status"] < 300 for line in lines) - 1
        again += max(0, repeats)
        if repeats > known.interrupted:
            yield f"delivery {uid} came {repeats} times too often, {known.interrupted} were cut"
    most = evidence.kills * evidence.repeats
    if again > most:
        yield f"{again} duplicates, at most {most} could have been claimed"
    made = Counter((d.event, d.webhook) for d in evidence.deliveries.values() if d.kind == "event")
    for (event, webhook), n in made.items():
        if n > 1:
            yield f"{event} has {n} deliveries to {webhook}"


def misremembered(evidence: Evidence) -> Iterator[str]:
    """What stands as succeeded did arrive; attempts are numbered without gaps; nothing is stuck."""
    for uid, known in evidence.deliveries.items():
        if known.status == "succeeded" and not any(
            line["status"] < 300 for line in evidence.requests.get(uid, ())
        ):
            yield f"delivery {uid} stands as succeeded and was never taken"
        numbers = [number for number, _ in known.attempts]
        if numbers != list(range(1, known.attempt + 1)):
            yield f"delivery {uid} is at attempt {known.attempt} and has {numbers}"
        if known.status == "pending" or known.owner is not None:
            yield f"delivery {uid} is stuck: {known.status}, claimed by {known.owner}"
        cut_last = known.attempts[-1:] and known.attempts[-1][1] == "interrupted"
        if cut_last and known.status == "failed" and known.kind != "test" and not known.set_aside:
            yield f"delivery {uid} was set aside and does not say so: {known.message}"
        if known.status == "discarded" and not known.reason:
            yield f"delivery {uid} was discarded without a reason"


def miscounted(evidence: Evidence) -> Iterator[str]:
    """Lifetime numbers are history and what was pruned, in the store and over the API."""
    history: dict[str, Counter[str]] = defaultdict(Counter)
    for known in evidence.deliveries.values():
        history[known.webhook][known.status] += 1
    for name, told in evidence.statistics.items():
        stored, rows = evidence.counters[name], history[name]
        pruned = stored["pruned"]
        ended = sum(stored[status] for status in ("succeeded", "failed", "discarded"))
        if ended != rows.total() - rows["pending"] + pruned:
            yield f"{name}: {ended} counted, {rows.total()} in history and {pruned} pruned"
        if not pruned and any(stored[s] != rows[s] for s in rows):
            yield f"{name}: counted {dict(stored)}, history has {dict(rows)}"
        if not pruned and stored["attempts"] != evidence.attempts[name]:
            yield f"{name}: {stored['attempts']} attempts counted, {evidence.attempts[name]} kept"
        api = (told["successful"], told["failed"], told["discarded"], told["pending"])
        disk = (stored["succeeded"], stored["failed"], stored["discarded"], stored["pending"])
        if api != disk:
            yield f"{name}: the API says {api}, the store {disk}"


def unfinished(evidence: Evidence) -> Iterator[str]:
    """Every job has ended, and what it started with it."""
    for uid, state, started, succeeded, failed in evidence.jobs:
        if state == "running" or started != succeeded + failed:
            yield f"{uid} is {state}: {started} started, {succeeded} succeeded, {failed} failed"


def damaged(evidence: Evidence) -> Iterator[str]:
    """The file is sound."""
    if evidence.integrity != "ok":
        yield f"integrity_check: {evidence.integrity}"


CHECKS = {
    "acknowledged and never received": lost,
    "acknowledged and not in the store": forgotten,
    "unexpected": unexpected,
    "duplicates": duplicates,
    "history": misremembered,
    "statistics": miscounted,
    "jobs": unfinished,
    "integrity": damaged,
}


def violations(evidence: Evidence) -> dict[str, list[str]]:
    """Everything that does not hold, by check; the ids of the acknowledged come along."""
    found = {name: list(check(evidence)) for name, check in CHECKS.items()}
    return {name: each for name, each in found.items() if each}


def set_aside(evidence: Evidence) -> list[str]:
    """Deliveries that a third death set aside."""
    return [uid for uid, known in evidence.deliveries.items() if known.set_aside]


def unacknowledged(evidence: Evidence, total: int) -> list[str]:
    """Events that the producer never got an acknowledgement for."""
    there = {answer["event_id"] for answer in evidence.acknowledged}
    return [event_id(number) for number in range(total) if event_id(number) not in there]
