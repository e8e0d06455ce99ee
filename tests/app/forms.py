"""What the tests of forms share: a daemon with a catalogue and events, a form with fields."""

from contextlib import asynccontextmanager
from unittest.mock import patch

import msgspec

from corgea_tui.screens.form_screens import webhook_insight
from corgea_tui.screens.form_screens.webhook_form import WebhookForm
from corgea_tui.widgets.fields.dropdown import Dropdown
from corgea_tui.widgets.fields.entry import TextEntry
from corgea_tui.widgets.fields.field import Field
from corgea_tui.widgets.fields.json_field import JsonArea
from daemon.domain.events.catalogue import EVENT_TYPES
from daemon.domain.events.documented_samples import documented_sample
from tests.app.fake_daemon import FakeDaemon, event, event_detail, page, webhook


def saved(webhook, warnings=()):
    """The answer to a save."""
    return {
        **msgspec.to_builtins(webhook),
        "warnings": [{"field": field, "message": message} for field, message in warnings],
    }


class FormDaemon(FakeDaemon):
    """Knows the catalogue, events with their data, and how to save; remembers versions of saves."""

    def __init__(self):
        super().__init__()
        self.versions = []
        types = [
            {
                "name": entry.name,
                "description": entry.description,
                "sample": documented_sample(entry.name),
                "reserved": entry.reserved,
            }
            for entry in EVENT_TYPES
        ]
        self.answers["GET", "/v1/event-types"] = page(types)
        self.answers["POST", "/v1/webhooks"] = saved(webhook(7))
        self.answers["PUT", "/v1/webhooks/w1"] = saved(webhook(1))
        self.take_place()

    def take_place(self, *payloads):
        """Let events have happened, each with this data; `type` may be among it."""
        events = []
        for number, data in enumerate(payloads):
            kind = data.pop("type", "scan.completed")
            project = data.get("project", {})
            row = event(
                number,
                event_type=kind,
                project=project.get("id"),
                project_name=project.get("name"),
            )
            events.append(row)
            payload = {
                "event_id": row.event_id,
                "event_type": kind,
                "timestamp": row.timestamp,
                "data": data,
            }
            self.answers["GET", f"/v1/events/{row.event_id}"] = event_detail(row, payload=payload)
        self.answers["GET", "/v1/events"] = page(events)

    async def call(self, call):
        if call.version is not None:
            self.versions.append(call.version)
        return await super().call(call)


def words(noted):
    """What the note of a field or a row says."""
    return "" if noted._note is None else noted._note.words


def waiting(screen):
    """Whether preview and figures are still to be worked out again."""
    insight = getattr(screen, "_insight", None)
    return insight is not None and insight.wait is not None


def edit(webhook, **more):
    """What opens the form of a webhook."""
    return lambda session: WebhookForm(session, webhook, **more)


class Form:
    """A form on the screen, and hands to fill it in."""

    def __init__(self, running):
        self.running = running
        self.press = running.press
        self.daemon = running.daemon

    @property
    def screen(self):
        return self.running.app.screen

    @property
    def text(self):
        return self.running.text

    @property
    def toasts(self):
        return self.running.toasts

    def field(self, key):
        return self.screen.query_one(f"#field-{key}", Field)

    def note(self, key):
        """What stands below a field."""
        return words(self.field(key))

    async def settle(self):
        """Until preview and figures have caught up with what was typed."""
        await self.running.settle()
        while waiting(self.screen):
            await self.running.pilot.pause(0.02)
            await self.running.settle()

    async def go(self, key, index=0, kind=None):
        """Put the focus into a field."""
        controls = [
            each
            for each in self.field(key).walk_children()
            if each.focusable and each.display and (kind is None or isinstance(each, kind))
        ]
        controls[index].focus()
        await self.running.settle()
        return controls[index]

    async def enter(self, key, text, index=0):
        """Type into a field, in one go rather than key by key."""
        control = await self.go(key, index, (TextEntry, JsonArea))
        if isinstance(control, JsonArea):
            control.text = text
        else:
            control.value = text
        await self.running.settle()

    async def tick(self, key, *values):
        """Tick items of a field."""
        ticks = await self.go(key)
        for value in values:
            place = [item.value for item in ticks._items].index(value)
            ticks._cursor = place
            await self.press("space")

    async def choose(self, key, label, index=0):
        """Choose from a field's menu: down to it, enter."""
        dropdown = await self.go(key, index, Dropdown)
        place = [shown for _, shown, _ in dropdown._choices].index(label)
        steps = place - (dropdown._index or 0)
        await self.press("enter", *["down" if steps > 0 else "up"] * abs(steps), "enter")

    async def leave(self):
        """Put the focus somewhere else."""
        await self.press("tab")

    def sent(self, method="POST", path="/v1/webhooks"):
        """The bodies of all calls."""
        return self.daemon.asked(method, path)


@asynccontextmanager
async def form(run, make, **options):
    """The app with a form on it, which waits hardly for keys to pause; `make` gets the session."""
    with patch.object(webhook_insight, "PAUSE", 0.001):
        async with _shown(run, make, **options) as shown:
            yield shown


@asynccontextmanager
async def _shown(run, make, **options):
    async with run(**{"size": (120, 60), **options}) as running:
        await running.app.push_screen(make(running.session))
        shown = Form(running)
        await shown.settle()
        yield shown
