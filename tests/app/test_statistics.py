import asyncio

import msgspec
import pytest

from daemon.protocol import Problem
from tests.app import statistics_answers
from tests.app.fake_daemon import delivery, info, webhook
from tests.app.hostile import ALL, escapes_in

FORBIDDEN = Problem(title="Forbidden", status=403, detail="needs a viewer: ann is a producer here")


@pytest.fixture
def daemon(daemon):
    statistics_answers.answer(daemon)
    names = statistics_answers.NAMES
    daemon.webhooks = [
        webhook(number, name=name) for number, name in enumerate(names.values(), start=1)
    ]
    return daemon


@pytest.fixture
def hasty(monkeypatch):
    """ThemeStyles follow each other as fast as answers come."""
    from corgea_tui.screens import statistics

    monkeypatch.setitem(statistics.WINDOWS, "1h", 0.01)
    monkeypatch.setattr(statistics, "EACH", 0)


async def look_again(app):
    """What the timer does after a while."""
    app.app.screen._refresher.restart()
    await app.settle()


def asked(daemon):
    return [query["window"] for query in daemon.asked("GET", "/v1/statistics")]


def rows(app):
    """The names in the table, from the top."""
    table = app.app.screen.query_one("#webhooks").region
    lines = [line[table.x :] for line in app.lines[table.y :]]
    return [name for line in lines for name in statistics_answers.NAMES.values() if name in line]


def test_the_fake_answers_have_the_real_shape():
    from daemon.protocol import AllStatistics

    found = msgspec.convert(statistics_answers.of_all("1h"), AllStatistics)
    assert found.span is not None
    assert found.series is not None


async def test_an_hour_in_figures_plots_and_webhooks_the_worst_first(run, daemon):
    async with run("4") as app:
        assert asked(daemon) == ["1h"]
        totals = app.line("succeeded")
        for part in ("60 failed", "80.0% succeeded", "300 sent", "420 attempts", "p99 800 ms"):
            assert part in totals
        assert "█ 240 succeeded" in app.text
        assert "✖ 60 failed" in app.text
        assert "Duration of attempts" in app.text
        assert "Answers to attempts" in app.text
        assert app.text.count("now") == 2
        assert rows(app) == ["Jira tickets", "Slack #security", "idle"]


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_a_small_terminal_shows_one_plot_at_a_time_and_the_table(run, daemon, size):
    async with run("4", size=size) as app:
        assert "█ 240 succeeded" in app.text
        assert "Answers to attempts" not in app.text
        await app.press("]")
        assert "█ 240 succeeded" not in app.text
        assert "p95" in app.text
        await app.press("]")
        assert "Answers to attempts" in app.text
        await app.press("]")
        assert "█ 240 succeeded" in app.text
        assert rows(app)[0] == "Jira tickets"


async def test_the_window_changes_by_key_and_by_mouse(run, daemon):
    async with run("4", "right") as app:
        assert "per 30 min" in app.text.lower()
        await app.press("right", "right", "right", "left", "minus")
        assert asked(daemon) == ["1h", "24h", "7d", "24h", "1h"]
        at = app.line(" 15m ").index("15m")
        await app.pilot.click("#window", offset=(at, 0))
        await app.settle()
        assert asked(daemon)[-1] == "15m"


async def test_the_table_is_sorted_by_key_and_by_its_titles(run, daemon):
    async with run("4", "o") as app:
        assert app.toasts == ["slowest first"]
        await app.press("o", "o", "o")
        assert rows(app) == ["idle", "Jira tickets", "Slack #security"]
        table = app.app.screen.query_one("#webhooks")
        line = app.line("success")
        await app.pilot.click(table, offset=(line.index("success") - table.region.x, 0))
        await app.settle()
        assert rows(app)[0] == "Jira tickets"
        assert "success▾" in app.text


async def test_a_webhook_has_its_own_plots_and_escape_returns_to_all(run, daemon):
    async with run("4", "down") as app:
        assert daemon.asked("GET", "/v1/webhooks/w2/statistics") == [{"window": "1h"}]
        assert "60 failed" in app.line("sent")
        assert "0.0% succeeded" in app.text
        assert "█ 0 succeeded" in app.text
        await app.press("escape")
        assert "all webhooks" in app.text
        assert "█ 240 succeeded" in app.text


async def test_from_a_failing_webhook_to_its_failures(run, daemon):
    daemon.deliveries = [delivery(1), delivery(2, "failed", webhook_name="Jira tickets")]
    async with run("4", "n", "enter") as app:
        assert app.app.current_mode == "deliveries"
        expected = 'webhook:"Jira tickets" status:failed since:1h'
        assert app.session.feed.filter_text == expected
        assert expected in app.text
        await app.press("4", "N", "n")
        assert "no webhook below had failures in this window" in app.toasts


async def test_rows_stay_under_the_reader_while_figures_change(run, daemon):
    async with run("4", "down", "down") as app:
        assert "Slack #security" in app.line(" 15m ")
        swapped = statistics_answers.of_all("1h")
        swapped["webhooks"][0]["span"]["failed"] = 900
        daemon.answers["GET", "/v1/statistics"] = swapped
        await look_again(app)
        assert rows(app) == ["Jira tickets", "Slack #security", "idle"]
        await app.press("escape")
        await look_again(app)
        assert rows(app) == ["Jira tickets", "Slack #security", "idle"]


async def test_pause_and_test_act_on_the_selected_webhook(run, daemon):
    async with run("4", "p") as app:
        assert "first select a webhook" in app.toasts[-1]
        await app.press("down", "p")
        assert ("POST", "/v1/webhooks/w2/pause", None) in daemon.calls


async def test_a_viewer_reads_why_it_cannot_pause(run, daemon):
    daemon.info = info(role="viewer")
    async with run("4", "down", "p") as app:
        assert "needs an operator" in app.toasts[-1]


# --- looking again


async def test_it_looks_again_while_it_is_seen_and_something_was_delivered(run, daemon, hasty):
    async with run("4") as app:
        async with asyncio.timeout(5):
            while len(asked(daemon)) < 3:
                await app.arrive(delivery(1))
                await asyncio.sleep(0.01)
        await app.press("1")
        before = len(asked(daemon))
        await app.arrive(delivery(2))
        await asyncio.sleep(0.1)
        assert len(asked(daemon)) == before


async def test_idle_it_does_not_ask(run, daemon, hasty):
    async with run("4"):
        await asyncio.sleep(0.1)
        assert asked(daemon) == ["1h"]


async def test_the_more_webhooks_the_calmer(run, daemon):
    many = statistics_answers.of_all("1h")
    many["webhooks"] = [{**many["webhooks"][0], "webhook_id": f"w{n}"} for n in range(200)]
    daemon.answers["GET", "/v1/statistics"] = many
    async with run("4") as app:
        assert app.app.screen._refresher.pace == pytest.approx(8.0)


async def test_the_same_figures_paint_nothing(run, daemon):
    async with run("4") as app:
        painted = []
        for widget in app.app.screen.query("PlotView, RowList, OneLine"):
            widget.refresh = lambda *regions, **_: painted.append(regions)
        await look_again(app)
        assert painted == []


async def test_only_the_lines_of_a_plot_that_changed_are_painted(run, daemon):
    async with run("4") as app:
        plot = app.app.screen.query_one("#deliveries")
        regions = []
        plot.refresh = lambda *found, **_: regions.extend(found)
        found = statistics_answers.of_all("1h")
        found["series"][-1]["succeeded"] = 3
        daemon.answers["GET", "/v1/statistics"] = found
        await look_again(app)
        assert 0 < len(regions) <= 3
        assert all(region.height == 1 for region in regions)


# --- when it cannot


async def test_before_there_is_a_link(run, daemon):
    async with run("4", connect=False) as app:
        assert "connecting …" in app.text
        assert asked(daemon) == []
        app.link.connect()
        await app.settle()
        assert "█ 240 succeeded" in app.text


async def test_without_webhooks_it_says_what_to_do(run, daemon):
    empty = statistics_answers.of_all("1h")
    empty["webhooks"] = []
    empty["series"] = statistics_answers.series("1h", 0)
    empty["span"] = statistics_answers.whole(empty["series"])
    daemon.answers["GET", "/v1/statistics"] = empty
    async with run("4") as app:
        assert "nothing was delivered in this time" in app.text
        assert "nothing was attempted in this time" in app.text
        assert "no webhooks yet: 2, then a, adds one" in app.text


async def test_a_refusal_is_reported_and_nothing_is_pretended(run, daemon):
    daemon.answers["GET", "/v1/statistics"] = FORBIDDEN
    async with run("4") as app:
        assert "needs a viewer: ann is a producer here" in app.text
        assert "the statistics could not be read" in app.text


async def test_a_later_refusal_leaves_what_was_there_with_its_age(run, daemon):
    async with run("4") as app:
        daemon.answers["GET", "/v1/statistics"] = FORBIDDEN
        await look_again(app)
        head = app.line("read at")
        assert "needs a viewer" in head
        assert "█ 240 succeeded" in app.text


async def test_a_lost_link_dims_what_was_there_and_asks_nothing(run, daemon):
    async with run("4") as app:
        before = len(asked(daemon))
        await app.lose()
        assert app.app.screen.has_class("-stale")
        assert app.app.screen.query_one("#deliveries").styles.opacity < 1
        assert "read at" in app.text
        assert "█ 240 succeeded" in app.text
        await app.press("right")
        assert len(asked(daemon)) == before
        await app.come_back()
        assert asked(daemon)[before:] == ["24h"]
        assert "read at" not in app.text


async def test_a_webhook_deleted_meanwhile_does_not_stop_the_figures(run, daemon):
    async with run("4", "down") as app:
        gone = Problem(title="Not Found", status=404, detail="no webhook w2")
        daemon.answers["GET", "/v1/webhooks/w2/statistics"] = gone
        fewer = statistics_answers.of_all("1h")
        fewer["webhooks"] = [one for one in fewer["webhooks"] if one["webhook_id"] != "w2"]
        daemon.answers["GET", "/v1/statistics"] = fewer
        await look_again(app)
        assert rows(app) == ["Slack #security", "idle"]


@pytest.mark.parametrize("size", [(120, 36), (60, 20)])
async def test_hostile_names_and_problems_are_pictures(run, daemon, size):
    figures = statistics_answers.of_all("1h")
    figures["webhooks"][0]["webhook_name"] = ALL
    daemon.answers["GET", "/v1/statistics"] = figures
    async with run(size=size) as app:
        app.app._output_filter.enabled = False
        await app.press("4", "o", "o", "o", "o")
        for keys in ("down", "down", "down", "escape"):
            await app.press(keys)
            assert escapes_in("".join(app.lines)) == []
        daemon.answers["GET", "/v1/statistics"] = Problem(title=ALL, status=409, detail=ALL)
        await look_again(app)
        assert escapes_in("".join(app.lines)) == []
