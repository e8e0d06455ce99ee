"""A hostile corpus through the forms: no byte of it may come out as an escape (app.md)."""

import msgspec
import pytest
from textual.events import Paste

from corgea_tui.screens.dialogs.conflict import ConflictDialog
from corgea_tui.screens.dialogs.questions import LeaveForm
from corgea_tui.screens.form_screens.emit_form import EmitForm
from corgea_tui.screens.form_screens.form_screen import FormScreen
from corgea_tui.screens.form_screens.webhook_form import WebhookForm
from corgea_tui.widgets.fields import button, dropdown, entry, json_field, rows_field, secret_field
from corgea_tui.widgets.fields.entry import TextEntry
from corgea_tui.widgets.fields.field import FieldColumn
from corgea_tui.widgets.fields.side_choice import SideChoice
from corgea_tui.widgets.fields.ticks import Ticks
from daemon.protocol import Problem
from tests.app.fake_daemon import attempt, decision, event, event_detail, page, webhook
from tests.app.forms import edit, form
from tests.app.hostile import ALL, HOSTILE, escapes_in

SIZES = [(120, 60), (80, 24), (60, 20)]


def poisoned(**more):
    return webhook(
        1,
        **{
            "name": ALL,
            "url": f"https://{ALL}",
            "type": ALL,
            "events": [ALL],
            "projects": [ALL, "a,b"],
            "statuses": [ALL],
            "conditions": [{"path": ALL, "op": ALL, "value": ALL}],
            "headers": [
                {"name": ALL, "value": ALL, "credential": False},
                {"name": ALL, "value": ALL, "credential": True},
            ],
            "body_template": ALL,
            "secret": {"set": True, "hint": ALL},
            **more,
        },
    )


@pytest.fixture
def daemon(daemon):
    daemon.info = msgspec.structs.replace(daemon.info, login=ALL)
    types = [
        {"name": ALL, "description": ALL, "sample": {"event_type": ALL, "data": {ALL: ALL}}},
        {"name": "scan.completed", "description": "", "sample": {ALL: [ALL]}},
    ]
    daemon.answers["GET", "/v1/event-types"] = page(types)
    rows = [
        event(n, event_type=ALL, project=text, project_name=text) for n, text in enumerate(HOSTILE)
    ]
    daemon.answers["GET", "/v1/events"] = page(rows)
    for row in rows:
        payload = {"event_id": "e", "event_type": "t", "timestamp": "x", "data": {ALL: ALL}}
        daemon.answers["GET", f"/v1/events/{row.event_id}"] = event_detail(row, payload=payload)
    return daemon


def clean(shown):
    """Look at what would be written; links and actions too. The backstop is off."""
    shown.running.app._output_filter.enabled = False
    shown.screen.refresh()
    for strip in shown.screen._compositor.render_strips():
        for segment in strip:
            assert escapes_in(segment.text) == [], segment
            assert segment.style is None or segment.style.link is None
            assert "@click" not in (segment.style.meta if segment.style else {})


@pytest.mark.parametrize("size", SIZES)
async def test_every_field_preview_and_menu(run, daemon, size):
    async with form(run, edit(poisoned()), size=size) as shown:
        clean(shown)
        for key in ("projects", "conditions", "headers", "body_template", "schedule"):
            await shown.go(key)
            await shown.press("down")
            clean(shown)
        await shown.press("ctrl+o")
        await shown.settle()
        clean(shown)


async def test_files_and_reasons(run, daemon):
    async with form(run, edit(poisoned(managed_by=ALL))) as shown:
        clean(shown)


async def test_outcomes_and_refusals(run, daemon):
    sound = webhook(1, events=["scan.completed"])
    answer = {"headers": [], "body": ALL, "truncated": False}
    tested = attempt(error={"kind": "http", "message": ALL}, response=answer)
    daemon.answers["POST", "/v1/webhooks/test"] = {"delivery_id": None, "attempt": tested}
    daemon.answers["PUT", "/v1/webhooks/w1"] = Problem(ALL, 409, ALL)
    async with form(run, edit(sound)) as shown:
        await shown.press("ctrl+t")
        clean(shown)
        await shown.press("x", "ctrl+o")
        clean(shown)


@pytest.mark.parametrize("size", SIZES)
async def test_both_sides_of_two_saves(run, daemon, size):
    daemon.answers["PUT", "/v1/webhooks/w1"] = Problem("Stale", 412, ALL)
    daemon.answers["GET", "/v1/webhooks/w1"] = poisoned(version=7, type="other")
    mine = webhook(1, events=["scan.completed"])
    async with form(run, edit(mine), size=size) as shown:
        await shown.press("x", "ctrl+o")
        assert isinstance(shown.screen, ConflictDialog)
        clean(shown)


@pytest.mark.parametrize("key", ["name", "secret", "body_template"])
async def test_what_is_pasted(run, key):
    async with form(run, WebhookForm, size=(120, 40)) as shown:
        control = await shown.go(key)
        for text in HOSTILE:
            control.post_message(Paste(text))
            await shown.settle()
            clean(shown)


async def test_what_was_not_touched_is_saved_as_it_was(run, daemon):
    template = '{"a":"\u202e\x1b"}'
    shown_webhook = webhook(1, events=["scan.completed"], body_template=template)
    daemon.answers["PUT", "/v1/webhooks/w1"] = Problem("No", 409, "no")
    async with form(run, edit(shown_webhook)) as shown:
        assert '{"a":"\\u202e\\u001b"}' in shown.text
        await shown.enter("name", "renamed")
        await shown.press("ctrl+o")
        assert shown.sent("PUT", "/v1/webhooks/w1")[0]["body_template"] == template


@pytest.mark.parametrize("size", SIZES)
async def test_the_event_and_what_it_caused(run, daemon, size):
    daemon.answers["POST", "/v1/events"] = {"event_id": "e0", "duplicate": False, "deliveries": []}
    daemon.answers["GET", "/v1/events/e0/explain"] = [
        decision(each, ALL, ALL) for each in ("condition", ALL)
    ]
    async with form(run, EmitForm, size=size) as shown:
        await shown.go("event_type")
        await shown.press("enter")
        clean(shown)
        await shown.press("escape")
        await shown.go("project")
        await shown.press("down")
        clean(shown)
        await shown.press("escape", "ctrl+o")
        assert "Caused" in shown.text
        clean(shown)


NEVER = {"ctrl+s", "ctrl+q", "ctrl+z", "ctrl+enter"}
OURS = (
    FormScreen,
    WebhookForm,
    EmitForm,
    FieldColumn,
    ConflictDialog,
    LeaveForm,
    SideChoice,
    Ticks,
    dropdown.Dropdown,
    entry.Suggesting,
    button.FormButton,
    rows_field.RowLine,
    rows_field.RowsField,
    secret_field.SecretField,
)


@pytest.mark.parametrize(
    "widget", [*OURS, TextEntry, json_field.JsonArea], ids=lambda one: one.__name__
)
def test_no_key_is_one_that_terminals_keep(widget):

    keys = set(widget._merged_bindings.key_to_bindings)
    assert not keys & NEVER


@pytest.mark.parametrize("widget", OURS, ids=lambda one: one.__name__)
def test_every_key_can_be_bound_anew(widget):
    own = widget.__dict__["BINDINGS"]
    assert all(binding.id for binding in own)
