"""The delivery loop: which waiting delivery is claimed next, and what happens to it then.

Everything here runs on the loop's thread. A delivery's way: lane → claim (a commit) → wire →
outcome (a commit) → gone, or back to its lane with a later due time. Lanes take turns, so a webhook
with a long backlog or a dead endpoint delays nobody else.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from daemon.clock import Clock
from daemon.delivery.budget import Budget
from daemon.delivery.lane import WINDOW, Lane
from daemon.domain.delivery import Kind, Manual, needs_solo
from daemon.domain.outcome import Outcome
from daemon.store.backlog import Backlog
from daemon.store.records import DeliveryRecord, Flight, Hook
from daemon.store.units.claim import Claim, Claimed, Release
from daemon.store.units.outcome import Landed, RecordOutcomes
from daemon.store.units.recover import Interrupt
from daemon.store.writer import Writer
from daemon.tasks import Tasks

log = logging.getLogger(__name__)

LONGEST_SLEEP = 60.0


class Limits(msgspec.Struct, frozen=True):
    """How much may be on the wire, and how long a wait can be at the most (seconds)."""

    concurrency: int = 64
    per_webhook: int = 16
    timeout: float = 10.0
    longest_wait: float = 3600.0

    @property
    def claims(self) -> int:
        """Claims in all: some more than go on the wire, so that it need not wait for a commit."""
        return self.concurrency + self.concurrency // 2


class Attempts(Protocol):
    """Makes one attempt; the sender in real life."""

    async def attempt(
        self, flight: Flight, hook: Hook, deadline: float
    ) -> tuple[Outcome, str | None]:
        """Send within `deadline` seconds; tell how it went and which signatures it carried."""
        ...


class Dispatcher:
    """Owns the lanes and what is on the wire."""

    def __init__(
        self,
        *,
        owner: str,
        writer: Writer,
        backlog: Backlog,
        attempts: Attempts,
        hook_of: Callable[[int], Hook],
        clock: Clock,
        budget: Budget,
        limits: Limits,
    ) -> None:
        self._owner = owner
        self._writer = writer
        self._backlog = backlog
        self._attempts = attempts
        self._hook_of = hook_of
        self._clock = clock
        self._budget = budget
        self._limits = limits
        self._lanes: dict[int, Lane] = {}
        self._turn: deque[Lane] = deque()
        self._solo: deque[Flight] = deque()
        self._solo_out = False
        self._on_wire: dict[int, DeliveryRecord] = {}
        self._landed: list[Landed] = []
        self._tasks = Tasks()
        self._pump_soon = False
        self._record_soon = False
        self._timer: asyncio.TimerHandle | None = None
        self._stopping = False

    # --- what the service tells -------------------------------------------------------------

    def start(self) -> None:
        """Begin to deliver."""
        self._loop = asyncio.get_running_loop()
        self.kick()

    def apply_limits(self, limits: Limits) -> None:
        """Take over changed settings."""
        self._limits = limits
        self._budget.resize(limits.claims)
        for lane in self._lanes.values():
            self._fit(lane)
        self.kick()

    def apply_hook(self, hook: Hook, *, empty: bool = False) -> None:
        """Take over a webhook's state; `empty`: nothing of it waits in the store."""
        lane = self._lanes.get(hook.row)
        if lane is None:
            lane = self._lanes[hook.row] = Lane(hook.row, concurrency=1, rate=None)
            lane.complete = empty
            self._turn.append(lane)
        if hook.barred is not None:
            lane.clear()
            self._release(list(lane.claimed))
            lane.claimed.clear()
        self._fit(lane)
        self.kick()

    def add(self, flight: Flight) -> None:
        """Take in a delivery: a claimed one goes on the wire, others wait for their time."""
        record = flight.record
        lane = self._lanes[record.webhook]
        if record.in_flight:
            if record.kind is Kind.TEST:
                self._budget.force(record.webhook)
            lane.claimed.append(flight)
            self._launch(lane)
            return
        if needs_solo(record.deaths):
            self._solo.append(flight)
        elif lane.complete or record.manual is not Manual.NO:
            lane.forget(record.row)
            self._enter(lane, flight, urgent=record.manual is not Manual.NO)
        else:
            lane.dropped += 1
        self._note_waiting(lane)
        self.kick()

    @property
    def in_flight(self) -> int:
        """Deliveries on the wire."""
        return len(self._on_wire)

    def is_on_wire(self, row: int) -> bool:
        """Whether an attempt of this delivery is under way."""
        return row in self._on_wire

    # --- choosing and claiming ----------------------------------------------------------------

    def kick(self) -> None:
        """Look for work once the loop comes round."""
        if not self._pump_soon and not self._stopping:
            self._pump_soon = True
            self._loop.call_soon(self._pump)

    def _pump(self) -> None:
        self._pump_soon = False
        if self._stopping:
            return
        now = self._clock.steady()
        for lane in self._lanes.values():
            lane.ripen(now)
            if lane.wants_refill and self._may_send(lane):
                self._refill(lane)
        if self._solo:
            self._pump_solo()
        else:
            self._claim(self._choose(now))
        self._set_timer(now)

    def _choose(self, now: float) -> list[Flight]:
        """Round robin over the lanes until nobody has anything to send or a place for it."""
        chosen: list[Flight] = []
        idle = 0
        while idle < len(self._turn):
            lane = self._turn[0]
            self._turn.rotate(-1)
            if lane.has_ready and lane.may_start(now) and self._budget.take(lane.webhook):
                chosen.append(lane.pop(now))
                idle = 0
            else:
                idle += 1
        for flight in chosen:
            self._note_waiting(self._lanes[flight.record.webhook])
        return chosen

    def _claim(self, chosen: list[Flight]) -> None:
        if not chosen:
            return
        flights = {flight.record.row: flight for flight in chosen}
        bare = [row for row, flight in flights.items() if flight.body is None]

        def claimed(result: list[Claimed] | BaseException) -> None:
            self._claims_came(flights, result)

        wanted = [(row, flight.record.lease_seq) for row, flight in flights.items()]
        self._writer.post(Claim(self._owner, wanted, bare), claimed)

    def _claims_came(
        self, flights: dict[int, Flight], result: "list[Claimed] | BaseException"
    ) -> None:
        if isinstance(result, BaseException):
            for flight in flights.values():
                self._give_back(flight)
                self._lanes[flight.record.webhook].complete = False
            self._loop.call_later(1.0, self.kick)
            return
        lanes = set()
        for claim in result:
            flight = flights.pop(claim.row)
            flight.record = msgspec.structs.replace(
                flight.record, lease_seq=claim.lease_seq, in_flight=True
            )
            if flight.body is None:
                flight.body, flight.problem = claim.body, claim.problem
            lane = self._lanes[flight.record.webhook]
            lane.claimed.append(flight)
            lanes.add(lane)
        for lost in flights.values():
            self._give_back(lost)
        for lane in lanes:
            self._launch(lane)
        self.kick()

    def _give_back(self, flight: Flight) -> None:
        self._budget.give(flight.record.webhook)
        if needs_solo(flight.record.deaths):
            self._solo_out = False

    def _pump_solo(self) -> None:
        """Send what may be killing the daemon while nothing else is on the wire."""
        self._budget.close(closed=True)
        if self._solo_out or self._on_wire or self._budget.taken:
            return
        flight = self._solo[0]
        self._solo.popleft()
        if self._budget.take(flight.record.webhook):
            self._solo_out = True
            self._claim([flight])

    # --- on the wire ----------------------------------------------------------------------------

    def _launch(self, lane: Lane) -> None:
        """Put what is claimed on the wire, as far as there is room."""
        while (
            lane.claimed
            and lane.on_wire < lane.concurrency
            and len(self._on_wire) < self._limits.concurrency
        ):
            flight = lane.claimed.popleft()
            hook = self._hook_of(lane.webhook)
            if self._stopping or (hook.barred is not None and flight.record.kind is not Kind.TEST):
                self._release([flight])
                continue
            lane.on_wire += 1
            self._on_wire[flight.record.row] = flight.record
            self._tasks.spawn(self._fly(lane, flight, hook), "attempt")

    async def _fly(self, lane: Lane, flight: Flight, hook: Hook) -> None:
        timeout = hook.config.retry.timeout or self._limits.timeout
        outcome, signatures = await self._attempts.attempt(flight, hook, timeout)
        self._landed.append(Landed(flight, outcome, hook.revision, signatures))
        self._touch_down(lane, flight)
        if not self._record_soon:
            self._record_soon = True
            self._loop.call_soon(self._record)

    def _touch_down(self, lane: Lane, flight: Flight) -> None:
        lane.on_wire -= 1
        del self._on_wire[flight.record.row]
        self._give_back(flight)
        if needs_solo(flight.record.deaths):
            self._budget.close(closed=False)
        if lane.claimed:
            self._launch(lane)
        else:
            self._launch_others()
        self.kick()

    def _launch_others(self) -> None:
        """A place on the wire is free: lanes that wait for one take turns."""
        for lane in self._lanes.values():
            if lane.claimed:
                self._launch(lane)
                return

    def _record(self) -> None:
        self._record_soon = False
        landed, self._landed = self._landed, []
        self._writer.post(RecordOutcomes(self._owner, landed, self._clock.now_ms()), _recorded)

    # --- waiting and refilling -------------------------------------------------------------------

    def _enter(self, lane: Lane, flight: Flight, *, urgent: bool = False) -> bool:
        due = flight.record.next_attempt_at
        wait = 0.0 if due is None else (due - self._clock.now_ms()) / 1000
        # A wall clock that was set back must not make anybody wait longer than a wait can be.
        wait = min(wait, self._limits.longest_wait)
        return lane.add(flight, wait, self._clock.steady(), urgent=urgent)

    def _may_send(self, lane: Lane) -> bool:
        return self._hook_of(lane.webhook).barred is None

    def _refill(self, lane: Lane) -> None:
        lane.refilling = True
        self._tasks.spawn(self._load(lane, lane.dropped), "refill")

    async def _load(self, lane: Lane, dropped: int) -> None:
        try:
            records = await self._backlog.earliest(lane.webhook, WINDOW)
        finally:
            lane.refilling = False
        added = 0
        for record in records:
            if record.row in self._on_wire:
                continue
            flight = Flight(record, None)
            if needs_solo(record.deaths):
                self._solo.append(flight)
            elif self._enter(lane, flight):
                added += 1
        lane.complete = len(records) < WINDOW and dropped == lane.dropped
        if added or lane.complete:
            self._note_waiting(lane)
            self.kick()
        elif not lane.complete:
            self._loop.call_later(0.05, self.kick)

    def _note_waiting(self, lane: Lane) -> None:
        """Let what comes in go straight to the wire only when it would overtake nobody."""
        opened = lane.complete and not lane.has_ready and lane.rate is None and not self._stopping
        self._budget.set_lane(lane.webhook, _claims(lane.concurrency), opened=opened)

    def _fit(self, lane: Lane) -> None:
        hook = self._hook_of(lane.webhook)
        retry = hook.config.retry
        lane.concurrency = retry.concurrency or self._limits.per_webhook
        lane.rate = retry.rate
        self._note_waiting(lane)
        if hook.barred is not None:
            self._budget.drop_lane(lane.webhook)

    def _set_timer(self, now: float) -> None:
        """Wake up when the next delivery is due."""
        dues = [due for lane in self._lanes.values() if (due := lane.next_due()) is not None]
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if dues:
            wait = min(max(0.0, min(dues) - now), LONGEST_SLEEP)
            self._timer = self._loop.call_later(wait, self.kick)

    # --- stopping --------------------------------------------------------------------------------

    def _release(self, flights: list[Flight]) -> None:
        """Give claims back that were not used; the deliveries wait in the store."""
        if not flights:
            return
        for flight in flights:
            self._give_back(flight)
            lane = self._lanes[flight.record.webhook]
            lane.complete = False
            lane.dropped += 1
        rows = [flight.record.row for flight in flights]
        self._writer.post(Release(self._owner, rows), _recorded)

    async def stop(self, drain: float) -> None:
        """Claim nothing more; let what is on the wire end, for up to `drain` seconds."""
        self._stopping = True
        self._budget.close(closed=True)
        if self._timer is not None:
            self._timer.cancel()
        for lane in self._lanes.values():
            self._release(list(lane.claimed))
            lane.claimed.clear()
        deadline = self._loop.time() + drain
        while self._on_wire and self._loop.time() < deadline:
            await asyncio.sleep(0.02)
        cut = list(self._on_wire.values())
        await self._tasks.close()
        if self._landed:
            self._record()
        if cut:
            log.info(
                "%d attempts outlasted the drain and are made again at the next start", len(cut)
            )
            await self._writer.submit(Interrupt(cut, self._clock.now_ms()))


def _claims(concurrency: int) -> int:
    """Claims for one webhook; one that wants a single request at a time gets a single claim."""
    return concurrency + concurrency // 2


def _recorded(result: Any) -> None:
    if isinstance(result, BaseException):
        log.error("an outcome could not be recorded: %s", result)
