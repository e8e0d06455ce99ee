"""The events of the last day: read by page, looked into one by one where that is asked for.

Bounded in both: a form must not make a busy daemon read its whole history.
"""

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.client.errors import Refused
from daemon.domain.events import event as domain
from daemon.protocol import Event

SINCE = "since:24h"
MOST_EVENTS = 2_000
MOST_LOOKED_INTO = 400
AT_ONCE = 4
"""Calls on the wire at a time: the daemon has deliveries to make."""


class RecentEvents:
    """What is known of the last day's events. `changed` is told whenever more is known."""

    def __init__(self, changed: Callable[[], None], most: int = MOST_EVENTS) -> None:
        """`most`: how many are listed."""
        self._changed = changed
        self._most = most
        self.listed: list[Event] = []
        """Newest first."""
        self.total: int | None = None
        """How many there are in all; None: not known yet, or too many to count."""
        self.complete = False
        """Whether `listed` is all that will be listed."""
        self.problem = ""
        """Why nothing more could be read."""
        self._payloads: dict[str, domain.AcceptedEvent | None] = {}
        self._wanted: list[str] = []
        self._looking = False

    @property
    def cut(self) -> bool:
        """Whether there are more events than are listed."""
        return self.complete and (self.total is None or self.total > len(self.listed))

    def event(self, event_id: str) -> domain.AcceptedEvent | None:
        """An event with its data; None when it was not looked into."""
        return self._payloads.get(event_id)

    def keep(self, event_id: str, event: domain.AcceptedEvent | None) -> None:
        """Remember an event that was read for another reason."""
        self._payloads[event_id] = event

    def known(self) -> list[domain.AcceptedEvent]:
        """The events that were looked into."""
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

    def want(self, event_ids: Iterable[str]) -> bool:
        """Ask for the data of these events; whether somebody has to `look` for them."""
        self._wanted = [each for each in event_ids if each not in self._payloads]
        return bool(self._next()) and not self._looking

    async def look(self, client: Client) -> None:
        """Read the data of the events that are wanted, as far as more may be read at all."""
        self._looking = True
        try:
            while some := self._next():
                read = await asyncio.gather(*(read_event(client, each) for each in some))
                self._payloads.update(zip(some, read, strict=True))
                self._changed()
        finally:
            self._looking = False

    def _next(self) -> list[str]:
        room = min(AT_ONCE, max(0, MOST_LOOKED_INTO - len(self._payloads)))
        return [each for each in self._wanted if each not in self._payloads][:room]


async def read_event(client: Client, event_id: str) -> domain.AcceptedEvent | None:
    """An event as the rules see it; None when it is gone, or was never one."""
    try:
        detail = await client.send(calls.event(event_id))
    except Refused:
        return None
    payload = detail.payload
    raw = bytes(payload) if isinstance(payload, msgspec.Raw) else msgspec.json.encode(payload)
    return event_of(raw)


def event_of(payload: bytes) -> domain.AcceptedEvent | None:
    """The event that a default payload was made of; None when it is no such payload."""
    try:
        return domain.read_payload(payload)
    except msgspec.DecodeError:
        return None
