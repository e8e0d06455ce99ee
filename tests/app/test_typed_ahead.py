"""Keys that come in bursts, as over a slow link: each works where and when it was meant to."""

import asyncio

from textual.app import ComposeResult
from textual.events import Key
from textual.widgets import Input

from corgea_tui.app.key_queue import KeyQueue
from corgea_tui.screens.form_screens.webhook_form import WebhookForm
from tests.app.fake_daemon import webhook
from tests.app.forms import edit, form


async def type_at_once(app, keys):
    """All keys in one go, until the last has done what it does."""
    arrived = asyncio.Event()
    for key in keys:
        app.post_message(Key(key, {"space": " "}.get(key, key if len(key) == 1 else None)))
    app.call_later(arrived.set)
    await arrived.wait()
    while app._queue:
        await asyncio.sleep(0.01)


async def burst(shown, *keys):
    await type_at_once(shown.running.app, keys)
    await shown.running.settle()


async def test_letters_do_not_overtake_what_deletes(run, daemon):
    async with form(run, edit(webhook(1, name="a"))) as shown:
        await burst(shown, *"bc", "backspace", "d", "ctrl+o")
        assert shown.sent("PUT", "/v1/webhooks/w1")[0]["name"] == "abd"


async def test_fields_are_left_only_after_what_was_done_there(run):
    async with form(run, WebhookForm) as shown:
        await burst(shown, *"Hook", "tab", "tab", *"ab", "tab", "tab", "space", "right", "space")
        await burst(shown, "tab", *"p-1", "tab", "space", "tab", "enter", *"data.x")
        draft = shown.screen._edit.draft
        assert (draft.name, draft.url, draft.projects) == ("Hook", "ab", "p-1")
        assert draft.events == ("issue.*", "issue.status_changed")
        assert draft.statuses == ("open",)
        assert draft.conditions[0].path == "data.x"


async def test_rows_that_are_only_being_made_are_typed_into(run):
    async with form(run, WebhookForm) as shown:
        await shown.go("headers")
        await burst(shown, "enter", "X", "tab", "y", "ctrl+n", "Z", "tab", "w")
        rows = shown.screen._edit.draft.headers
        assert [(row.name, row.value) for row in rows] == [("X", "y"), ("Z", "w")]


async def test_what_is_said_of_a_field_is_of_the_one_with_the_focus(run):
    async with form(run, WebhookForm) as shown:
        await shown.go("events")
        await burst(shown, "tab", "tab", "tab")
        assert "all must hold" in shown.text


class Lines(KeyQueue):
    """Two lines to type in, of which the first goes away with the first key."""

    def compose(self) -> ComposeResult:
        yield Input(id="first")
        yield Input(id="second")

    async def on_input_changed(self, event):
        if event.input.id == "first":
            self.query_one("#second").focus()
            await event.input.remove()


async def test_a_key_whose_widget_is_gone_holds_up_no_other_key():
    app = Lines()
    async with app.run_test() as pilot:
        await type_at_once(app, "abc")
        await pilot.pause()
        assert app.query_one("#second", Input).value == "bc"
