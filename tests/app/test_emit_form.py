"""The form of an event to emit: entering, complaints, sending, what it caused."""

import msgspec
import pytest

from corgea_tui.screens.dialogs.questions import LeaveForm
from corgea_tui.screens.form_screens.emit_form import EmitForm
from corgea_tui.widgets.fields.dropdown import Dropdown
from corgea_tui.widgets.fields.entry import TextEntry
from daemon.protocol import FieldProblem, Problem
from tests.app.fake_daemon import delivery, event, info, stamp
from tests.app.forms import form

EVENTS = ("POST", "/v1/events")


def decision(number, what="matched", **more):
    return {
        "webhook_id": f"w{number}",
        "webhook_name": f"Webhook {number}",
        "decision": what,
        "detail": "",
        "delivery_id": f"d{number}" if what == "matched" else None,
        **more,
    }


def takes(daemon, deliveries, decisions, *, duplicate=False):
    """Let the daemon take any event in, with these consequences."""

    def accept(sent):
        event_id = sent["event_id"]
        whole = msgspec.to_builtins(event(1, event_id=event_id))
        own = [msgspec.structs.replace(each, event_id=event_id) for each in deliveries]
        daemon.answers["GET", f"/v1/events/{event_id}"] = {
            **whole,
            "payload": {"event_id": event_id},
            "deliveries": own,
        }
        daemon.answers["GET", f"/v1/events/{event_id}/explain"] = decisions
        return {
            "event_id": event_id,
            "duplicate": duplicate,
            "deliveries": [{"id": each.id, "webhook_id": each.webhook_id} for each in own],
        }

    daemon.answers[EVENTS] = accept


class TestEntering:
    async def test_it_begins_with_a_sample_and_sends_it(self, run, daemon):
        takes(daemon, [delivery(1)], [decision(1)])
        async with form(run, EmitForm) as shown:
            await shown.press("ctrl+o")
            (body,) = shown.sent(*EVENTS)
            assert body["event_type"] == "scan.completed"
            assert body["data"]["issues_found"] == 8
            assert body["event_id"]

    async def test_each_type_has_its_sample_and_what_was_written_stays(self, run, daemon):
        takes(daemon, [], [])
        async with form(run, EmitForm) as shown:
            await shown.enter("data", '{"mine": 1}')
            await shown.choose("event_type", "user.login")
            assert '"username"' in shown.text
            await shown.choose("event_type", "scan.completed")
            assert '"mine": 1' in shown.text
            await shown.press("ctrl+o")
            assert shown.sent(*EVENTS)[0]["data"] == {"mine": 1}

    async def test_numbers_are_sent_as_they_were_typed(self, run, daemon):
        takes(daemon, [], [])
        bodies = []
        call = daemon.call

        async def listen(asked):
            bodies.append(asked.body)
            return await call(asked)

        daemon.call = listen
        async with form(run, EmitForm) as shown:
            await shown.enter("data", '{\n  "n": 1.10,\n  "m": 1e400\n}')
            await shown.press("ctrl+o")
            assert b'"data":{"n":1.10,"m":1e400}}' in bodies[-3]

    async def test_a_project_goes_into_the_data_and_comes_from_it(self, run, daemon):
        daemon.take_place({"project": {"id": "p-1", "name": "Billing"}})
        takes(daemon, [], [])
        async with form(run, EmitForm) as shown:
            await shown.go("project", kind=TextEntry)
            await shown.press("ctrl+u", *"bil", "down", "enter")
            assert shown.note("project") == "Billing"
            await shown.press("ctrl+o")
            data = shown.sent(*EVENTS)[0]["data"]
            assert data["project"] == {"id": "p-1", "name": "Billing"}
            assert list(data)[3] == "project"
            await shown.enter("data", '{"project":{"id":7,"name":"Seven"}}')
            entry = await shown.go("project", kind=TextEntry)
            assert entry.value == "7"

    async def test_no_project_is_possible(self, run, daemon):
        takes(daemon, [], [])
        async with form(run, EmitForm) as shown:
            await shown.enter("project", "")
            await shown.press("ctrl+o")
            assert "project" not in shown.sent(*EVENTS)[0]["data"]


class TestComplaints:
    async def test_broken_json_is_not_sent_and_its_place_is_gone_to(self, run, daemon):
        async with form(run, EmitForm) as shown:
            await shown.enter("data", '{\n  "a": 1,\n  "b": }')
            assert shown.note("data") == "✖ line 3, column 8: Expecting value"
            await shown.go("event_type", kind=Dropdown)
            await shown.press("ctrl+o")
            assert shown.sent(*EVENTS) == []
            area = shown.field("data").area
            assert area.has_focus
            assert area.cursor_location == (2, 7)
            assert shown.toasts == []  # one would hide what is wrong
            below = shown.running.lines[-2]
            assert "✖ line 3, column 8: Expecting value" in below  # in sight however long the data

    async def test_what_is_no_event_is_said_in_the_daemons_words(self, run, daemon):
        async with form(run, EmitForm) as shown:
            await shown.enter("data", "[1]")
            assert "must be a JSON object" in shown.note("data")
            await shown.enter("data", "{}")
            await shown.enter("event_id", "no spaces")
            assert "1 to 128" in shown.note("event_id")
            assert "✖ 1 error" in shown.text

    async def test_a_refusal_comes_to_its_field(self, run, daemon):
        daemon.answers[EVENTS] = Problem(
            "Invalid", 422, "refused", (FieldProblem("data.x", "is odd"),)
        )
        async with form(run, EmitForm) as shown:
            await shown.press("ctrl+o")
            assert shown.note("data") == "✖ x is odd"
            assert "✖ refused" in shown.text

    async def test_a_lost_link_is_reported_and_the_event_can_be_sent_again(self, run, daemon):
        async with form(run, EmitForm) as shown:
            daemon.reachable = False
            await shown.press("ctrl+o")
            assert "closed the connection" in shown.text
            daemon.reachable = True
            takes(daemon, [delivery(1)], [decision(1)])
            await shown.press("ctrl+o")
            assert "went to 1 of 1 webhook" in shown.text

    async def test_who_may_not_is_reported(self, run, daemon):
        daemon.info = info(role="viewer")
        async with form(run, EmitForm) as shown:
            await shown.press("ctrl+o")
            assert shown.sent(*EVENTS) == []
            assert "needs an operator" in shown.toasts[0]


class TestWhatItCaused:
    async def test_every_webhook_has_its_row_with_the_reason(self, run, daemon):
        takes(
            daemon,
            [delivery(1)],
            [
                decision(1),
                decision(2, "project_filter", detail="requires Web; the event has Billing"),
                decision(3, "not_subscribed", detail="to scan.completed"),
            ],
        )
        async with form(run, EmitForm) as shown:
            await shown.press("ctrl+o")
            assert "went to 1 of 3 webhooks" in shown.text
            assert "✔ 1 succeeded" in shown.text
            assert "requires Web; the event has Billing" in shown.running.line("Webhook 2")
            assert "not subscribed" in shown.running.line("Webhook 3")

    async def test_deliveries_go_on_before_the_eyes(self, run, daemon):
        waiting = delivery(1, "pending", attempt=1, next_attempt_at=stamp(3), http_status=503)
        takes(daemon, [waiting], [decision(1)])
        async with form(run, EmitForm) as shown:
            await shown.press("ctrl+o")
            assert "… under way" in shown.text
            assert "retry in 3s" in shown.running.line("Webhook 1")
            sent = shown.sent(*EVENTS)[0]["event_id"]
            await shown.running.arrive(delivery(9, "failed", event_id="another"))
            assert "… under way" in shown.text
            await shown.running.arrive(delivery(1, "failed", event_id=sent))
            assert "✖ 1 failed" in shown.text
            assert "503 Service Unavailable" in shown.running.line("Webhook 1")

    async def test_what_arrives_while_it_is_read_is_not_lost(self, run, daemon):
        waiting = delivery(1, "pending", attempt=0, http_status=None)
        takes(daemon, [waiting], [decision(1)])
        async with form(run, EmitForm) as shown:
            screen = shown.screen
            read = screen._read

            def meanwhile(taken):
                shown.running.link.arrive(delivery(1, "succeeded", event_id=taken.event_id))
                read(taken)

            screen._read = meanwhile
            await shown.press("ctrl+o")
            assert "✔ 1 succeeded" in shown.text

    async def test_no_webhook_matched(self, run, daemon):
        takes(daemon, [], [decision(1, "not_subscribed"), decision(2, "paused")])
        async with form(run, EmitForm) as shown:
            await shown.press("ctrl+o")
            assert "▲ went to none of 2 webhooks" in shown.text

    async def test_again_is_a_new_event_and_the_same_is_none(self, run, daemon):
        takes(daemon, [delivery(1)], [decision(1)])
        async with form(run, EmitForm) as shown:
            assert "again" not in shown.text
            await shown.press("ctrl+n")
            assert shown.sent(*EVENTS) == []
            await shown.press("ctrl+o", "ctrl+n")
            takes(daemon, [delivery(1)], [decision(1)], duplicate=True)
            await shown.press("ctrl+o")
            first, second, third = (body["event_id"] for body in shown.sent(*EVENTS))
            assert first != second == third
            assert "duplicate: accepted before, not sent again" in shown.text

    async def test_after_a_gap_it_is_read_again(self, run, daemon):
        waiting = delivery(1, "pending", attempt=0)
        takes(daemon, [waiting], [decision(1)])
        async with form(run, EmitForm) as shown:
            await shown.press("ctrl+o")
            sent = shown.sent(*EVENTS)[0]["event_id"]
            whole = daemon.answers["GET", f"/v1/events/{sent}"]
            whole["deliveries"] = [delivery(1, "failed", event_id=sent)]
            await shown.running.gap()
            assert "✖ 1 failed" in shown.text


class TestLeaving:
    async def test_what_could_not_be_read_is_read_when_the_link_is_back(self, run, daemon):
        takes(daemon, [delivery(1)], [decision(1)])
        take_in = daemon.answers[EVENTS]

        def accept_and_go(sent):
            daemon.reachable = False
            return take_in(sent)

        daemon.answers[EVENTS] = accept_and_go
        async with form(run, EmitForm) as shown:
            await shown.press("ctrl+o")
            assert "accepted; its deliveries are not known: the daemon closed" in shown.text
            await shown.running.come_back()
            await shown.settle()
            assert "1 succeeded" in shown.text

    async def test_a_sample_is_left_at_once_and_so_is_what_was_sent(self, run, daemon):
        takes(daemon, [], [])
        async with form(run, EmitForm) as shown:
            await shown.enter("data", '{"mine": 1}')
            await shown.press("escape")
            assert isinstance(shown.screen, LeaveForm)
            await shown.press("s")
            assert len(shown.sent(*EVENTS)) == 1
            await shown.press("escape")
            assert not isinstance(shown.screen, EmitForm)


@pytest.mark.parametrize("size", [(60, 24), (80, 24), (120, 40)])
async def test_every_width_shows_event_and_consequences(run, daemon, size):
    takes(daemon, [delivery(1)], [decision(1), decision(2, "condition", detail="wants more")])
    async with form(run, EmitForm, size=size) as shown:
        await shown.press("ctrl+o")
        for words in ("scan.completed", '"company"', "went to 1 of 2 webhooks", "Webhook 2"):
            assert words in shown.text


async def test_a_click_is_as_good_as_a_key(run, daemon):
    takes(daemon, [delivery(1)], [decision(1)])
    async with form(run, EmitForm) as shown:
        keys = shown.running.line("^o send")
        await shown.running.pilot.click("KeysLine", offset=(keys.index("^o"), 0))
        await shown.running.settle()
        assert "went to 1 of 1 webhook" in shown.text
