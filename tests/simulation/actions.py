"""What producers, operators, admins and time do to the daemon; each act is chosen by chance."""

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
from tests.simulation.life import Life
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


class Actions:
    """All acts there are, by weight, on whichever life is running."""

    def __init__(self, world: World, dice: Random, *, burst: int) -> None:
        self._world = world
        self._dice = dice
        self._burst = burst
        self._names: list[str] = []
        self._made = 0
        self._given: list[tuple[str, str, dict[str, Any]]] = []
        self._weights: dict[Callable[[Life], Awaitable[None]], int] = {
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
            self.mood: 8,
            self.clock: 2,
            self.prune: 1,
            self.spoil: 1,
        }

    async def first(self, life: Life, least: int, most: int) -> None:
        """Some webhooks to begin with."""
        for _ in range(self._dice.randint(least, most)):
            await self.create(life)

    async def any(self, life: Life) -> None:
        """One act by chance; a refusal is an answer, too."""
        act = self._dice.choices(list(self._weights), list(self._weights.values()))[0]
        if not self._names:
            act = self.create
        try:
            await act(life)
        except Refusal as refusal:
            self._tell(f"  refused: {refusal}")

    def _tell(self, what: str) -> None:
        self._world.tell(what)

    # --- events -------------------------------------------------------------------------------

    async def emit(self, life: Life) -> None:
        await self._submit(life, [self._event()])

    async def burst(self, life: Life) -> None:
        events = [self._event() for _ in range(self._dice.randint(2, self._burst))]
        if self._dice.random() < 0.5:
            await self._submit(life, events)
        else:
            await asyncio.gather(*(self._submit(life, [event]) for event in events))

    async def repeat(self, life: Life) -> None:
        """An id that was given before, with the same content or with other content."""
        if not self._given:
            return
        event_id, event_type, data = self._dice.choice(self._given)
        if self._dice.random() < 0.3:
            data = {**data, "n": -1}
        await self._submit(life, [_raw(event_type, data, event_id)] * self._dice.randint(1, 3))

    def _event(self) -> bytes:
        self._made += 1
        dice = self._dice
        data: dict[str, Any] = {"company": "Acme", "n": self._made}
        if dice.random() < 0.7:
            data["project"] = {"id": str(dice.randint(1, 3)), "name": "Ümläut & <Söhne>"}
        if self._world.deadly and dice.random() < 0.15:
            data["deadly"] = True
        event_type = dice.choice(TYPES)
        event_id = f"ev-{self._made}" if dice.random() < 0.5 else None
        if event_id is not None:
            self._given.append((event_id, event_type, data))
        return _raw(event_type, data, event_id)

    async def _submit(self, life: Life, raws: list[bytes]) -> None:
        events = [_parsed(life, raw) for raw in raws]
        answers = await life.service.intake.accept(events)
        for event, answer in zip(events, answers, strict=True):
            if isinstance(answer, Accepted):
                self._world.promise(event, answer)
        self._tell(f"{len(events)} events accepted")

    # --- webhooks -----------------------------------------------------------------------------

    async def create(self, life: Life) -> None:
        name = f"hook {len(self._names) + 1}"
        self._names.append(name)
        self._tell(f"create {name}")
        await self._world.audited(life.service.webhooks.create(self._form(name), ANN))

    async def edit(self, life: Life) -> None:
        name = self._webhook()
        self._tell(f"edit {name}")
        await self._world.audited(life.service.webhooks.replace(name, self._form(name), None, ANN))

    async def delete(self, life: Life) -> None:
        name = self._webhook()
        self._tell(f"delete {name}")
        await self._world.audited(life.service.webhooks.delete(name, None, ANN))

    async def pause(self, life: Life) -> None:
        name = self._webhook()
        self._tell(f"pause {name}")
        await life.service.webhooks.pause(name, ANN)

    async def activate(self, life: Life) -> None:
        name = self._webhook()
        self._tell(f"activate {name}")
        await life.service.webhooks.activate(name, ANN)

    async def test(self, life: Life) -> None:
        name = self._webhook()
        self._tell(f"test {name}")
        record = await self._world.audited(
            life.service.webhooks.test(name, ANN, b'{"company":"x"}')
        )
        if record.attempt != 1 or record.status == "discarded":
            self._world.complain(f"a test ended {record.status} after {record.attempt} attempts")

    def _webhook(self) -> str:
        return self._dice.choice(self._names)

    def _form(self, name: str) -> dict[str, Any]:
        dice = self._dice
        host = f"r{dice.randint(1, HOSTS)}.example.com"
        return {
            "name": name,
            "url": f"https://{host}/{dice.randint(1, 99)}",
            "events": dice.choice(SUBSCRIPTIONS),
            "projects": ["1", "2"] if dice.random() < 0.2 else [],
            "secret": None if dice.random() < 0.5 else f"secret {dice.randint(1, 9)}",
            "body_template": dice.choice(TEMPLATES) if dice.random() < 0.2 else None,
            "retry": {
                "schedule": dice.choice(SCHEDULES),
                "timeout": dice.choice((None, None, 2.0)),
                "concurrency": dice.choice((None, None, 1, 2)),
                "rate": dice.choice((None, None, None, 0.5, 20.0)),
            },
        }

    # --- deliveries and jobs ------------------------------------------------------------------

    async def retry(self, life: Life) -> None:
        known = list(self._world.witness.deliveries.values())
        if known:
            record = self._dice.choice(known[-60:]).record
            self._tell(f"retry delivery {record.row}")
            await self._world.audited(life.service.webhooks.retry(record.uid, ANN))

    async def bulk_retry(self, life: Life) -> None:
        text = self._dice.choice(("status:failed", "status:discarded", "http:5xx", "type:scan.*"))
        self._tell(f"bulk retry {text}")
        started = life.jobs.start_retry(text=text, caller=ANN, **self._pace())
        await self._world.audited(started)

    async def replay(self, life: Life) -> None:
        name, since = self._webhook(), self._world.time.now_ms() - 3_600_000
        self._tell(f"replay {name}")
        started = life.jobs.start_replay(
            webhook=name,
            since_ms=since,
            until_ms=self._world.time.now_ms() + 1,
            text="",
            caller=ANN,
            **self._pace(),
        )
        await self._world.audited(started)

    async def cancel(self, life: Life) -> None:
        found = life.service.db.execute_sql("SELECT uid FROM jobs ORDER BY id DESC LIMIT 3")
        uids = [uid for (uid,) in found]
        if uids:
            self._tell("cancel a job")
            await self._world.audited(life.jobs.cancel(self._dice.choice(uids), ANN))

    def _pace(self) -> dict[str, Any]:
        return {
            "limit": self._dice.choice((None, 1, 7)),
            "rate": self._dice.choice((None, 2.0, 50.0)),
        }

    # --- circumstances ------------------------------------------------------------------------

    async def settings(self, life: Life) -> None:
        dice = self._dice
        delivery = replace(
            self._world.settings.delivery,
            schedule=dice.choice(((2.0, 4.0), (), (1.0,), (0.1, 0.1, 60.0))),
            pause_after=dice.choice((10, 10, 3, 1)),
            timeout=dice.choice((10.0, 1.0)),
            concurrency=dice.choice((64, 8, 3)),
            per_webhook_concurrency=dice.choice((16, 4, 1)),
        )
        self._tell(f"settings {delivery}")
        life.apply(replace(self._world.settings, delivery=delivery))

    async def mood(self, life: Life) -> None:
        host = f"r{self._dice.randint(1, HOSTS)}.example.com"
        self._tell(f"{host} is {self._world.receivers.change_mood(host)} now")

    async def clock(self, life: Life) -> None:
        ms = self._dice.choice((-86_400_000, -3_600_000, -5_000, 5_000, 3_600_000, 86_400_000))
        self._tell(f"the wall clock jumps by {ms / 1000:g} s")
        self._world.time.jump(ms)

    async def prune(self, life: Life) -> None:
        back = self._dice.choice((0, 1_000, 60_000, 3_600_000))
        self._tell(f"prune what is older than {back} ms")
        writer = life.service.writer
        self._world.pruned = True
        before = self._world.time.now_ms() - back
        while not (await writer.submit(Prune(before))).done:
            await asyncio.sleep(0.02)
        if self._dice.random() < 0.3:
            self._world.counts_pruned = True
            await writer.submit(PruneCounts(self._world.time.now_ms()))

    async def spoil(self, life: Life) -> None:
        """Spoil a batch of the writer's: whatever else is in it must stand."""
        self._tell("a batch is spoiled")
        writer, events = life.service.writer, [self._event() for _ in range(3)]
        accepted = asyncio.gather(*(self._submit(life, [event]) for event in events))
        await asyncio.sleep(0)
        with suppress(ZeroDivisionError):
            await writer.submit(Mischief())
        await accepted


class Mischief:
    """A unit that fails after it has written: its batch is rolled back, and it fails alone."""

    def apply(self, tx: Any) -> None:
        tx.execute("UPDATE webhooks SET streak = 99, name = name || '?'")
        raise ZeroDivisionError


def event(life: Life, event_type: str, data: dict[str, Any]) -> SubmittedEvent:
    """An event without an id, as parsed by the API."""
    return _parsed(life, _raw(event_type, data, None))


def _parsed(life: Life, raw: bytes) -> SubmittedEvent:
    names = life.service.catalogue.names()
    return parse_event(raw, limits=EventLimits(), known_types=names)


def _raw(event_type: str, data: dict[str, Any], event_id: str | None) -> bytes:
    event = {"event_type": event_type, "data": data}
    if event_id is not None:
        event["event_id"] = event_id
    return json.dumps(event).encode()
