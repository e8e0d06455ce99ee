"""The events of a form: the samples of the catalogue, and the events of the last day.

The last day's events are read by page, and their data only on request. Both are bounded: a form
must not make a busy daemon read its whole history.
"""

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.client.errors import Refused
from corgea_tui.forms.suggestions import KnownValues
from corgea_tui.text.words import parsed
from daemon.domain.events import event as domain
from daemon.domain.events.catalogue import known_types
from daemon.domain.events.documented_samples import documented_sample
from daemon.domain.events.event import AcceptedEvent
from daemon.domain.matching.rules import subscribes
from daemon.protocol import Event, EventType

SINCE = "since:24h"
MOST_EVENTS = 2_000
MOST_READ = 400
AT_ONCE = 4
"""Calls in flight at a time, as the daemon also delivers."""


class RecentEvents:
    """The last day's events. It calls `changed` whenever it has read more."""

    def __init__(self, changed: Callable[[], None], most: int = MOST_EVENTS) -> None:
        """`most`: the most events that are listed."""
        self._changed = changed
        self._most = most
        self.listed: list[Event] = []
        """Newest first."""
        self.total: int | None = None
        """The number of all events; None: not known yet, or too many to count."""
        self.complete = False
        """Whether the listing has ended."""
        self.problem = ""
        """Why the listing failed."""
        self._payloads: dict[str, domain.AcceptedEvent | None] = {}
        self._requested: list[str] = []
        self._reading = False

    @property
    def cut(self) -> bool:
        """Whether there are more events than `listed`."""
        return self.complete and (self.total is None or self.total > len(self.listed))

    def event(self, event_id: str) -> domain.AcceptedEvent | None:
        """An event with its data; None when its data was not read."""
        return self._payloads.get(event_id)

    def keep(self, event_id: str, event: domain.AcceptedEvent | None) -> None:
        """Keep an event that was read for another purpose."""
        self._payloads[event_id] = event

    def known(self) -> list[domain.AcceptedEvent]:
        """The events whose data was read."""
        return [event for event in self._payloads.values() if event is not None]

    async def read(self, client: Client) -> None:
        """List the events, page by page, from the newest on."""
        cursor: str | None = None
        self.listed = []
        while len(self.listed) < self._most:
            page = await client.send(calls.events(SINCE, cursor))
            self.listed += page.items
            self.total = page.total
            cursor = page.next
            if cursor is None:
                break
            self._changed()
        self.complete = True
        self._changed()

    def request(self, event_ids: Iterable[str]) -> bool:
        """Request the data of these events; True when `read_requested` must be called."""
        self._requested = [each for each in event_ids if each not in self._payloads]
        return bool(self._next()) and not self._reading

    async def read_requested(self, client: Client) -> None:
        """Read the data of the requested events, up to `MOST_READ` in all."""
        self._reading = True
        try:
            while some := self._next():
                read = await asyncio.gather(*(read_event(client, each) for each in some))
                self._payloads.update(zip(some, read, strict=True))
                self._changed()
        finally:
            self._reading = False

    def _next(self) -> list[str]:
        room = min(AT_ONCE, max(0, MOST_READ - len(self._payloads)))
        return [each for each in self._requested if each not in self._payloads][:room]


async def read_event(client: Client, event_id: str) -> domain.AcceptedEvent | None:
    """The event with this id; None when it was pruned or its payload is not an event."""
    try:
        detail = await client.send(calls.event(event_id))
    except Refused:
        return None
    payload = detail.payload
    raw = bytes(payload) if isinstance(payload, msgspec.Raw) else msgspec.json.encode(payload)
    return event_of(raw)


def event_of(payload: bytes) -> domain.AcceptedEvent | None:
    """The event of a default payload; None when the payload is not one."""
    try:
        return domain.read_payload(payload)
    except msgspec.DecodeError:
        return None


LEARN_FROM = 24
"""Events whose data is read at once for paths and values."""
OFFERED = 12
"""Recent events that the preview offers."""
SAMPLE, EVENT = "sample:", "event:"
FALLBACK = "scan.completed"


class FormEvents:
    """The types, samples and recent events; it calls `changed` whenever it has read more."""

    def __init__(
        self, changed: Callable[[], None], *, most: int = MOST_EVENTS, look_into: int = LEARN_FROM
    ) -> None:
        """`most`: recent events that are listed; `look_into`: those whose data is read."""
        self._changed = changed
        self._look_into = look_into
        self.known = KnownValues()
        self.recent = RecentEvents(self._learn, most)
        self.types: tuple[str, ...] = tuple(sorted(known_types()))
        self._samples: dict[str, AcceptedEvent] = {}
        self.take_types([EventType(name, "", documented_sample(name)) for name in self.types])

    def take_types(self, entries: Iterable[EventType]) -> None:
        """Take in the catalogue."""
        usable = [entry for entry in entries if not entry.reserved]
        self.types = tuple(entry.name for entry in usable)
        for entry in usable:
            if (event := event_of(msgspec.json.encode(entry.sample))) is not None:
                self._samples[entry.name] = event
        self.known.learn(self._samples.values())

    async def read(self, client: Client) -> None:
        """Read the catalogue, the last day's events, and the data of the newest of them."""
        self.take_types((await client.send(calls.event_types())).items)
        self._changed()
        await self.recent.read(client)
        if self.recent.request(event.event_id for event in self.recent.listed[: self._look_into]):
            await self.recent.read_requested(client)

    def _learn(self) -> None:
        for event in self.recent.listed:
            self.known.learn_project(event.project, event.project_name)
        self.known.learn(self.recent.known())
        self._changed()

    def sample(self, event_type: str) -> AcceptedEvent | None:
        """The catalogue's sample of a type."""
        return self._samples.get(event_type)

    # --- for the preview

    def choices(self, subscribed: Iterable[str]) -> list[tuple[str, str, str]]:
        """The choices of a preview: samples of the subscribed types, then recent events."""
        chosen = tuple(subscribed)
        names = [name for name in self.types if subscribes(chosen, name)] or list(self.types)
        found = [(f"{SAMPLE}{name}", name, "sample") for name in names]
        recent = [each for each in self.recent.listed if each.event_type in names]
        for event in recent[:OFFERED]:
            moment = parsed(event.received_at)
            note = " · ".join(
                part
                for part in (
                    event.project_name or event.project or "",
                    f"{moment.astimezone():%H:%M:%S}" if moment else "",
                )
                if part
            )
            found.append((f"{EVENT}{event.event_id}", event.event_type, note))
        return found

    def default(self, subscribed: Iterable[str]) -> str:
        """The choice of a preview until the user makes one."""
        chosen = tuple(subscribed)
        names = [name for name in self.types if subscribes(chosen, name)]
        preferred = FALLBACK if FALLBACK in names or not names else names[0]
        return f"{SAMPLE}{preferred}"

    def chosen(self, choice: str) -> AcceptedEvent | None:
        """The event of a choice; None while its data is not read."""
        if choice.startswith(EVENT):
            return self.recent.event(choice.removeprefix(EVENT))
        return self._samples.get(choice.removeprefix(SAMPLE))

    async def fetch(self, client: Client, choice: str) -> AcceptedEvent | None:
        """The event of a choice, read if necessary; None when it was pruned."""
        if (event := self.chosen(choice)) is not None or not choice.startswith(EVENT):
            return event
        event_id = choice.removeprefix(EVENT)
        self.recent.keep(event_id, await read_event(client, event_id))
        return self.recent.event(event_id)
