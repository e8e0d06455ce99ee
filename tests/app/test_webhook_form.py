"""The form of a webhook: entering, complaints, saving, testing, leaving."""

from corgea_tui.screens.form_screens.webhook_form import WebhookForm
from corgea_tui.widgets.fields.entry import TextEntry
from daemon.protocol import FieldProblem, Problem
from tests.app.fake_daemon import webhook
from tests.app.forms import edit, form, saved, words


async def filled(shown):
    """A form that can be saved."""
    await shown.enter("name", "Security events")
    await shown.enter("url", "https://example.com/hook")
    await shown.tick("events", "scan.completed")


class TestEntering:
    async def test_it_is_filled_in_with_keys_and_saved(self, run, daemon):
        daemon.answers["POST", "/v1/webhooks"] = saved(webhook(7, name="Hook"))
        async with form(run, WebhookForm) as shown:
            await shown.press(*"Hook", "tab", "tab")
            await shown.enter("url", "https://example.com/hook")
            await shown.press("tab", "tab", "right", "space", "down", "space", "ctrl+o")
            (body,) = shown.sent()
            assert body == {
                "name": "Hook",
                "url": "https://example.com/hook",
                "type": "other",
                "events": ["issue.status_changed", "issue.assigned"],
                "projects": [],
                "statuses": [],
                "conditions": [],
                "headers": [],
                "body_template": None,
                "standard_webhooks": False,
                "retry": {},
            }
            assert shown.toasts == ["✔ Hook is saved"]
            assert not isinstance(shown.screen, WebhookForm)

    async def test_warnings_of_the_daemon_are_reported_after_the_save(self, run, daemon):
        answer = saved(webhook(7), [("secret", "has 5 characters")])
        daemon.answers["POST", "/v1/webhooks"] = answer
        async with form(run, WebhookForm) as shown:
            await filled(shown)
            await shown.press("ctrl+o")
            assert "has 5 characters" in shown.toasts[0]

    async def test_a_destination_fills_in_the_rest_and_asks_for_the_token(self, run, daemon):
        async with form(run, WebhookForm) as shown:
            await filled(shown)
            await shown.choose("destination", "Splunk HEC")
            assert "Authorization: the token of the HTTP Event Collector" in shown.text
            await shown.enter("headers", "t0ken-1234", index=1)
            assert "t0ken" not in shown.text
            await shown.press("ctrl+o")
            (body,) = shown.sent()
            (header,) = body["headers"]
            assert (header["name"], header["value"]) == ("Authorization", "Splunk t0ken-1234")
            assert '"sourcetype": "corgea:webhook"' in body["body_template"]

    async def test_a_gap_in_a_template_must_be_filled_and_is_typed_hidden(self, run, daemon):
        async with form(run, WebhookForm) as shown:
            await filled(shown)
            await shown.choose("destination", "PagerDuty (Events v2)")
            await shown.press("ctrl+o")
            assert shown.sent() == []
            assert "is missing: the integration key" in shown.text
            await shown.enter("blanks", "r0uting")
            await shown.press("ctrl+o")
            assert '"routing_key": "r0uting"' in shown.sent()[0]["body_template"]
            assert "r0uting" not in shown.text

    async def test_a_url_gives_its_destination_away(self, run):
        async with form(run, WebhookForm) as shown:
            await shown.enter("url", "https://hooks.slack.com/services/T/B/x")
            await shown.leave()
            assert "the URL belongs to Slack" in shown.note("destination")

    async def test_headers_are_rows_that_come_and_go(self, run, daemon):
        async with form(run, WebhookForm) as shown:
            await filled(shown)
            await shown.go("headers")
            await shown.press("enter", *"X-T", "tab", *"red", "ctrl+n", *"Key", "tab", *"k3y")
            await shown.press("ctrl+n", "z", "f8")
            assert "k3y" not in shown.text
            await shown.press("ctrl+o")
            assert shown.sent()[0]["headers"] == [
                {"name": "X-T", "value": "red", "credential": False},
                {"name": "Key", "value": "k3y", "credential": False},
            ]

    async def test_conditions_complete_from_recent_events(self, run, daemon):
        daemon.take_place({"urgency": "CR", "branch": "main"}, {"urgency": "HI", "branch": "dev"})
        async with form(run, WebhookForm) as shown:
            await filled(shown)
            await shown.go("conditions")
            await shown.press("enter", *"urg")
            assert "data.urgency" in shown.text
            await shown.press(
                "down", "tab", "tab", "right", "right", "tab", "down", "down", "enter"
            )
            await shown.press("ctrl+o")
            assert shown.sent()[0]["conditions"] == [
                {"path": "data.urgency", "op": "in", "value": ["HI"]}
            ]

    async def test_down_shows_all_there_is_and_adds_to_a_list(self, run, daemon):
        daemon.take_place({"urgency": "CR"}, {"urgency": "HI"})
        whole = webhook(1, conditions=[{"path": "data.urgency", "op": "in", "value": ["CR"]}])
        async with form(run, edit(whole)) as shown:
            await shown.go("conditions", 2)
            await shown.press("down", "enter")
            line = shown.field("conditions").lines[0]
            assert line.row.value == "CR, ME"  # as the sample has it
            await shown.go("conditions", 0)
            await shown.press("down")
            assert "data.company" in shown.text

    async def test_projects_are_found_by_name(self, run, daemon):
        daemon.take_place({"project": {"id": "p-1", "name": "Billing"}})
        async with form(run, WebhookForm) as shown:
            await shown.go("projects")
            await shown.press(*"bil", "down", "enter")
            assert shown.screen._edit.draft.projects == "p-1"

    async def test_settings_show_where_nothing_is_entered(self, run):
        async with form(run, WebhookForm, size=(120, 50)) as shown:
            assert "2, 4 (settings)" in shown.text

    async def test_pasted_text_loses_invisible_characters(self, run):
        from textual.events import Paste

        async with form(run, WebhookForm) as shown:
            entry = await shown.go("url", kind=TextEntry)
            entry.post_message(Paste("https://example.com/\u200bhook\x1b\n"))
            await shown.settle()
            assert entry.value == "https://example.com/hook"
            assert "2 invisible characters left out" in shown.toasts[0]


class TestComplaints:
    async def test_an_error_stands_at_its_field_once_that_is_left(self, run):
        async with form(run, WebhookForm) as shown:
            await shown.enter("url", "http://example.com/")
            assert shown.note("url") == ""
            await shown.leave()
            assert shown.note("url").startswith("✖ must start with https://")
            await shown.enter("url", "https://example.com/")
            assert shown.note("url") == ""

    async def test_a_save_says_everything_and_goes_to_the_first(self, run):
        async with form(run, WebhookForm) as shown:
            await shown.go("rate")
            await shown.press("ctrl+o")
            assert shown.sent() == []
            assert all(shown.note(key).startswith("✖") for key in ("name", "url", "events"))
            assert "✖ 3 errors" in shown.text
            assert shown.field("name").has_focus_within

    async def test_a_row_is_gone_to_where_it_is_wrong(self, run):
        header = {"name": "X-Team", "value": "", "credential": False}
        condition = {"path": "data.urgency", "op": "in", "value": []}
        shown_webhook = webhook(1, events=["scan.*"], headers=[header], conditions=[condition])
        async with form(run, edit(shown_webhook)) as shown:
            for key in ("conditions", "headers"):
                await shown.press("ctrl+o")
                (line,) = shown.field(key).lines
                assert shown.running.app.focused in line.part("value").walk_children(with_self=True)
                await shown.press("f8")

    async def test_warnings_do_not_stand_in_the_way(self, run, daemon):
        async with form(run, WebhookForm) as shown:
            await filled(shown)
            await shown.enter("secret", "short")
            await shown.leave()
            await shown.leave()
            await shown.leave()
            assert shown.note("secret") == "▲ has 5 characters; 32 or more are hard to guess"
            await shown.press("ctrl+o")
            assert shown.sent()[0]["secret"] == "short"

    async def test_an_error_in_a_row_stands_at_the_row(self, run):
        async with form(run, WebhookForm) as shown:
            await shown.go("conditions")
            await shown.press("enter", *"urgency", "ctrl+o")
            line = shown.field("conditions").lines[0]
            assert "did you mean data.urgency?" in words(line)

    async def test_what_only_the_daemon_knows_comes_to_its_field(self, run, daemon):
        daemon.answers["POST", "/v1/webhooks"] = Problem(
            "Invalid", 422, "x", (FieldProblem("headers.0.name", "no"),)
        )
        async with form(run, WebhookForm) as shown:
            await filled(shown)
            await shown.go("headers")
            await shown.press("enter", *"X-Team", "tab", *"red", "ctrl+o")
            assert "name no" in words(shown.field("headers").lines[0])
            await shown.press(*"2")
            assert words(shown.field("headers").lines[0]) == ""

    async def test_a_name_that_is_taken_is_known_before(self, run, daemon):
        daemon.webhooks = [webhook(1, name="taken")]
        async with form(run, WebhookForm) as shown:
            await shown.enter("name", "taken")
            await shown.leave()
            assert "taken by another webhook" in shown.note("name")

    async def test_another_refusal_is_reported_above_and_nothing_is_lost(self, run, daemon):
        daemon.answers["POST", "/v1/webhooks"] = Problem("Conflict", 409, "not just now")
        async with form(run, WebhookForm) as shown:
            await filled(shown)
            await shown.press("ctrl+o")
            assert "✖ not just now" in shown.text
            assert "Security events" in shown.text
