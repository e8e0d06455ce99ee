"""Checks of each request before it goes out: may it go now, and is it what it should be?"""

import hashlib
import hmac
import json
from collections import defaultdict
from typing import Any

from daemon.domain.deliveries.lifecycle import DeliveryKind
from daemon.store.records import WebhookRecord
from tests.simulation.oracle import SUSPECT_DEATHS, ExpectedDelivery
from tests.simulation.receivers import Arrival
from tests.simulation.world import World

_WHOLE = '{"event_id": 1, "event_type": 1, "timestamp": 1, "data": 1}'
EARLY = 0.002
"""Seconds by which an attempt may be early: the wall clock counts whole milliseconds."""


class RequestObserver:
    """Observes the requests of one daemon."""

    def __init__(self, world: World, service: Any) -> None:
        self._world = world
        self._service = service
        self._passed_over: defaultdict[int, int] = defaultdict(int)
        self._starts: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
        self._bursts: defaultdict[tuple[int, int], int] = defaultdict(int)
        """How many of a webhook's revision may start at once, whatever its rate."""
        self._allowed: dict[int, tuple[int, int]] = {}
        """How many might be in flight when a delivery was started: in all, of its webhook."""
        self._in_flight = service.dispatcher._in_flight
        self._start, self._in_flight._start = self._in_flight._start, self._starting

    def _starting(self, lane: Any, webhook: WebhookRecord, queued: Any) -> None:
        """An attempt is about to begin: is it this webhook's turn?"""
        self._check_fairness(lane.webhook)
        wide = self._in_flight._limits.concurrency
        self._allowed[queued.record.row] = wide, lane.concurrency
        self._start(lane, webhook, queued)

    def sending(self, arrival: Arrival, in_flight: dict[str, Arrival]) -> None:
        """A request is about to go out."""
        known = self._known(arrival.delivery)
        record = known.record
        webhook = self._service.registry.webhook_of(record.webhook)
        self._name = f"delivery {record.row} of webhook {webhook.row}"
        self._world.note(f"{self._name} goes out, attempt {record.attempt + 1}")
        if arrival.delivery in in_flight:
            self._violation("is in flight twice")
        if webhook.blocked_reason is not None and record.kind is not DeliveryKind.TEST:
            self._violation(f"is sent though its webhook is {webhook.blocked_reason}")
        elif webhook.deleted_at is None and arrival.url != webhook.config.url:
            self._violation(f"is sent to {arrival.url}, its webhook's is {webhook.config.url}")
        self._check_alone(known, in_flight)
        self._check_time(known)
        self._check_claim(record.row)
        self._check_limits(webhook, known, in_flight)
        self._check_bytes(webhook, known, arrival)

    def _known(self, uid: str) -> ExpectedDelivery:
        oracle = self._world.oracle
        return oracle.deliveries[oracle.rows[uid]]

    def _violation(self, what: str) -> None:
        self._world.violation(f"{self._name} {what}")

    def _check_alone(self, known: ExpectedDelivery, in_flight: dict[str, Arrival]) -> None:
        others = [self._known(uid).record for uid in in_flight]
        if others and known.record.deaths >= SUSPECT_DEATHS:
            self._violation(f"died {known.record.deaths} times and is not sent alone")
        for other in others:
            if other.deaths >= SUSPECT_DEATHS:
                self._violation(f"is sent beside {other.row}, which must be alone")

    def _check_time(self, known: ExpectedDelivery) -> None:
        """Never before its time, by the clock that runs or by the wall, however that was set."""
        due, time = known.record.next_attempt_at, self._world.time
        if due is None:
            self._violation(f"is sent though it is {known.record.status}")
            return
        waits = known.record.attempt and not known.record.manual
        longest = self._world.oracle.longest_wait(known.record) if waits else 0.0
        wait = min((due - known.wall_ms) / 1000, longest)
        early = wait - (time.steady() - known.steady)
        if early > EARLY and time.latest_ms(known.steady) + EARLY * 1000 < due:
            self._violation(f"is sent {early:.3f} s before its time")

    def _check_claim(self, row: int) -> None:
        found = self._service.db.execute_sql(
            "SELECT lease_owner, status FROM deliveries WHERE id = ?", (row,)
        ).fetchone()
        if found != (self._service.owner, "pending"):
            self._violation(f"is sent with the claim and status {found}")

    def _check_limits(
        self, webhook: WebhookRecord, known: ExpectedDelivery, in_flight: dict[str, Arrival]
    ) -> None:
        wide, most = self._allowed[known.record.row]
        if len(in_flight) >= wide:
            self._violation(f"is number {len(in_flight) + 1} in flight, of {wide}")
        beside = sum(self._known(uid).record.webhook == webhook.row for uid in in_flight)
        if beside >= most:
            self._violation(f"is number {beside + 1} in flight, of its webhook's {most}")
        rate = webhook.config.retry.rate
        if rate is not None and known.record.kind is not DeliveryKind.TEST:
            self._check_rate((webhook.row, webhook.revision), rate, most)

    def _check_rate(self, key: tuple[int, int], rate: float, most: int) -> None:
        """At most `rate` starts a second, after a burst.

        While the disk or receivers are slow, claims accumulate and then start at once; so does what
        was claimed before a save set the rate.
        """
        lane, starts = self._service.claim_slots._lanes[key[0]], self._starts[key]
        burst = max(self._bursts[key], most + most // 2, lane.limit - lane.free)
        self._bursts[key] = burst
        starts.append(self._world.time.steady())
        window = 4 * burst
        if len(starts) > window:
            span = starts[-1] - starts[-1 - window]
            if span < (window - burst) / rate - EARLY:
                self._violation(f"is start {window + 1} within {span:.3f} s, at {rate}/s")

    def _check_fairness(self, webhook: int) -> None:
        """A webhook with claims and free slots starts once every other one has had its turn."""
        lanes = self._service.dispatcher._lanes
        patience = len(lanes) + 1
        for lane in lanes:
            row = lane.webhook
            if row == webhook or not lane.claimed or lane.in_flight >= lane.slots:
                self._passed_over[row] = 0
                continue
            self._passed_over[row] += 1
            if self._passed_over[row] == patience:
                self._world.violation(f"webhook {row} starves: claimed, with room, passed over")

    def _check_bytes(
        self, webhook: WebhookRecord, known: ExpectedDelivery, arrival: Arrival
    ) -> None:
        """The same bytes on each attempt unless retried by hand; signed with the current secret."""
        body = known.bodies.setdefault(known.remade, arrival.body)
        if body != arrival.body:
            self._violation("is sent with other bytes than before")
        keys = set(json.loads(known.template or _WHOLE))
        if set(json.loads(arrival.body)) != keys:
            self._violation(f"is sent {arrival.body[:80]!r}, made for {known.template}")
        expected = None
        if webhook.config.secret is not None:
            expected = hmac.new(
                webhook.config.secret.encode(), arrival.body, hashlib.sha256
            ).hexdigest()
        if arrival.headers.get("X-Corgea-Signature") != expected and webhook.deleted_at is None:
            self._violation(f"is signed {arrival.headers.get('X-Corgea-Signature')}")
