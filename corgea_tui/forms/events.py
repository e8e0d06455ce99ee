"""The events that a form works with: samples of the catalogue, and those of the last day."""

from collections.abc import Callable, Iterable

import msgspec

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.forms.known_values import KnownValues
from corgea_tui.forms.recent_events import MOST_EVENTS, RecentEvents, event_of, read_event
from corgea_tui.text.words import parsed
from daemon.domain.events.catalogue import known_types
from daemon.domain.events.event import AcceptedEvent
from daemon.domain.events.samples import documented_sample
from daemon.domain.matching.subscriptions import wants
from daemon.protocol import EventType

LEARN_FROM = 24
"""Events that are looked into for paths and values before anybody asks."""
OFFERED = 12
"""Recent events that the preview can be made for."""
SAMPLE, EVENT = "sample:", "event:"
FALLBACK = "scan.completed"


class FormEvents:
    """Knows types, samples and recent events; `changed` is told whenever it knows more."""

    def __init__(
        self, changed: Callable[[], None], *, most: int = MOST_EVENTS, look_into: int = LEARN_FROM
    ) -> None:
        """`most`: how many recent events are listed, `look_into`: how many of them are read."""
        self._changed = changed
        self._look_into = look_into
        self.known = KnownValues()
        self.recent = RecentEvents(self._learn, most)
        self.types: tuple[str, ...] = tuple(sorted(known_types()))
        self._samples: dict[str, AcceptedEvent] = {}
        self.take_types([EventType(name, "", documented_sample(name)) for name in self.types])

    def take_types(self, entries: Iterable[EventType]) -> None:
        """Take the catalogue in."""
        usable = [entry for entry in entries if not entry.reserved]
        self.types = tuple(entry.name for entry in usable)
        for entry in usable:
            if (event := event_of(msgspec.json.encode(entry.sample))) is not None:
                self._samples[entry.name] = event
        self.known.learn(self._samples.values())

    async def read(self, client: Client) -> None:
        """Read the catalogue and the last day's events, and look into the newest few."""
        self.take_types((await client.send(calls.event_types())).items)
        self._changed()
        await self.recent.read(client)
        if self.recent.want(event.event_id for event in self.recent.listed[: self._look_into]):
            await self.recent.look(client)

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
        """What a preview can be made for: samples of what is subscribed to, then recent events."""
        wanted = tuple(subscribed)
        names = [name for name in self.types if wants(wanted, name)] or list(self.types)
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
        """What a preview is made for until somebody chooses."""
        wanted = tuple(subscribed)
        names = [name for name in self.types if wants(wanted, name)]
        preferred = FALLBACK if FALLBACK in names or not names else names[0]
        return f"{SAMPLE}{preferred}"

    def chosen(self, choice: str) -> AcceptedEvent | None:
        """The event behind a choice; None while it was not looked into."""
        if choice.startswith(EVENT):
            return self.recent.event(choice.removeprefix(EVENT))
        return self._samples.get(choice.removeprefix(SAMPLE))

    async def fetch(self, client: Client, choice: str) -> AcceptedEvent | None:
        """The event behind a choice, read if need be; None when it is gone."""
        if (event := self.chosen(choice)) is not None or not choice.startswith(EVENT):
            return event
        event_id = choice.removeprefix(EVENT)
        self.recent.keep(event_id, await read_event(client, event_id))
        return self.recent.event(event_id)
