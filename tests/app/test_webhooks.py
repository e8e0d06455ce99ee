import pytest

from corgea_tui.screens import refresher
from tests.app.fake_daemon import (
    NOW,
    attempt,
    audit_entry,
    delivery,
    info,
    job,
    page,
    stamp,
    statistics,
    webhook,
)
from tests.app.forms import saved
from tests.app.statistics_answers import point

PAUSED = {"state": "paused", "paused_reason": "10 failures in a row", "paused_at": stamp(-1500)}


def hours(**series):
    each = [
        {**statistics(), "webhook_id": id_, "webhook_name": id_, "series": points}
        for id_, points in series.items()
    ]
    return {**statistics(), "webhooks": each}


async def test_the_list_shows_the_six_statistics_trouble_first(run, daemon):
    daemon.webhooks = [
        webhook(),
        webhook(2, name="Audit", **PAUSED),
        webhook(3, name="Jira", statistics=statistics(consecutive_failures=4, success_rate=71.2)),
    ]
    async with run("2") as app:
        assert "✖ failing" in app.lines[4]
        assert "71.2%" in app.lines[4]
        assert "‖ paused" in app.lines[5]
        assert "● active" in app.lines[6]
        for words in ("scan.completed…", "40", "97.5%", "30 s"):
            assert words in app.lines[6]
        await app.press("down")
        for words in ("total 40", "successful 39", "failed 1", "success rate 71.2%"):
            assert words in app.text
        for words in ("in a row 4", "last sent 30 s ago", "p95 240 ms", "discarded 2"):
            assert words in app.text


async def test_the_last_hour_is_a_spark_line(run, daemon):
    daemon.webhooks = [webhook()]
    points = [point(NOW, succeeded, 0, 1) for succeeded in (*[0] * 10, 1, 8)]
    daemon.answers["GET", "/v1/statistics"] = hours(w1=points)
    async with run("2") as app:
        assert "··········▂█" in app.text
        assert daemon.asked("GET", "/v1/statistics") == [{"window": "1h", "each": "true"}]


async def test_no_webhooks_says_what_to_do(run, daemon):
    async with run("2") as app:
        for words in ("no webhooks yet", "adds one with a form", "recipes list", "demo"):
            assert words in app.text


async def test_a_webhook_that_fails_says_since_when_and_why(run, daemon):
    daemon.deliveries = [delivery(700, "failed")]
    daemon.webhooks = [webhook(statistics=statistics(consecutive_failures=1))]
    async with run("2", "down") as app:
        assert "since 14:00:00: 503 Service Unavailable" in app.line("  failing")


async def test_the_parts_of_a_webhook(run, daemon):
    daemon.webhooks = [
        webhook(
            projects=["proj-1"],
            conditions=[{"path": "data.urgency", "op": "in", "value": ["CR", "HI"]}],
            headers=[{"name": "X-Token", "value": "••••abcd", "credential": True}],
            body_template='{"text":"{{event_type}}"}',
        )
    ]
    daemon.deliveries = [delivery(1, "failed")]
    change = audit_entry(before={"name": "Old", "version": 1}, after={"name": "New", "version": 2})
    daemon.answers["GET", "/v1/audit"] = page([change])
    async with run("2", "down") as app:
        assert "after 2 s, 4 s; 10 s each, 16 at once" in app.text
        await app.press("]")
        assert 'data.urgency in ["CR","HI"]' in app.text
        assert "X-Token: ••••abcd" in app.text
        assert "{{event_type}}" in app.text
        await app.press("]")
        assert "503 Service Unavailable" in app.text
        asked = daemon.asked("GET", "/v1/deliveries")[-1]
        assert asked["filter"] == "webhook:w1 status:failed"
        await app.press("]")
        assert "name: Old → New" in app.text
        assert daemon.asked("GET", "/v1/audit")[0]["filter"] == "webhook:w1"


async def test_the_parts_of_a_webhook_stay_live(run, daemon, monkeypatch):
    monkeypatch.setattr(refresher, "REST_FACTOR", 0)
    daemon.webhooks = [webhook()]
    async with run("2", "down", "]", "]") as app:
        assert "no failures in the history" in app.text
        app.app.screen._refresher.pace = 0.01
        app.app.screen.read_detail()
        await app.settle()
        await app.arrive(delivery(1, "failed"), webhooks=(webhook(),))
        await app.pilot.pause(0.1)
        await app.settle()
        assert "503 Service Unavailable" in app.text


async def test_the_selected_webhook_stays_while_figures_move(run, daemon):
    daemon.webhooks = [webhook(), webhook(2)]
    async with run("2", "down", "down") as app:
        selected = app.selected.id
        worse = webhook(1, statistics=statistics(consecutive_failures=3))
        await app.arrive(webhooks=(worse,))
        assert app.selected.id == selected
        assert "✖ failing" in app.text


async def test_p_and_t_act_on_the_selected_webhook(run, daemon):
    daemon.webhooks = [webhook()]
    daemon.answers["POST", "/v1/webhooks/w1/pause"] = saved(webhook(**PAUSED))
    fine = {"delivery_id": "d9", "attempt": attempt(error=None, http_status=200)}
    daemon.answers["POST", "/v1/webhooks/w1/test"] = fine
    async with run("2", "down", "p", "t") as app:
        assert app.toasts[0] == "Slack #security is paused: nothing is sent to it"
        assert app.toasts[-1] == "Slack #security: 200 in 180 ms"


async def test_delete_asks_for_the_name(run, daemon):
    daemon.webhooks = [webhook(name="Jira")]
    daemon.answers["DELETE", "/v1/webhooks/w1"] = b""
    async with run("2", "down", "D") as app:
        assert "This cannot be undone." in app.text
        await app.press("enter")
        assert app.toasts == ["that is not the name: type it exactly"]
        assert daemon.asked("DELETE", "/v1/webhooks/w1") == []
        await app.press(*"Jira", "enter")
        assert app.toasts[-1] == "Jira is deleted"
        await app.arrive(removed=("w1",))
        assert "no webhooks yet" in app.text


async def test_a_webhook_from_a_file_is_not_deleted_here(run, daemon):
    daemon.webhooks = [webhook(managed_by="/etc/corgea/webhooks.d/jira.toml")]
    async with run("2", "down", "D") as app:
        assert app.toasts == [
            "Slack #security comes from /etc/corgea/webhooks.d/jira.toml: remove it there"
        ]


async def test_replay_asks_for_the_span_and_shows_the_number(run, daemon):
    daemon.webhooks = [webhook()]
    daemon.answers["POST", "/v1/webhooks/w1/replay"] = {"matched": 12}
    async with run("2", "down", "R", "down", "enter") as app:
        assert "12 deliveries will be sent again." in app.text
        (sent,) = daemon.asked("POST", "/v1/webhooks/w1/replay")
        assert sent == {"since": stamp(-3600), "dry_run": True}


async def test_what_failed_of_a_replay_can_be_shown(run, daemon):
    daemon.webhooks = [webhook()]
    daemon.answers["POST", "/v1/webhooks/w1/replay"] = {"matched": 3, "job_id": "j1"}
    counts = {"matched": 3, "started": 3, "succeeded": 2, "failed": 1}
    daemon.answers["GET", "/v1/jobs/j1"] = job("done", kind="replay", filter="", **counts)
    async with run("2", "down", "R", "enter", "y") as app:
        assert "3 started, 2 succeeded, 1 failed" in app.text
        await app.press("enter")
        assert app.session.feed.filter_text == (
            'webhook:"Slack #security" kind:replay status:failed status:discarded '
            "since:2026-11-23T14:05:00.000Z"
        )


async def test_pausing_asks_when_it_would_discard_what_waits(run, daemon):
    daemon.webhooks = [webhook(statistics=statistics(pending=2))]
    daemon.answers["POST", "/v1/webhooks/w1/pause"] = saved(webhook(**PAUSED))
    async with run("2", "down", "p") as app:
        assert "are discarded: 2 deliveries" in app.text
        await app.press("escape")
        assert daemon.asked("POST", "/v1/webhooks/w1/pause") == []
        await app.press("p", "y")
        assert len(daemon.asked("POST", "/v1/webhooks/w1/pause")) == 1


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36), (200, 60)])
async def test_the_list_says_since_when_and_why_at_every_width(run, daemon, size):
    failing = statistics(consecutive_failures=1)
    daemon.webhooks = [webhook(1, **PAUSED), webhook(2, name="Jira", statistics=failing)]
    daemon.deliveries = [delivery(940, "failed", webhook_id="w2")]
    async with run("2", size=size) as app:
        assert "14:04 503" in app.line("Jira")
        assert "13:40 10 fail" in app.line("Slack #security")


async def test_replay_to_a_paused_webhook_says_what_to_do(run, daemon):
    daemon.webhooks = [webhook(**PAUSED)]
    async with run("2", "down", "R") as app:
        assert "activate it with p" in app.toasts[0]


async def test_n_goes_from_one_failing_webhook_to_the_next(run, daemon):
    daemon.webhooks = [webhook(), webhook(2, **PAUSED), webhook(3)]
    async with run("2", "n") as app:
        assert app.selected.id == "w2"
        await app.press("n")
        assert app.toasts == ["no further webhook is failing or paused"]


async def test_o_sorts_by_something_else(run, daemon):
    daemon.webhooks = [webhook(name="zeta"), webhook(2, name="alpha", **PAUSED)]
    async with run("2") as app:
        assert "alpha" in app.lines[4]
        await app.press("o", "o")
        assert "sorted by total" in app.text


async def test_enter_opens_and_esc_goes_back(run, daemon):
    daemon.webhooks = [webhook()]
    async with run("2", "down", "enter", size=(80, 24)) as app:
        assert "success rate 97.5%" in app.text
        await app.press("escape")
        assert "sorted by trouble" in app.text


async def test_an_operator_may_not_delete(run, daemon):
    daemon.info = info(role="operator")
    daemon.webhooks = [webhook()]
    async with run("2", "down", "D", "a", "E") as app:
        assert app.toasts == ["needs an admin: ann is an operator here"] * 3
