"""The workload: what producers, people and time do to the daemon, chosen at random."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

from daemon.domain.events.catalogue import EventLimits
from daemon.domain.events.event import SubmittedEvent, parse_event
from daemon.protocol import Accepted
from daemon.protocol.caller import Caller
from daemon.protocol.refusal import Refusal
from daemon.store.commands.prune import Prune, PruneCounts
from daemon.store.errors import StoreError
from tests.simulation.simulated_daemon import SimulatedDaemon
from tests.simulation.world import World

ANN = Caller("ann", 1000, 1, "admin")
TYPES = ("scan.started", "scan.completed", "scan.failed", "issue.assigned", "user.login")
SUBSCRIPTIONS = (["scan.*"], ["scan.completed"], ["user.login", "scan.failed"], list(TYPES))
SCHEDULES: tuple[list[float] | None, ...] = (None, None, None, [], [1], [0.5, 30, 2], [7200.0])
TEMPLATES = (
    '{"text": "{{event_type}} in {{data.project.name}}"}',
    '{"n": "{{data.n}}", "whole": "{{payload}}"}',
    "{{data.n}}",  # never an object: fails at once
)
HOSTS = 5


class Workload:
    """All actions by weight, on the daemon that runs."""

    def __init__(self, world: World, rng: Random, *, burst: int) -> None:
        self._world = world
        self._dice = rng
        self._burst = burst
        self._names: list[str] = []
        self._made = 0
        self._given: list[tuple[str, str, dict[str, Any]]] = []
        self._weights: dict[Callable[[SimulatedDaemon], Awaitable[None]], int] = {
            self.emit: 20,
            self.burst: 8,
            self.repeat: 4,
            self.create: 3,
            self.edit: 4,
            self.delete: 1,
            self.pause: 3,
            self.activate: 6,
            self.retry: 8,
            self.bulk_retry: 2,
            self.replay: 2,
            self.cancel: 1,
            self.test: 3,
            self.settings: 2,
            self.behaviour: 8,
            self.clock: 2,
            self.prune: 1,
            self.fail_batch: 1,
        }

    async def first(self, daemon: SimulatedDaemon, least: int, most: int) -> None:
        """Make some webhooks to begin with."""
        for _ in range(self._dice.randint(least, most)):
            await self.create(daemon)

    async def any(self, daemon: SimulatedDaemon) -> None:
        """One action at random; a refusal is a valid answer."""
        act = self._dice.choices(list(self._weights), list(self._weights.values()))[0]
        if not self._names:
            act = self.create
        try:
            await act(daemon)
        except (Refusal, StoreError) as refusal:
            self._note(f"  refused: {refusal}")

    def _note(self, what: str) -> None:
        self._world.note(what)

    # --- events -------------------------------------------------------------------------------

    async def emit(self, daemon: SimulatedDaemon) -> None:
        await self._submit(daemon, [self._event()])

    async def burst(self, daemon: SimulatedDaemon) -> None:
        events = [self._event() for _ in range(self._dice.randint(2, self._burst))]
        if self._dice.random() < 0.5:
            await self._submit(daemon, events)
        else:
            await asyncio.gather(*(self._submit(daemon, [event]) for event in events))

    async def repeat(self, daemon: SimulatedDaemon) -> None:
        """An id that was given before, with the same content or with other content."""
        if not self._given:
            return
        event_id, event_type, data = self._dice.choice(self._given)
        if self._dice.random() < 0.3:
            data = {**data, "n": -1}
        await self._submit(daemon, [_raw(event_type, data, event_id)] * self._dice.randint(1, 3))

    def _event(self) -> bytes:
        self._made += 1
        rng = self._dice
        data: dict[str, Any] = {"company": "Acme", "n": self._made}
        if rng.random() < 0.7:
            data["project"] = {"id": str(rng.randint(1, 3)), "name": "Ümläut & <Söhne>"}
        if self._world.deadly and rng.random() < 0.15:
            data["deadly"] = True
        event_type = rng.choice(TYPES)
        event_id = f"ev-{self._made}" if rng.random() < 0.5 else None
        if event_id is not None:
            self._given.append((event_id, event_type, data))
        return _raw(event_type, data, event_id)

    async def _submit(self, daemon: SimulatedDaemon, raws: list[bytes]) -> None:
        events = [_parsed(daemon, raw) for raw in raws]
        answers = await daemon.service.intake.accept(events)
        for event, answer in zip(events, answers, strict=True):
            if isinstance(answer, Accepted):
                self._world.acknowledge(event, answer)
        self._note(f"{len(events)} events accepted")

    # --- webhooks -----------------------------------------------------------------------------

    async def create(self, daemon: SimulatedDaemon) -> None:
        name = f"hook {len(self._names) + 1}"
        self._names.append(name)
        self._note(f"create {name}")
        await self._world.audited(daemon.service.webhooks.create(self._form(name), ANN))

    async def edit(self, daemon: SimulatedDaemon) -> None:
        name = self._webhook()
        self._note(f"edit {name}")
        await self._world.audited(
            daemon.service.webhooks.replace(name, self._form(name), None, ANN)
        )

    async def delete(self, daemon: SimulatedDaemon) -> None:
        name = self._webhook()
        self._note(f"delete {name}")
        await self._world.audited(daemon.service.webhooks.delete(name, None, ANN))

    async def pause(self, daemon: SimulatedDaemon) -> None:
        name = self._webhook()
        self._note(f"pause {name}")
        await daemon.service.webhooks.pause(name, ANN)

    async def activate(self, daemon: SimulatedDaemon) -> None:
        name = self._webhook()
        self._note(f"activate {name}")
        await daemon.service.webhooks.activate(name, ANN)

    async def test(self, daemon: SimulatedDaemon) -> None:
        name = self._webhook()
        self._note(f"test {name}")
        record = await self._world.audited(
            daemon.service.webhooks.test(name, ANN, b'{"company":"x"}')
        )
        if record.attempt != 1 or record.status == "discarded":
            self._world.violation(f"a test ended {record.status} after {record.attempt} attempts")

    def _webhook(self) -> str:
        return self._dice.choice(self._names)

    def _form(self, name: str) -> dict[str, Any]:
        rng = self._dice
        host = f"r{rng.randint(1, HOSTS)}.example.com"
        return {
            "name": name,
            "url": f"https://{host}/{rng.randint(1, 99)}",
            "events": rng.choice(SUBSCRIPTIONS),
            "projects": ["1", "2"] if rng.random() < 0.2 else [],
            "secret": None if rng.random() < 0.5 else f"secret {rng.randint(1, 9)}",
            "body_template": rng.choice(TEMPLATES) if rng.random() < 0.2 else None,
            "retry": {
                "schedule": rng.choice(SCHEDULES),
                "timeout": rng.choice((None, None, 2.0)),
                "concurrency": rng.choice((None, None, 1, 2)),
                "rate": rng.choice((None, None, None, 0.5, 20.0)),
            },
        }

    # --- deliveries and jobs ------------------------------------------------------------------

    async def retry(self, daemon: SimulatedDaemon) -> None:
        known = list(self._world.oracle.deliveries.values())
        if known:
            record = self._dice.choice(known[-60:]).record
            self._note(f"retry delivery {record.row}")
            await self._world.audited(daemon.service.webhooks.retry(record.uid, ANN))

    async def bulk_retry(self, daemon: SimulatedDaemon) -> None:
        text = self._dice.choice(("status:failed", "status:discarded", "http:5xx", "type:scan.*"))
        self._note(f"bulk retry {text}")
        started = daemon.jobs.start_retry(text=text, caller=ANN, **self._pace())
        await self._world.audited(started)

    async def replay(self, daemon: SimulatedDaemon) -> None:
        name, since = self._webhook(), self._world.time.now_ms() - 3_600_000
        self._note(f"replay {name}")
        started = daemon.jobs.start_replay(
            webhook=name,
            since_ms=since,
            until_ms=self._world.time.now_ms() + 1,
            text="",
            caller=ANN,
            **self._pace(),
        )
        await self._world.audited(started)

    async def cancel(self, daemon: SimulatedDaemon) -> None:
        found = daemon.service.db.execute_sql("SELECT uid FROM jobs ORDER BY id DESC LIMIT 3")
        uids = [uid for (uid,) in found]
        if uids:
            self._note("cancel a job")
            await self._world.audited(daemon.jobs.cancel(self._dice.choice(uids), ANN))

    def _pace(self) -> dict[str, Any]:
        return {
            "limit": self._dice.choice((None, 1, 7)),
            "rate": self._dice.choice((None, 2.0, 50.0)),
        }

    # --- circumstances ------------------------------------------------------------------------

    async def settings(self, daemon: SimulatedDaemon) -> None:
        rng = self._dice
        delivery = replace(
            self._world.settings.delivery,
            schedule=rng.choice(((2.0, 4.0), (), (1.0,), (0.1, 0.1, 60.0))),
            pause_after=rng.choice((10, 10, 3, 1)),
            timeout=rng.choice((10.0, 1.0)),
            concurrency=rng.choice((64, 8, 3)),
            per_webhook_concurrency=rng.choice((16, 4, 1)),
        )
        self._note(f"settings {delivery}")
        daemon.apply(replace(self._world.settings, delivery=delivery))

    async def behaviour(self, daemon: SimulatedDaemon) -> None:
        host = f"r{self._dice.randint(1, HOSTS)}.example.com"
        self._note(f"{host} is {self._world.receivers.change_behaviour(host)} now")

    async def clock(self, daemon: SimulatedDaemon) -> None:
        ms = self._dice.choice((-86_400_000, -3_600_000, -5_000, 5_000, 3_600_000, 86_400_000))
        self._note(f"the wall clock jumps by {ms / 1000:g} s")
        self._world.time.jump(ms)

    async def prune(self, daemon: SimulatedDaemon) -> None:
        back = self._dice.choice((0, 1_000, 60_000, 3_600_000))
        self._note(f"prune what is older than {back} ms")
        writer = daemon.service.writer
        self._world.pruned = True
        before = self._world.time.now_ms() - back
        while not (await writer.submit(Prune(before))).done:
            await asyncio.sleep(0.02)
        if self._dice.random() < 0.3:
            self._world.counts_pruned = True
            await writer.submit(PruneCounts(self._world.time.now_ms()))

    async def fail_batch(self, daemon: SimulatedDaemon) -> None:
        """Let a command fail inside a batch: the others in the batch must be committed."""
        self._note("a command of a batch fails")
        writer, events = daemon.service.writer, [self._event() for _ in range(3)]
        accepted = asyncio.gather(*(self._submit(daemon, [event]) for event in events))
        await asyncio.sleep(0)
        with suppress(ZeroDivisionError):
            await writer.submit(FailingCommand())
        await accepted


class FailingCommand:
    """A command that fails after it has written: the batch is rolled back and run without it."""

    def apply(self, tx: Any) -> None:
        tx.flush()
        tx.connection.execute("UPDATE webhooks SET streak = 99, name = name || '?'")
        raise ZeroDivisionError


def event(daemon: SimulatedDaemon, event_type: str, data: dict[str, Any]) -> SubmittedEvent:
    """An event without an id, as parsed by the API."""
    return _parsed(daemon, _raw(event_type, data, None))


def _parsed(daemon: SimulatedDaemon, raw: bytes) -> SubmittedEvent:
    names = daemon.service.catalogue.names()
    return parse_event(raw, limits=EventLimits(), known_types=names)


def _raw(event_type: str, data: dict[str, Any], event_id: str | None) -> bytes:
    event = {"event_type": event_type, "data": data}
    if event_id is not None:
        event["event_id"] = event_id
    return json.dumps(event).encode()
