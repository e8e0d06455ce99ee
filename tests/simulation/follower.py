"""A client of `/v1/watch` that reconnects after every crash and applies what it receives."""

from functools import partial
from typing import Any

import msgspec

from daemon.services.presenters import present_delivery, present_event, present_webhook
from daemon.store.database import last_seq
from daemon.store.delivery_rows import fetch, select_deliveries
from daemon.store.queries import events, jobs
from daemon.store.queries.catch_up import ChangePosition, Missed, found_at, missed
from daemon.util.tasks import Tasks

PATIENCE = 5.0
AT_ONCE = 3

Known = dict[tuple[str, str], Any]


class Follower:
    """What one client knows of every object, from the stream alone once it has read the lists."""

    def __init__(self) -> None:
        self.position: int | None = None
        self.known: Known = {}
        self.gaps = 0

    def follow(self, daemon: Any, tasks: Tasks) -> None:
        """Read the stream of this daemon until it ends."""
        tasks.spawn(self._follow(daemon), "follower")

    async def _follow(self, daemon: Any) -> None:
        """As `handlers/watch.py` does: subscribe, catch up, go on with what came meanwhile."""
        service = daemon.service
        subscription = service.hub.subscribe(None, urls=True)
        have = await self._catch_up(daemon)
        while True:
            published = subscription.take(have)
            if published is None:
                raise AssertionError("a follower that keeps up got a gap")
            for line in published.lines(urls=True).splitlines():
                self._apply(msgspec.json.decode(line))
            await subscription.wait(PATIENCE)

    async def _catch_up(self, daemon: Any) -> int:
        readers = daemon.service.readers
        if self.position is not None:
            since = self.position
            found = await readers.run(lambda db: missed(db, since))
            await daemon.service.hub.reached(found.seq)
            if isinstance(found, Missed):
                for start in range(0, len(found.positions), AT_ONCE):
                    look = partial(found_at, positions=found.positions[start : start + AT_ONCE])
                    for position, what in await readers.run(look):
                        self._apply(_change(position, what, daemon))
                self.position = found.seq
                return found.seq
            self.gaps += 1
        listed = await readers.run(Listed)
        await daemon.service.hub.reached(listed.seq)
        self.position = listed.seq
        self.known = everything(listed, daemon)
        return self.position

    def _apply(self, change: dict[str, Any]) -> None:
        data = change["data"]
        self.position = max(change["seq"], self.position or 0)
        self.known[change["type"], data.get("id") or data["event_id"]] = data


def _change(position: ChangePosition, what: Any, daemon: Any) -> dict[str, Any]:
    registry, settings = daemon.service.registry, daemon.world.settings.delivery
    if position.type == "delivery":
        what = present_delivery(what, registry, urls=True)
    elif position.type == "event":
        what = present_event(what)
    elif position.type == "webhook":
        what = present_webhook(registry.by_row(position.row), settings, urls=True)
    return {"seq": position.seq, "type": position.type, "data": _as_json(what)}


class Listed:
    """What the lists hold at one moment, as read from the store."""

    def __init__(self, db: Any) -> None:
        self.seq = last_seq(db)
        self.deliveries = fetch(db, select_deliveries())
        self.events = [event for _, event in events.newest(db, None, 100_000)]
        self.jobs = [job for _, job in jobs.by_rows(db, range(1_000))]


def everything(listed: Listed, daemon: Any) -> Known:
    """What a client knows that has read all lists."""
    registry, settings = daemon.service.registry, daemon.world.settings.delivery
    known: Known = {}
    for entry in registry.everything():
        known["webhook", entry.uid] = present_webhook(entry, settings, urls=True)
    for record in listed.deliveries:
        known["delivery", record.uid] = present_delivery(record, registry, urls=True)
    for event in listed.events:
        known["event", event.event_id] = present_event(event)
    for job in listed.jobs:
        known["job", job.id] = job
    return {key: _as_json(shown) for key, shown in known.items()}


def _as_json(shown: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(shown))
