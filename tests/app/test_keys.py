"""Help, palette, own keys, themes, the mouse, and widths."""

import pytest

from corgea_tui.app.app import make_app
from corgea_tui.app.settings import Alerts, TuiSettings, binding_ids, read_settings, unknown_ids
from corgea_tui.client.connectors import own_daemon
from daemon.protocol.paths import Paths
from tests.app.fake_daemon import delivery, info, statistics, webhook


async def test_help_lists_the_keys_of_the_place_and_why_some_are_barred(run, daemon):
    daemon.info = info(role="viewer")
    async with run("question_mark") as app:
        assert "The live feed. It stops" in app.text
        assert "needs an operator: ann is a viewer here" in app.line("retry many")
        assert "failure.next" in app.line("next failure")
        assert app.text.index("next failure") < app.text.index("next tab")
        await app.press("escape")
        assert "The live feed. It stops" not in app.text


async def test_a_detail_in_full_tells_the_keys_of_reading(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    async with run() as app:
        listed = app.lines[-1]
        assert "filter" in listed
        await app.press("enter")
        shown = app.lines[-1]
        assert shown.startswith(" esc back  ] next tab  n next failure  r retry ")
        assert "view in $PAGER" in shown
        assert not [each for each in ("filter", "follow", "retry many", "open") if each in shown]
        await app.press("escape")
        assert app.lines[-1] == listed


async def test_without_a_key_for_it_the_detail_tells_the_others(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    async with run("enter", settings=TuiSettings(keys={"tab.next": ""})) as app:
        assert app.lines[-1].startswith(" esc back ")
        assert "n next failure" in app.lines[-1]


async def test_the_palette_offers_what_is_possible_now(run, daemon):
    daemon.info = info(role="viewer")
    daemon.deliveries = [delivery(1, "failed")]
    async with run("ctrl+p") as app:
        await app.pilot.pause(0.1)
        await app.pilot.press(*"next fail")
        await app.pilot.pause(0.3)
        assert "next failure" in app.text
        await app.pilot.press("enter")
        await app.pilot.pause(0.2)
        await app.settle()
        assert app.selected.id == "d1"
        await app.press("ctrl+p")
        await app.pilot.press(*"retry")
        await app.pilot.pause(0.3)
        assert "key R" not in app.text


async def test_themes_are_turned_to_in_the_palette(run, daemon):
    async with run("ctrl+p") as app:
        await app.pilot.press(*"corgea-light")
        await app.pilot.pause(0.4)
        await app.pilot.press("enter")
        await app.pilot.pause(0.1)
        assert app.app.theme == "corgea-light"


@pytest.mark.parametrize("theme", ["corgea-light", "corgea-16", "textual-ansi", "nord"])
async def test_every_theme_paints(run, daemon, theme):
    daemon.deliveries = [delivery(1, "failed"), delivery(2)]
    async with run("down", "2", "3", "1", settings=TuiSettings(theme=theme)) as app:
        assert "✖ failed" in app.text


async def test_without_colours_only_what_is_bad_stands_out_among_rows(run, daemon, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    daemon.deliveries = [delivery(1, "failed"), delivery(2)]
    async with run() as app:
        feed = app.app.screen.list
        bold = [
            [s.text.strip() for s in feed.render_line(y) if s.style and s.style.bold and s.text]
            for y in (1, 2)
        ]
        assert bold[0] == []
        assert "✖ failed" in bold[1]
        await app.press("down")
        assert all(segment.style.reverse for segment in feed.render_line(1))
        strip = feed.render_line(2)
        for line_filter in app.app.get_line_filters():
            strip = strip.apply_filter(line_filter, feed.styles.background)
        colours = {(s.style.color, s.style.bgcolor) for s in strip if s.style}
        assert all(c is None or c.is_default for pair in colours for c in pair)


async def test_keys_can_be_bound_anew(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    async with run("n", settings=TuiSettings(keys={"failure.next": "ctrl+n"})) as app:
        assert app.selected is None
        await app.press("ctrl+n")
        assert app.selected.id == "d1"
        assert "^n next failure" in app.lines[-1]


async def test_alerts_are_shown_when_the_settings_say_so(run, daemon):
    daemon.webhooks = [webhook(), webhook(2)]
    async with run(settings=TuiSettings(alerts=Alerts(toast=True))) as app:
        await app.arrive(webhooks=(webhook(statistics=statistics(consecutive_failures=1)),))
        await app.arrive(webhooks=(webhook(2, state="paused", paused_reason="by ann"),))
        assert app.toasts == ["Slack #security starts failing", "Webhook 2 was paused: by ann"]


async def test_alerts_are_off_by_default(run, daemon):
    daemon.webhooks = [webhook()]
    async with run() as app:
        await app.arrive(webhooks=(webhook(state="paused"),))
        assert app.toasts == []


async def test_a_click_selects_and_another_opens(run, daemon):
    daemon.deliveries = [delivery(1), delivery(2)]
    async with run() as app:
        await app.pilot.click("#feed", offset=(10, 2))
        await app.settle()
        assert app.selected.id == "d1"
        await app.pilot.click("#feed", offset=(10, 1), times=2)
        await app.settle()
        assert app.app.screen.has_class("-open")
        assert app.selected.id == "d2"


async def test_places_tabs_and_keys_can_be_clicked(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    async with run() as app:
        x = app.lines[-1].index("next failure")
        await app.pilot.click("KeysLine", offset=(x, 0))
        await app.settle()
        assert app.selected.id == "d1"
        row = next(y for y, line in enumerate(app.lines) if "Payload" in line)
        await app.pilot.click(offset=(app.lines[row].index("Payload"), row))
        await app.settle()
        assert '"n": 1' in app.text
        await app.pilot.click("TabBar", offset=(app.lines[1].index("Webhooks"), 0))
        await app.settle()
        assert app.app.current_mode == "webhooks"


async def test_jump_mode_goes_where_the_letter_stands(run, daemon):
    daemon.deliveries = [delivery(1)]
    async with run("down", "f2") as app:
        letters = {app.lines[1][x] for x in range(60)}
        assert {"a", "s"} <= letters
        x = app.lines[1].index("Webhooks") - 3
        await app.press(app.lines[1][x])
        assert app.app.current_mode == "webhooks"
        await app.press("1", "f2")
        row = next(y for y, line in enumerate(app.lines) if "ayload" in line)
        column = app.lines[row].index("ayload") - 3
        await app.press(app.lines[row][column])
        assert '"n": 1' in app.text


async def test_any_other_key_leaves_jump_mode(run, daemon):
    async with run("f2", "escape") as app:
        assert app.app.screen is app.app.screen_stack[0]


async def test_the_wheel_stops_and_resumes_following(run, daemon):
    daemon.deliveries = [delivery(number) for number in range(100)]
    async with run() as app:
        feed = app.app.screen.list
        feed.scroll_to(y=5, animate=False)
        await app.settle()
        assert "f follows" in app.text
        feed.scroll_to(y=0, animate=False)
        await app.settle()
        assert "following" in app.text


@pytest.mark.parametrize(
    ("width", "shown", "gone"),
    [
        (120, ["project", "webhook", "http", "try", "took", "error"], []),
        (90, ["webhook", "http", "try", "took", "error"], ["project"]),
        (80, ["webhook", "http", "try", "error"], ["project", "took"]),
        (60, ["webhook"], ["project", "took", "http", "try", "error"]),
    ],
)
async def test_columns_go_as_the_terminal_narrows(run, daemon, width, shown, gone):
    daemon.deliveries = [delivery(1)]
    async with run(size=(width, 24)) as app:
        head = app.line("state  ")
        assert all(title in head for title in ["state", "time", "event", *shown])
        assert not any(title in head for title in gone)
        assert all(len(line) <= width for line in app.lines)


async def test_resizing_keeps_the_selection_in_sight(run, daemon):
    daemon.deliveries = [delivery(number) for number in range(100)]
    async with run(size=(120, 50)) as app:
        for _ in range(25):
            await app.pilot.press("down")
        await app.settle()
        selected = app.selected.id
        await app.pilot.resize_terminal(80, 15)
        await app.settle()
        assert app.selected.id == selected
        assert any(line.startswith("▌") for line in app.lines)


async def test_the_detail_is_read_when_a_larger_terminal_has_room_for_it(run, daemon):
    daemon.deliveries = [delivery(1)]
    async with run("down", size=(80, 24)) as app:
        assert daemon.asked("GET", "/v1/deliveries/d1") == []
        await app.pilot.resize_terminal(120, 36)
        await app.settle()
        assert "delivery id   d1" in app.text


async def test_wide_terminals_have_the_detail_beside(run, daemon):
    daemon.deliveries = [delivery(1)]
    async with run("down", size=(200, 40)) as app:
        row = app.line("state  ")
        assert "│" in row


def test_settings_that_are_wrong_change_nothing_and_are_reported(tmp_path):
    path = tmp_path / "tui.toml"
    assert read_settings(path) == (TuiSettings(), None)
    path.write_text('theme = "nord"\n[keys]\n"delivery.retry" = "ctrl+r"\n')
    settings, problem = read_settings(path)
    assert (settings.theme, settings.keys) == ("nord", {"delivery.retry": "ctrl+r"})
    assert problem is None
    path.write_text("theme = 5\n")
    settings, problem = read_settings(path)
    assert settings == TuiSettings()
    assert str(path) in problem
    path.write_text("theme = \n")
    assert "line 1" in read_settings(path)[1]
    path.write_text("colour = 1\n")
    assert "colour" in read_settings(path)[1]


async def toasts_of(tmp_path, settings):
    """The toasts of an app that starts with these settings."""
    paths = Paths.resolve({"CORGEA_HOME": str(tmp_path)})
    paths.tui_settings.write_text(settings)
    app = make_app(paths, own_daemon(paths, start=False))
    async with app.run_test() as pilot:
        while not app._notifications:
            await pilot.pause(0.01)
        await app.workers.wait_for_complete()
        return [notice.message for notice in app._notifications]


async def test_a_theme_that_there_is_not_is_reported(tmp_path):
    toasts = await toasts_of(tmp_path, 'theme = "corgea-lihgt"\n')
    assert "no theme corgea-lihgt; there are corgea-dark, corgea-light, corgea-16" in toasts[0]


async def test_keys_for_a_binding_that_there_is_not_are_reported(tmp_path):
    toasts = await toasts_of(tmp_path, '[keys]\n"failure.nxt" = "v"\n')
    assert "[keys] there is no binding failure.nxt; did you mean failure.next?" in toasts[0]
    assert (
        unknown_ids(["quit", "zzzzzz"])
        == "[keys] there is no binding zzzzzz; ? in the app lists them"
    )


async def test_everything_that_is_wrong_is_reported(tmp_path):
    toasts = await toasts_of(tmp_path, 'theme = "x"\n[keys]\nquitt = "v"\n')
    assert ["no theme x" in toasts[0], "no binding quitt" in toasts[1]] == [True, True]


def test_the_ids_of_all_bindings_are_found():
    ids = binding_ids()
    assert {"quit", "failure.next", "list.down", "form.tick", "filter.apply", "confirm.yes"} <= ids
    assert len(ids) > 100
