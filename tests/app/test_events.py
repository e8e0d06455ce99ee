import msgspec

from corgea_tui.screens import events as events_screen
from tests.app.fake_daemon import decision, delivery, event, event_detail, page


def known(daemon, *events):
    """Let the daemon know these events, newest last."""
    daemon.answers["GET", "/v1/events"] = page(events[::-1])


def explained(daemon, number, *rows):
    sent = msgspec.to_builtins(delivery(5, "failed", id="d5", event_id=f"e{number}"))
    detail = event_detail(event(number), payload={"n": 1}, deliveries=[sent])
    daemon.answers["GET", f"/v1/events/e{number}"] = detail
    daemon.answers["GET", f"/v1/events/e{number}/explain"] = list(rows)


async def test_events_are_read_once_their_screen_is_opened(run, daemon):
    known(daemon, event(1), event(2, event_type="user.login", matched=0, project=None))
    async with run() as app:
        assert daemon.asked("GET", "/v1/events") == []
        await app.press("3")
        assert "✔ 1 of 4 webhooks" in app.line("scan.completed")
        assert "⊘ none of 4 webhooks" in app.line("user.login")
        await app.arrive(events=(event(3, event_type="scan.failed"),))
        assert "scan.failed" in app.lines[4]


async def test_explain_has_a_row_for_every_webhook(run, daemon):
    known(daemon, event(1))
    explained(
        daemon,
        1,
        decision(
            "not_subscribed", "Compliance log", "to scan.completed (subscribes to scan.failed)"
        ),
        decision("project_filter", "Slack #security", "requires Web; the event has Billing"),
        decision("matched", "Jira tickets", delivery_id="d5"),
        decision("paused", "Audit", "since 13:40, 10 failures in a row"),
    )
    async with run("3", "down") as app:
        first = app.line("Jira tickets")
        assert "✔" in first
        assert "✖ failed 503 after 3 attempts" in first
        assert "project filter" in app.line("requires Web; the event has Billing")
        assert "not subscribed" in app.line("to scan.completed")
        assert "‖" in app.line("since 13:40")


async def test_the_explanation_stays_live(run, daemon):
    known(daemon, event(1))
    explained(daemon, 1, decision("matched", "Jira", delivery_id="d5"))
    async with run("3", "down") as app:
        before = len(daemon.asked("GET", "/v1/events/e1/explain"))
        await app.arrive(delivery(5, id="d5", event_id="e1"))
        assert len(daemon.asked("GET", "/v1/events/e1/explain")) > before


async def test_the_payload_keeps_the_spelling_of_numbers(run, daemon):
    known(daemon, event(1))
    explained(daemon, 1)
    detail = msgspec.json.encode(daemon.answers["GET", "/v1/events/e1"])
    daemon.answers["GET", "/v1/events/e1"] = detail.replace(b'{"n":1}', b'{"n":1.500}')
    async with run("3", "down", "]") as app:
        assert '"n": 1.500' in app.text


async def test_n_finds_the_next_event_that_went_nowhere(run, daemon):
    known(daemon, event(1, matched=0), event(2))
    explained(daemon, 1, decision("not_subscribed"))
    async with run("3", "n") as app:
        assert app.selected.id == "e1"
        await app.press("n")
        assert app.toasts == ["no unmatched event below"]


def a_long_history(daemon, unwanted, of):
    """A daemon with `of` events, of which the `unwanted` ones went nowhere."""
    events = [event(n, matched=int(n not in unwanted)) for n in range(of, 0, -1)]

    def matching(query):
        words = query.get("filter", "").split()
        until = [word.removeprefix("until:") for word in words if word.startswith("until:")]
        before = min([*until, *([query["to"]] if "to" in query else [])], default="9")
        rows = [each for each in events if each.received_at < before]
        start, limit = int(query.get("cursor", 0)), query["limit"]
        following = str(start + limit) if start + limit < len(rows) else None
        shown = rows[start : start + limit]
        return {"items": shown, "next": following, "total": len(rows), "seq": 1}

    daemon.answers["GET", "/v1/events"] = matching
    for number in unwanted:
        detail = event_detail(events[of - number])
        daemon.answers["GET", f"/v1/events/e{number}"] = detail
        explained(daemon, number, decision("not_subscribed"))


async def test_n_goes_to_an_event_that_is_far_down(run, daemon):
    a_long_history(daemon, unwanted={1, 4}, of=2_900)
    async with run("3", "n") as app:
        assert app.selected.id == "e4"
        assert "/ until:20" in app.text
        await app.press("n", "n")
        assert app.selected.id == "e1"
        assert app.toasts[-1] == "no unmatched event below"
        await app.press("N")
        assert app.selected.id == "e4"


async def test_n_says_how_far_it_has_looked(run, daemon, monkeypatch):
    monkeypatch.setattr(events_screen, "SEARCHED", 500)
    a_long_history(daemon, unwanted={1}, of=2_900)
    async with run("3", "n") as app:
        assert app.toasts[-1].startswith("no unmatched event among the")


async def test_a_filter_about_deliveries_is_reported(run, daemon):
    known(daemon, event(1))
    async with run("3") as app:
        await app.filter("status:failed")
        assert app.toasts == ["events have no status; deliveries (1) do"]


async def test_only_what_events_have_is_proposed_in_their_filter(run, daemon):
    known(daemon, event(1))
    async with run("3", "slash") as app:
        assert "type:scan.* project:ID" in app.text
        assert "status:" not in app.text
        await app.press(*"st")
        assert "status:" not in app.text
        await app.press("ctrl+u", *"type:", "s")
        assert "type:scan.completed" in app.line("type:")


async def test_a_filter_narrows_events(run, daemon):
    known(daemon, event(1), event(2, event_type="user.login"))
    async with run("3") as app:
        known(daemon, event(2, event_type="user.login"))
        await app.filter("type:user.*")
        assert "scan.completed" not in app.text
        assert daemon.asked("GET", "/v1/events")[-1]["filter"] == "type:user.*"


async def test_no_events_says_what_to_do(run, daemon):
    known(daemon)
    async with run("3") as app:
        assert "no events yet: e emits a test event" in app.text


async def test_y_copies_the_event(run, daemon):
    known(daemon, event(1))
    explained(daemon, 1)
    async with run("3", "down", "y", "enter") as app:
        assert app.toasts == ["event id copied"]


async def test_y_copies_the_id_where_there_is_no_link(run, daemon):
    known(daemon, event(1))
    async with run("3", "down", size=(80, 24)) as app:
        daemon.reachable = False
        await app.press("y", "enter")
        assert app.toasts == ["event id copied"]


async def test_a_reader_is_not_moved_by_new_events(run, daemon):
    known(daemon, event(1), event(2))
    explained(daemon, 2)
    async with run("3", "down") as app:
        before = app.lines[4:6]
        await app.arrive(events=(event(3), event(4)))
        assert app.lines[4:6] == before
        assert "2 new above" in app.text
        await app.press("f")
        assert "following" in app.text
