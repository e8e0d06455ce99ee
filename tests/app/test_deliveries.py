from contextlib import nullcontext

from daemon.protocol import Problem
from tests.app.fake_daemon import attempt, delivery, info, stamp, statistics, webhook
from tests.app.forms import saved


def many(count, **more):
    return [delivery(number, **more) for number in range(1, count + 1)]


async def test_it_paints_before_it_connects(run):
    async with run(connect=False) as app:
        assert "connecting to local" in app.lines[0]
        assert "connecting …" in app.text
        assert app.link.started


async def test_the_feed_shows_what_is_there(run, daemon):
    daemon.deliveries = [delivery(1), delivery(2, "failed")]
    daemon.webhooks = [webhook()]
    async with run() as app:
        row = app.line("✖ failed")
        assert "scan.completed" in row
        assert "503 Service" in row
        assert "2 deliveries · following" in app.text


async def test_an_empty_feed_says_how_to_fill_it(run):
    async with run() as app:
        assert "no deliveries yet: `corgea-tui emit" in app.text


async def test_new_rows_come_to_the_top_while_none_is_selected(run, daemon):
    daemon.deliveries = many(3)
    async with run() as app:
        await app.arrive(delivery(4, event_type="scan.failed"))
        assert "scan.failed" in app.lines[4]


async def test_selecting_a_row_holds_the_feed_until_f(run, daemon):
    daemon.deliveries = many(3)
    async with run("down", "down") as app:
        before = app.lines[4:7]
        await app.arrive(delivery(4, event_type="scan.failed"), delivery(5))
        assert app.lines[4:7] == before
        assert "2 new above" in app.text
        await app.press("f")
        assert "scan.failed" in app.lines[5]
        assert "following" in app.text


async def test_a_row_changes_under_the_reader_without_moving(run, daemon):
    daemon.deliveries = [*many(2), delivery(3, "pending", http_status=None, in_flight=True)]
    async with run("j") as app:
        assert "→ sending" in app.lines[4]
        await app.arrive(delivery(3, "failed"))
        assert "✖ failed" in app.lines[4]
        assert app.lines[4].startswith("▌")


async def test_up_from_the_top_row_follows_again(run, daemon):
    daemon.deliveries = many(3)
    async with run("down", "k") as app:
        assert "following" in app.text
        assert not any(line.startswith("▌") for line in app.lines)


async def test_seconds_are_counted_down_to_the_next_attempt(run, daemon):
    daemon.deliveries = [delivery(1, "pending", attempt=1, next_attempt_at=stamp(3))]
    async with run() as app:
        assert "↻ retry in 3s" in app.text
        assert app.app.screen.list._clock is not None
        await app.arrive(delivery(1))
        assert app.app.screen.list._clock is None


async def test_n_finds_failures_in_both_directions(run, daemon):
    daemon.deliveries = [
        delivery(1, "failed"),
        *[delivery(number) for number in range(2, 60)],
        delivery(60, "failed"),
    ]
    async with run("n", "n") as app:
        assert app.selected.id == "d1"
        await app.press("N")
        assert app.selected.id == "d60"
        await app.press("n", "n")
        assert app.toasts[-1] == "no failure below"


async def test_n_reads_on_in_the_history(run, daemon):
    daemon.deliveries = [delivery(1, "failed"), *[delivery(n) for n in range(2, 500)]]
    async with run("n") as app:
        assert app.selected.id == "d1"
        assert "✖ failed" in app.text


async def test_the_end_key_reaches_the_oldest_delivery(run, daemon):
    daemon.deliveries = many(700)
    async with run("G") as app:
        assert app.selected.id == "d1"
        assert len(app.session.feed) == 700
        await app.press("g")
        assert "following" in app.text


async def test_the_end_of_a_long_history_is_gone_to_not_scrolled_to(run, daemon):
    daemon.deliveries = [
        delivery(number, created_at=stamp(number * 60 - 300_000)) for number in range(1, 4_001)
    ]
    async with run("end") as app:
        assert app.selected.id == "d1"
        assert "/ until:20" in app.text
        assert len(daemon.asked("GET", "/v1/deliveries")) < 40


async def test_o_sorts_what_matches_and_f_goes_back_to_the_newest(run, daemon):
    daemon.deliveries = [delivery(n, duration_ms=n * 7 % 10 * 100) for n in range(1, 11)]
    async with run("o", "down", "enter") as app:
        assert "slowest first of all 10 · f follows" in app.text
        assert [line.split(" ms")[0].split()[-1] for line in app.lines[4:7]] == [
            "900",
            "800",
            "700",
        ]
        await app.arrive(delivery(11))
        assert "1 new above" in app.text
        await app.press("down", "up")
        assert app.selected is None
        assert "slowest first" in app.text
        await app.press("f")
        assert "11 deliveries · following" in app.text
        assert "slowest" not in app.text


async def test_an_order_says_when_it_is_one_of_the_newest_only(run, daemon):
    daemon.deliveries = [delivery(number) for number in range(1, 2_102)]
    async with run("o") as app:
        assert "of the newest 2,000 that match" in app.text
        await app.press("down", "enter")
        assert "slowest first of the newest 2,000" in app.text


async def test_n_goes_to_a_failure_that_is_far_down(run, daemon):
    daemon.deliveries = [delivery(1, "failed"), delivery(2, "failed")]
    daemon.deliveries += [delivery(number) for number in range(3, 2_600)]
    async with run("n") as app:
        assert app.selected.id == "d2"
        assert "/ until:20" in app.text
        await app.press("n", "n")
        assert app.selected.id == "d1"
        assert app.toasts[-1] == "no failure below"


async def test_the_detail_shows_every_part(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    daemon.webhooks = [webhook(statistics=statistics(consecutive_failures=4))]
    async with run("down") as app:
        assert "✖ failed after 3 attempts · 4 of 10 in a row" in app.text
        assert "delivery id   d1" in app.text
        await app.press("]")
        assert '"n": 1' in app.text
        await app.press("]")
        assert "POST https://hooks.example.com/T000/B000" in app.text
        assert '"issues_found": 1.50' in app.text
        await app.press("]")
        assert "upstream is down" in app.text
        await app.press("]")
        assert "dns 1 · connect 12 · tls 21 · first byte 140" in app.text
        await app.press("[")
        assert "upstream is down" in app.text


async def test_the_detail_stays_live(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    async with run("down") as app:
        assert "failed after 3 attempts" in app.text
        await app.arrive(delivery(1, "succeeded", attempt=4, max_attempts=4))
        assert "succeeded with attempt 4" in app.text
        assert len([1 for _, path, _ in daemon.calls if path == "/v1/deliveries/d1"]) == 2


async def test_failures_in_a_row_stand_beside_how_many_pause_by_the_settings(run, daemon):
    daemon.info = info(settings={"delivery": {"pause_after": 25}})
    daemon.webhooks = [webhook(statistics=statistics(consecutive_failures=4))]
    daemon.deliveries = [delivery(1, "failed")]
    async with run("n") as app:
        assert "4 of 25 in a row" in app.text
        await app.arrive(daemon=info(settings={}))  # a daemon that does not say
        await app.press("escape", "n")
        assert "4 in a row" in app.text
        assert "4 of" not in app.text


async def test_enter_gives_the_detail_the_screen_and_esc_takes_it_back(run, daemon):
    daemon.deliveries = many(3)
    async with run("down", size=(80, 24)) as app:
        assert "Overview" not in app.text
        await app.press("enter")
        assert "Overview" in app.text
        assert "delivery id   d3" in app.text
        assert "state         time" not in app.text
        await app.press("escape")
        assert "Overview" not in app.text
        assert app.selected.id == "d3"


async def test_enter_with_nothing_selected_opens_the_newest(run, daemon):
    async with run("enter", size=(80, 24)) as app:
        assert not app.app.screen.has_class("-open")
        await app.arrive(*many(3))
        await app.press("enter")
        assert "delivery id   d3" in app.text


async def test_nothing_selected_shows_what_is_failing_since_when_and_why(run, daemon):
    daemon.deliveries = [delivery(n, "failed", webhook_id="w2") for n in range(700, 704)]
    daemon.webhooks = [
        webhook(),
        webhook(2, name="Jira", statistics=statistics(consecutive_failures=4)),
        webhook(3, name="Audit", state="paused", paused_at=stamp(-600), paused_reason="by ann"),
    ]
    async with run() as app:
        assert "4 failures in a row" in app.line("✖ Jira")
        assert "since 14:00:00      503 Service Unavailable" in app.line("✖ Jira")
        assert "paused                since 13:55:00" in app.line("‖ Audit")
        assert "by ann" in app.line("‖ Audit")


async def test_a_small_terminal_tells_of_trouble_too_until_a_row_is_selected(run, daemon):
    daemon.deliveries = [delivery(n, "failed") for n in range(700, 704)]
    daemon.webhooks = [webhook(statistics=statistics(consecutive_failures=4))]
    async with run(size=(80, 24)) as app:
        assert "4 in a row   since 14:00:00      503 Service Unava" in app.line("✖ Slack")
        await app.press("down")
        assert "4 in a row" not in app.text
        await app.press("escape")
        assert "4 in a row" in app.text
        await app.arrive(delivery(704), webhooks=(webhook(),))
        assert "nothing is failing" not in app.text


async def test_why_is_asked_once_and_then_heard(run, daemon):
    daemon.deliveries = [delivery(700, "failed")]
    daemon.webhooks = [webhook(statistics=statistics(consecutive_failures=1))]
    asked = {"filter": "webhook:w1 status:failed -kind:test", "limit": 1}
    async with run() as app:
        worse = {"kind": "timeout", "message": "no answer in 10 s"}
        await app.arrive(
            delivery(701, "failed", error=worse),
            webhooks=(webhook(statistics=statistics(consecutive_failures=2)),),
        )
        assert "since 14:00:00      no answer in 10 s" in app.line("✖ Slack")
        assert daemon.asked("GET", "/v1/deliveries").count(asked) == 1


async def test_all_well_is_said_too(run, daemon):
    daemon.webhooks = [webhook(), webhook(2)]
    async with run() as app:
        assert "✔ nothing is failing: 2 webhooks active" in app.text


async def test_retry_tells_the_attempt(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    daemon.answers["POST", "/v1/deliveries/d1/retry"] = {"attempt": 4}
    async with run("n", "r") as app:
        assert app.toasts == ["attempt 4 to Slack #security is started"]


async def test_what_stands_against_a_retry_is_reported_in_the_daemons_words(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    daemon.answers["POST", "/v1/deliveries/d1/retry"] = Problem(
        title="Conflict", status=409, detail="the webhook is paused: activate it first"
    )
    async with run("n", "r") as app:
        assert app.toasts == ["the webhook is paused: activate it first"]


async def test_retry_without_a_selection_says_what_to_do(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    async with run("r") as app:
        assert app.toasts == ["first select a delivery: ↓, or n for the next failure"]
        assert daemon.asked("POST", "/v1/deliveries/d1/retry") == []


async def test_p_pauses_and_activates_the_webhook_of_the_delivery(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    daemon.webhooks = [webhook()]
    paused = webhook(state="paused", paused_reason="by ann", paused_at=stamp())
    daemon.answers["POST", "/v1/webhooks/w1/pause"] = saved(paused)
    daemon.answers["POST", "/v1/webhooks/w1/activate"] = saved(webhook())
    async with run("n", "p") as app:
        assert app.toasts == ["Slack #security is paused: nothing is sent to it"]
        await app.arrive(webhooks=(paused,))
        assert "webhook paused" in app.text
        await app.press("p")
        assert "Slack #security is active" in app.toasts[1]


async def test_t_tests_the_webhook_of_the_delivery(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    daemon.webhooks = [webhook()]
    daemon.answers["POST", "/v1/webhooks/w1/test"] = {"delivery_id": "d9", "attempt": attempt()}
    async with run("n", "t") as app:
        assert app.toasts[-1] == "Slack #security: 503 Service Unavailable in 180 ms"


async def test_a_deleted_webhook_can_only_be_named(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    async with run("n", "p") as app:
        assert app.toasts == ["Slack #security was deleted"]


async def test_w_wraps_long_lines(run, daemon):
    daemon.deliveries = [delivery(1)]
    body = '{"text":"' + "long " * 60 + 'end of it"}'
    request = {**attempt()["request"], "body": body}
    whole_row = {**saved(delivery(1)), "attempts": [attempt(request=request)], "payload": {}}
    daemon.answers["GET", "/v1/deliveries/d1"] = whole_row
    async with run("down", "]", "]") as app:
        assert "end of it" not in app.text
        await app.press("w")
        assert "end of it" in app.text


async def test_t_jumps_to_a_time(run, daemon):
    daemon.deliveries = many(3)
    async with run("T", *"nonsense", "enter") as app:
        assert "until" in app.toasts[0]
        app.app.screen.query_one("Input").value = "yesterday"
        await app.press("enter")
        assert "/ until:yesterday" in app.text
        assert daemon.asked("GET", "/v1/deliveries")[-1]["filter"] == "until:yesterday"
        await app.press("T", "enter")
        assert "/ filter" in app.text


async def test_v_hands_the_whole_part_to_the_pager(run, daemon, monkeypatch, tmp_path):
    seen = tmp_path / "seen"
    pager = tmp_path / "pager"
    pager.write_text(f'#!/bin/sh\ncp "$1" {seen}\n')
    pager.chmod(0o700)
    monkeypatch.setenv("PAGER", str(pager))
    daemon.deliveries = [delivery(1)]
    long = {"text": "x" * 100_000 + "\x1b[2Jend"}
    daemon.answers["GET", "/v1/deliveries/d1"] = {
        **saved(delivery(1)),
        "attempts": [],
        "payload": long,
    }
    async with run() as app:
        monkeypatch.setattr(app.app, "suspend", nullcontext)
        await app.press("down", "]", "v")
    assert "x" * 100_000 in seen.read_text()
    assert "\x1b" not in seen.read_text()


async def test_a_pager_that_is_not_there_is_reported(run, daemon, monkeypatch):
    monkeypatch.setenv("PAGER", "/nonexistent/pager")
    daemon.deliveries = [delivery(1)]
    async with run() as app:
        monkeypatch.setattr(app.app, "suspend", nullcontext)
        await app.press("down", "v")
        assert app.toasts == ["$PAGER: No such file or directory: /nonexistent/pager"]
