"""The form of a webhook: secrets, the preview, tests, two people at once, files, leaving."""

import pytest

from corgea_tui.screens.form_screens.webhook_form import WebhookForm
from corgea_tui.widgets.fields.entry import TextEntry
from corgea_tui.widgets.fields.panes import PreviewPane
from daemon.protocol import Problem
from tests.app.fake_daemon import attempt, webhook
from tests.app.forms import edit, form

PUT = ("PUT", "/v1/webhooks/w1")


class TestSecrets:
    async def test_a_stored_one_is_kept_and_never_sent(self, run, daemon):
        async with form(run, edit(webhook(1))) as shown:
            assert "••••9f2c kept" in shown.text
            await shown.enter("name", "renamed")
            await shown.press("ctrl+o")
            assert "secret" not in shown.sent(*PUT)[0]
            assert daemon.versions == [1]

    async def test_it_can_be_removed_and_kept_after_all(self, run, daemon):
        async with form(run, edit(webhook(1))) as shown:
            await shown.go("secret", 2)
            await shown.press("enter")
            assert "••••9f2c will be removed" in shown.text
            await shown.press("enter")
            assert "••••9f2c kept" in shown.text
            await shown.press("enter", "ctrl+o")
            assert shown.sent(*PUT)[0]["secret"] is None

    async def test_one_can_be_made_and_is_handed_out_once(self, run, daemon, copied):
        async with form(run, WebhookForm) as shown:
            await shown.go("secret")
            await shown.press("ctrl+g")
            (made,) = copied
            assert len(made) >= 32
            assert made not in shown.text
            await shown.press("ctrl+r")
            assert made[:20] in shown.text or made[-20:] in shown.text
            await shown.press("ctrl+r")
            assert made not in shown.text
            await shown.press(
                "ctrl+r", "tab", "tab", "tab"
            )  # it is hidden again with the field left
            assert made[:20] not in shown.text
            assert shown.note("secret") == ""

    async def test_for_standard_webhooks_it_is_spelled_as_they_want(self, run, copied):
        async with form(run, WebhookForm) as shown:
            await shown.tick("standard_webhooks", "on")
            await shown.go("secret")
            await shown.press("ctrl+g")
            assert copied[0].startswith("whsec_")

    async def test_what_is_typed_is_not_seen(self, run):
        async with form(run, WebhookForm) as shown:
            await shown.go("secret", kind=TextEntry)
            await shown.press(*"s3cr3t")
            assert "s3cr3t" not in shown.text
            assert "••••••" in shown.text


@pytest.fixture
def copied(monkeypatch):
    """What was copied."""
    texts = []
    monkeypatch.setattr(
        "corgea_tui.screens.form_screens.webhook_form.copy",
        lambda _place, _name, text: texts.append(text),
    )
    return texts


class TestPreview:
    async def test_it_follows_the_template_and_says_where_the_error_is(self, run):
        async with form(run, WebhookForm) as shown:
            await shown.tick("events", "scan.completed")
            await shown.enter("body_template", '{\n  "n": {{data.issues_found}}\n}')
            await shown.settle()
            assert '"n": 8' in shown.text
            assert "✔ 8 bytes, valid" in shown.text or "bytes, valid" in shown.text
            await shown.enter("body_template", '{\n  "n": {{data.issues_found}}\n  "m": 1\n}')
            await shown.settle()
            assert "✖ line 3, column 3: " in shown.text
            area = shown.field("body_template").area
            marked = [span for span in area.get_line(2).spans if getattr(span.style, "reverse", 0)]
            assert marked

    async def test_it_is_made_for_a_real_event_when_that_is_chosen(self, run, daemon):
        daemon.take_place({"project": {"id": "p", "name": "Billing"}, "issues_found": 77})
        async with form(run, WebhookForm) as shown:
            await shown.tick("events", "scan.completed")
            await shown.enter("body_template", '{"n":{{data.issues_found}}}')
            await shown.settle()
            await shown.press("f4", "enter", "down", "enter")
            await shown.settle()
            assert '"n": 77' in shown.text
            await shown.press("escape")
            assert shown.field("body_template").has_focus_within

    async def test_where_there_is_little_room_it_comes_with_the_body(self, run):
        async with form(run, WebhookForm, size=(80, 24)) as shown:
            pane = shown.screen.query_one(PreviewPane)
            assert not pane.display
            await shown.go("body_template")
            assert pane.display
            assert "Preview" in shown.text
            await shown.go("name")
            assert not pane.display

    async def test_a_destinations_limit_is_reported(self, run):
        async with form(run, WebhookForm) as shown:
            await shown.choose("destination", "Discord")
            await shown.enter("body_template", '{"content":"' + "x" * 2001 + '"}')
            await shown.settle()
            assert "allows 2,000" in shown.screen.query_one(PreviewPane)._note.words


class TestTesting:
    async def test_it_works_without_saving_and_lends_what_is_stored(self, run, daemon):
        good = attempt(error=None, http_status=200)
        answer = {"delivery_id": None, "attempt": {**good, "response": {**good["response"]}}}
        daemon.answers["POST", "/v1/webhooks/test"] = answer
        async with form(run, edit(webhook(1))) as shown:
            await shown.press("ctrl+t")
            (body,) = shown.sent("POST", "/v1/webhooks/test")
            assert body["id"] == "w1"
            assert "secret" not in body
            assert "Test  ✔ 200  in 180 ms" in shown.text
            assert "upstream is down" in shown.text
            await shown.press("x")
            assert "Test  ✔ 200  in 180 ms   before the last change" in shown.text

    async def test_a_failure_stands_below_in_words(self, run, daemon):
        failed = attempt(
            http_status=None, response=None, error={"kind": "dns", "message": "no host"}
        )
        daemon.answers["POST", "/v1/webhooks/test"] = {"delivery_id": None, "attempt": failed}
        async with form(run, edit(webhook(1))) as shown:
            await shown.press("ctrl+t")
            assert "Test  ✖ no host" in shown.text

    async def test_name_and_events_are_not_needed_for_it(self, run, daemon):
        daemon.answers["POST", "/v1/webhooks/test"] = {"delivery_id": None, "attempt": attempt()}
        async with form(run, WebhookForm) as shown:
            await shown.enter("url", "https://example.com/hook")
            await shown.press("ctrl+t")
            (body,) = shown.sent("POST", "/v1/webhooks/test")
            assert body["name"]
            assert body["events"]

    async def test_what_stands_in_its_way_is_said(self, run, daemon):
        async with form(run, WebhookForm) as shown:
            await shown.press("ctrl+t")
            assert shown.sent("POST", "/v1/webhooks/test") == []
            assert shown.note("url").startswith("✖")
            assert shown.note("events") == ""

    async def test_a_refusal_is_reported(self, run, daemon):
        daemon.answers["POST", "/v1/webhooks/test"] = Problem("No", 409, "not now")
        async with form(run, edit(webhook(1))) as shown:
            await shown.press("ctrl+t")
            assert "Test  not now" in shown.text


class TestMouse:
    async def test_everything_can_be_clicked(self, run, daemon):
        async with form(run, WebhookForm) as shown:
            pilot = shown.running.pilot
            await shown.enter("name", "Hook")
            await shown.enter("url", "https://example.com/hook")
            await pilot.click("#field-events Ticks", offset=(1, 0))
            await pilot.click("#field-destination Dropdown")
            await shown.running.settle()
            await pilot.click("#field-destination Menu", offset=(3, 1))
            await pilot.click("#field-headers .row-add")
            await shown.running.settle()
            await pilot.click("#field-headers .row-remove")
            await shown.running.settle()
            keys = shown.running.line("^o save")
            await pilot.click("KeysLine", offset=(keys.index("^o"), 0))
            await shown.running.settle()
            (body,) = shown.sent()
            assert body["events"] == ["issue.*"]
            assert body["type"] == "slack"
            assert body["headers"] == []


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_every_width_shows_what_is_entered(run, daemon, width):
    whole = webhook(
        1,
        conditions=[{"path": "data.urgency", "op": "in", "value": ["CR", "HI"]}],
        headers=[{"name": "X-Team", "value": "red", "credential": False}],
    )
    async with form(run, edit(whole), size=(width, 70)) as shown:
        for words in ("Slack #security", "data.urgency", "CR, HI", "X-Team", "red", "••••9f2c"):
            assert words in shown.text
        assert ("Preview" in shown.running.line("Name")) == (width == 120)


async def test_sections_are_gone_through_with_page_keys(run):
    async with form(run, WebhookForm, size=(80, 24)) as shown:
        await shown.press("pagedown")
        assert shown.field("events").has_focus_within
        await shown.press("pagedown", "pageup", "pageup")
        assert shown.field("name").has_focus_within


async def test_help_lists_the_keys_of_the_form(run):
    async with form(run, WebhookForm) as shown:
        await shown.press("f1")
        assert "test" in shown.text
        assert "save" in shown.text


async def test_what_a_file_no_longer_names_is_said_to_be_gone(run):
    async with form(run, edit(webhook(1, managed_by="team.toml"))) as shown:
        await shown.running.arrive(removed=("w1",))
        assert "this webhook was deleted" in shown.text
        assert "Slack #security" in shown.text
