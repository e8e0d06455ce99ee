import pytest

from corgea_tui.client.updates import LinkState, Phase, Snapshot
from daemon.protocol import Page, Problem
from tests.app.fake_daemon import (
    decision,
    delivery,
    event,
    event_detail,
    info,
    page,
    statistics,
    webhook,
)


async def test_a_lost_link_keeps_what_was_there_and_says_how_old_it_is(run, daemon):
    daemon.deliveries = [delivery(1)]
    async with run() as app:
        await app.lose()
        assert "✖ no link" in app.lines[0]
        assert "stale" in app.lines[0]
        assert "retry in" in app.lines[0]
        assert "✔ succeeded" in app.text
        assert app.app.screen.has_class("-stale")
        await app.come_back()
        assert "● connected to local" in app.lines[0]
        assert not app.app.screen.has_class("-stale")


async def test_the_first_look_is_not_dimmed_as_if_it_were_the_past(run, daemon):
    async with run(connect=False) as app:
        app.link.post(Snapshot(daemon.info, (), Page([delivery(1)], None, 1, 1), 1))
        app.link.post(LinkState(Phase.CONNECTING, "local"))
        await app.settle()
        assert "✔ succeeded" in app.text
        assert not app.app.screen.has_class("-stale")


async def test_a_reason_that_is_long_is_cut_not_left_out(run, daemon):
    async with run(size=(80, 24)) as app:
        await app.lose("ssh: root@db.example.com: Permission denied (publickey)")
        assert "retry in" in app.lines[0]
        assert "ssh: root@db" in app.lines[0]
        assert app.lines[0].rstrip().endswith("…")


async def test_the_wait_for_the_next_try_can_be_cut_short(run, daemon):
    async with run("ctrl+r") as app:
        assert app.link.hurried == 0
        assert "connect now" not in app.lines[-1]
        await app.lose()
        assert "connect now" in app.lines[-1]
        await app.press("ctrl+r")
        assert app.link.hurried == 1


async def test_what_is_tried_without_a_link_is_answered_not_swallowed(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    async with run() as app:
        daemon.reachable = False
        app.link.lose()
        await app.press("n", "r")
        assert "the daemon closed the connection" in app.toasts


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize(
    ("screen", "keys", "other", "detail"),
    [
        ("1", ["n"], "2", "delivery id"),
        ("2", ["down", "]", "]"], "1", "503 Service Unavailable"),
        ("3", ["down"], "2", "not subscribed"),
    ],
    ids=["delivery", "part of a webhook", "event"],
)
async def test_what_was_selected_without_a_link_is_read_when_it_is_back(
    run, daemon, screen, keys, other, detail, elsewhere
):
    daemon.webhooks = [webhook()]
    daemon.deliveries = [delivery(1, "failed")]
    with_an_event(daemon, 1)
    async with run(screen) as app:
        daemon.reachable = False
        app.link.lose()
        await app.press(*keys)
        assert "the details are read when it is back" in app.text
        if elsewhere:
            await app.press(other)
        await app.come_back()
        if elsewhere:
            await app.press(screen)
        assert "when the link is back" not in app.text
        assert detail in app.text


async def test_why_it_fails_is_asked_again_when_the_link_is_back(run, daemon):
    daemon.webhooks = [webhook(statistics=statistics(consecutive_failures=1))]
    daemon.deliveries = [delivery(1, "failed")]
    async with run(connect=False) as app:
        daemon.reachable = False
        app.link.connect()  # and is gone before anything else was asked
        await app.lose()
        assert "503 Service Unavailable" not in app.line("✖ Slack #security")
        await app.come_back()
        assert "503 Service Unavailable" in app.line("✖ Slack #security")


async def test_what_happened_while_another_place_was_looked_at_is_in_the_detail(run, daemon):
    daemon.deliveries = [delivery(1, "pending", http_status=None, in_flight=True)]
    async with run("down", "2") as app:
        asked = len(daemon.asked("GET", "/v1/deliveries/d1"))
        await app.arrive(delivery(1))
        await app.press("1")
        assert len(daemon.asked("GET", "/v1/deliveries/d1")) == asked + 1


async def test_a_gap_brings_events_again_that_were_out_of_sight_meanwhile(run, daemon):
    with_an_event(daemon, 1)
    async with run("3", "1") as app:
        with_an_event(daemon, 2, event_type="user.login")
        await app.gap()
        await app.press("3")
        assert "user.login" in app.text


async def test_what_cannot_be_read_says_why_instead_of_reading_for_ever(run, daemon):
    daemon.deliveries = [delivery(1)]
    gone = Problem(title="Not found", detail="no delivery d1: it was pruned", status=404)
    daemon.answers["GET", "/v1/deliveries/d1"] = gone
    async with run("down") as app:
        assert "no delivery d1: it was pruned" in app.text
        assert "reading …" not in app.text


def with_an_event(daemon, number, **more):
    """An event on the daemon's list, with its explanation."""
    one = event(number, **more)
    daemon.answers["GET", "/v1/events"] = page([one])
    daemon.answers["GET", f"/v1/events/e{number}"] = event_detail(one)
    daemon.answers["GET", f"/v1/events/e{number}/explain"] = [
        decision("not_subscribed", "Audit", "to scan.completed (subscribes to user.*)")
    ]


async def test_a_mismatch_says_which_side_to_upgrade(run):
    async with run(connect=False) as app:
        await app.lose("the daemon speaks protocol 7: upgrade corgea-tui", Phase.MISMATCH)
        assert "✖ wrong protocol" in app.lines[0]
        assert "upgrade corgea-tui" in app.text


async def test_a_refusal_is_shown_with_its_reason(run):
    async with run(connect=False) as app:
        await app.lose("uid 1000 has no role here", Phase.REFUSED)
        assert "✖ refused" in app.lines[0]
        assert "uid 1000 has no role here" in app.text


async def test_a_gap_is_a_row(run, daemon):
    daemon.deliveries = [delivery(1), delivery(2)]
    async with run() as app:
        daemon.deliveries += [delivery(5), delivery(6)]
        await app.gap()
        assert "✔" in app.lines[4]
        assert "✔" in app.lines[5]
        assert "┄ gap" in app.lines[6]
        assert "✔" in app.lines[7]


async def test_a_gap_brings_a_filtered_feed_again(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    async with run() as app:
        await app.filter("status:failed")
        daemon.deliveries.append(delivery(2, "failed", event_type="user.login"))
        await app.gap()
        assert "user.login" in app.text


async def test_a_filter_that_the_daemon_refuses_is_reported_once(run, daemon):
    daemon.deliveries = [delivery(1)]
    async with run() as app:
        daemon.answers["GET", "/v1/deliveries"] = Problem(title="no such webhook", status=422)
        await app.filter("webhook:x")
        await app.arrive(delivery(2))
        await app.arrive(delivery(3))
        assert app.toasts == ["no such webhook"]


async def test_the_status_line_tells_the_urgent_before_the_rest(run, daemon):
    async with run(size=(60, 24)) as app:
        assert "✖ 1 failing" in app.lines[0]
        assert "events/s" not in app.lines[0]
        await app.pilot.resize_terminal(120, 36)
        await app.settle()
        assert "12.4 events/s" in app.lines[0]
        await app.arrive(daemon=info(queues={**QUIET, "waiting": 1200}))
        assert "✔ nothing failing" in app.lines[0]
        assert "1,200 waiting" in app.lines[0]


async def test_what_fails_finds_room_before_the_name_of_the_host(run, daemon):
    async with run(size=(80, 24)) as app:
        app.link.post(LinkState(Phase.CONNECTED, "ssh://operator@" + "x" * 60, last_contact=0.0))
        await app.settle()
        assert "✖ 1 failing  ‖ 1 paused" in app.lines[0]
        assert "● connected to ssh://operator@xxx" in app.lines[0]


async def test_broken_settings_are_reported_on_every_screen(run, daemon):
    problem = {"file": "/home/ann/daemon.toml", "line": 2, "message": "Invalid value"}
    async with run() as app:
        assert "settings broken" not in app.text
        await app.arrive(daemon=info(settings_errors=[problem]))
        assert "▲ settings broken" in app.lines[0]
        await app.press("2")
        assert "▲ settings broken" in app.lines[0]


async def test_read_only_is_shown_and_every_changing_key_says_why(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    daemon.webhooks = [webhook()]
    async with run(readonly=True) as app:
        assert "read only" in app.lines[0]
        await app.press("n", "r", "p", "t", "R")
        assert app.toasts == ["read only: the app was started with --readonly"] * 4
        assert [call for call in daemon.calls if call[0] != "GET"] == []


async def test_a_viewer_sees_dimmed_keys_and_the_reason(run, daemon):
    daemon.info = info(role="viewer")
    daemon.deliveries = [delivery(1, "failed")]
    async with run() as app:
        hints = {hint.label: hint.blocked for hint in app.app.screen.hints()}
        assert hints["retry"]
        assert not hints["filter"]
        await app.press("n", "r")
        assert app.toasts == ["needs an operator: ann is a viewer here"]


async def test_a_role_that_changes_undims_the_keys(run, daemon):
    daemon.info = info(role="viewer")
    async with run() as app:
        await app.arrive(daemon=info(role="operator"))
        assert not {hint.label: hint.blocked for hint in app.app.screen.hints()}["retry"]


QUIET = {
    "waiting": 0,
    "in_flight": 0,
    "events_per_second": 0.0,
    "deliveries_per_second": 0.0,
    "failing_webhooks": 0,
    "paused_webhooks": 0,
}


async def test_a_bug_in_the_link_is_as_loud_as_one_in_a_screen(run):
    async def met_a_bug():
        async with run() as app:
            app.app._broken(ZeroDivisionError("a bug"))
            await app.settle()

    with pytest.raises(ZeroDivisionError):
        await met_a_bug()
