"""The Daemon screen: health, log, settings, connections, audit; stop and back up."""

import asyncio

import msgspec
import pytest

from corgea_tui.client.updates import Phase
from corgea_tui.screens.dialogs.questions import Confirm
from daemon.protocol import Problem, SettingProblem
from tests.app.fake_daemon import audit_entry, info, page, peer, stamp
from tests.app.hostile import ALL, escapes_in

SETTINGS = {"delivery": {"timeout": 5.0, "schedule": [2.0, 4.0]}, "log": {"level": "info"}}
FORBIDDEN = Problem(title="Forbidden", status=403, detail="needs a viewer: ann is a producer here")


def line(number, level="info", message=None, logger="daemon.api.server"):
    text = message or f"line number {number}"
    return {"at": stamp(number), "level": level, "logger": logger, "message": text}


@pytest.fixture
def daemon(daemon):
    daemon.log = [line(number) for number in range(60)]
    daemon.answers["GET", "/v1/log"] = lambda query: page(daemon.log[::-1][: query["limit"]])
    daemon.answers["GET", "/v1/peers"] = page([peer()])
    daemon.answers["GET", "/v1/audit"] = page([audit_entry()])
    daemon.info = info(settings=SETTINGS, settings_changed={"delivery.timeout": 10.0})
    return daemon


def with_problem(about, words):
    store = msgspec.structs.replace(about.store, problem=words)
    return msgspec.structs.replace(about, store=store)


async def look_again(app):
    """What the timer does after a while."""
    app.app.screen._parts._refreshers[app.app.screen._parts.part].restart()
    await app.settle()


async def test_health_first_then_the_log_at_its_end(run, daemon):
    async with run("5") as app:
        assert app.lines[2].startswith("  ✔ alive for 1 h 0 m")
        assert "3 waiting · 2 in flight" in app.text
        assert "✖ 1 failing · 1 paused" in app.line("webhooks  ")
        assert "ann, admin here" in app.text
        assert "line number 59   api.server" in app.text
        assert "line number 0 " not in app.text
        assert "following" in app.text


async def test_errors_of_files_stand_on_top_with_their_lines(run, daemon):
    problem = SettingProblem("/etc/corgea/daemon.toml", 12, "timeout must be a duration")
    daemon.info = with_problem(info(settings_errors=[problem]), "the disk is full")
    async with run("5") as app:
        assert "✖ the disk is full" in app.lines[2]
        assert "✖ /etc/corgea/daemon.toml:12: timeout must be a duration" in app.lines[3]


async def test_health_is_live(run, daemon):
    async with run("5") as app:
        await app.arrive(daemon=with_problem(daemon.info, "the disk is full"))
        assert "✖ the disk is full" in app.lines[2]
        await app.arrive(daemon=daemon.info)
        assert "✔ alive" in app.lines[2]


async def test_a_log_that_is_followed_grows_and_one_that_is_read_stays(run, daemon):
    async with run("5") as app:
        daemon.log.append(line(60))
        await look_again(app)
        assert "line number 60" in app.text
        await app.press("g")
        assert "line number 0 " in app.text
        before = app.lines[10:-1]
        daemon.log += [line(61), line(62)]
        await look_again(app)
        assert app.lines[10:-1] == before
        assert "2 new · f follows" in app.text
        await app.press("f")
        assert "line number 62" in app.text
        assert "following" in app.text


async def test_only_the_newest_lines_are_asked_for_again(run, daemon):
    async with run("5") as app:
        daemon.log.append(line(60))
        await look_again(app)
        assert [query["limit"] for query in daemon.asked("GET", "/v1/log")] == [500, 50]
        daemon.log += [line(number) for number in range(61, 200)]
        await look_again(app)
        assert [query["limit"] for query in daemon.asked("GET", "/v1/log")][2:] == [50, 500]
        assert "line number 199" in app.text


async def test_words_narrow_the_log_and_escape_shows_all_again(run, daemon):
    daemon.log[7] = line(7, "error", "the disk is full")
    async with run("5", "slash", *"full") as app:
        assert "the disk is full" in app.text
        assert "line number 59" not in app.text
        assert "/full · 1 of 60 lines" in app.text
        await app.press("enter")
        assert app.app.focused.id == "text"
        assert "/full" in app.text
        await app.press("escape")
        assert "line number 59" in app.text
        await app.press("slash", "x", "escape")
        assert "line number 59" in app.text
        assert app.app.focused.id == "text"


async def test_nothing_that_fits_is_said(run, daemon):
    async with run("5", "slash", *"xyzzy") as app:
        assert "no line contains these words" in app.text


async def test_settings_are_live(run, daemon):
    async with run("5", "]") as app:
        assert "[delivery]" in app.text
        other = msgspec.structs.replace(daemon.info, settings={"log": {"level": "debug"}})
        await app.arrive(daemon=other)
        assert "debug" in app.text


async def test_who_is_connected(run, daemon):
    async with run("5", "]", "]") as app:
        shown = app.line("producer")
        assert "ci" in shown
        assert "1 connection to inbox" in shown
        assert daemon.asked("GET", "/v1/log")[1:] == []  # only what is looked at is read


async def test_the_audit_with_differences_is_searched_by_the_daemon(run, daemon):
    async with run("5", "[") as app:
        assert "webhook.update" in app.line("bob")
        assert "10 → 5" in app.line("retry.timeout")
        await app.press("slash", *"bob")
        async with asyncio.timeout(5):
            while len(daemon.asked("GET", "/v1/audit")) < 2:
                await asyncio.sleep(0.02)
        assert daemon.asked("GET", "/v1/audit")[-1]["filter"] == "bob"


async def test_parts_turn_by_mouse_too(run, daemon):
    async with run("5") as app:
        at = app.line("Settings  Connected").index("Settings")
        await app.pilot.click("#parts", offset=(at, 0))
        await app.settle()
        assert "[delivery]" in app.text


async def test_long_lines_wrap_when_asked_to(run, daemon):
    daemon.log = [line(1, message="a" * 150 + " the end")]
    async with run("5") as app:
        assert "the end" not in app.text
        await app.press("w")
        assert "the end" in app.text


async def test_the_whole_log_goes_to_the_pager(run, daemon, tmp_path, monkeypatch):
    monkeypatch.setenv("PAGER", "cat")
    async with run("5", "v") as app:
        assert "this terminal cannot run another program" in app.toasts  # nor can a test's


async def test_copying_what_an_incident_needs(run, daemon):
    async with run("5", "y") as app:
        for part in ("health", "log", "home", "store"):
            assert part in app.text


# --- acts: stop and back up


async def test_stopping_asks_first(run, daemon):
    daemon.answers["POST", "/v1/daemon/stop"] = {"stopping": True}
    async with run("5", "S") as app:
        assert isinstance(app.app.screen, Confirm)
        assert "Stop the daemon at /home/ann?" in app.text
        await app.press("n")
        assert daemon.asked("POST", "/v1/daemon/stop") == []
        await app.press("S", "y")
        assert len(daemon.asked("POST", "/v1/daemon/stop")) == 1
        assert "it keeps all accepted events" in app.toasts[-1]


async def test_a_backup_asks_where_and_says_its_size(run, daemon):
    daemon.answers["POST", "/v1/daemon/backup"] = lambda sent: {**sent, "bytes": 4_200_000}
    async with run("5", "B") as app:
        assert "/home/ann/backup-2026" in app.text
        app.app.focused.value = "/mnt/safe.db"
        await app.press("enter")
        assert daemon.asked("POST", "/v1/daemon/backup") == [{"path": "/mnt/safe.db"}]
        assert app.toasts[-1] == "/mnt/safe.db holds a backup of 4.0 MiB"
        await app.press("B")
        app.app.focused.value = "relative.db"
        await app.press("enter")
        assert "must be absolute" in app.toasts[-1]
        await app.press("escape")
        assert len(daemon.asked("POST", "/v1/daemon/backup")) == 1


@pytest.mark.parametrize(("role", "readonly"), [("operator", False), ("admin", True)])
async def test_who_may_not_act_reads_why(run, daemon, role, readonly):
    daemon.info = info(role=role)
    async with run(readonly=readonly) as app:
        for key in ("S", "B"):
            await app.press("5", key)
            assert ("read only" if readonly else "needs an admin") in app.toasts[-1]
        assert not [call for call in daemon.calls if call[0] == "POST"]


# --- the daemon as a whole


@pytest.mark.parametrize(
    ("phase", "reason"),
    [
        (Phase.LOST, "no daemon answers on /run/corgea/control.sock"),
        (Phase.REFUSED, "uid 1000 has no role here"),
        (Phase.MISMATCH, "the daemon speaks protocol 7: upgrade corgea-tui"),
    ],
)
async def test_a_daemon_that_never_answered_is_no_empty_screen(run, daemon, phase, reason):
    async with run("5", connect=False) as app:
        assert "connecting" in app.lines[2]
        await app.lose(reason, phase)
        assert reason in "\n".join(app.lines[2:5])
        assert daemon.asked("GET", "/v1/log") == []


async def test_a_lost_link_leaves_what_was_there_with_its_age(run, daemon):
    async with run("5") as app:
        await app.lose()
        assert "? not known whether it is alive" in app.lines[2]
        assert app.app.screen.has_class("-stale")
        assert "line number 59" in app.text
        assert "read at" in app.text
        before = len(daemon.asked("GET", "/v1/log"))
        await app.come_back()
        assert len(daemon.asked("GET", "/v1/log")) == before + 1
        assert "read at" not in app.text
        assert "✔ alive" in app.lines[2]


async def test_a_part_that_is_refused_says_so_and_the_others_work(run, daemon):
    daemon.answers["GET", "/v1/log"] = FORBIDDEN
    async with run("5") as app:
        assert "needs a viewer" in app.text
        assert "it could not be read" in app.text
        await app.press("]", "]")
        assert "needs a viewer" not in app.text
        assert "1 connection to inbox" in app.text


async def test_hidden_it_asks_nothing(run, daemon):
    async with run("5") as app:
        refresher = app.app.screen._parts._refreshers["log"]
        refresher.pace = 0.01
        await app.press("1")
        await asyncio.sleep(0.1)
        assert len(daemon.asked("GET", "/v1/log")) == 1


async def test_seen_it_goes_on_asking(run, daemon):
    async with run("5") as app:
        refresher = app.app.screen._parts._refreshers["log"]
        refresher.pace = 0.01
        refresher.restart()
        async with asyncio.timeout(5):
            while len(daemon.asked("GET", "/v1/log")) < 4:
                await asyncio.sleep(0.01)


async def test_the_same_answers_paint_nothing(run, daemon):
    async with run("5") as app:
        painted = []
        for widget in app.app.screen.query("LinesView, OneLine"):
            widget.refresh = lambda *regions, **_: painted.append(regions)
        await look_again(app)
        await app.arrive(daemon=daemon.info)
        assert painted == []


async def test_only_the_figures_that_changed_are_painted(run, daemon):
    async with run("5") as app:
        health = app.app.screen.query_one("#health")
        regions = []
        health.refresh = lambda *found, **_: regions.extend(found)
        queues = msgspec.structs.replace(daemon.info.queues, waiting=4)
        await app.arrive(daemon=msgspec.structs.replace(daemon.info, queues=queues))
        assert [region.height for region in regions] == [1]


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_small_terminals_show_health_and_the_newest_lines(run, daemon, size):
    async with run("5", size=size) as app:
        assert "✔ alive" in app.lines[2]
        assert "line number 59" in app.text
        assert "Log  Settings  Connected  Audit" in app.text


@pytest.mark.parametrize("size", [(120, 36), (60, 20)])
async def test_hostile_text_comes_out_as_pictures_in_every_part(run, daemon, size):
    poison = {ALL: ALL, "name": 1, "inner": {ALL: [ALL]}}
    daemon.log = [line(1, "error", ALL, ALL), line(2, ALL, ALL)]
    daemon.answers["GET", "/v1/peers"] = page([peer(login=ALL)])
    daemon.answers["GET", "/v1/audit"] = page(
        [
            audit_entry(
                login=ALL, action=ALL, target=ALL, before=poison, after={ALL: None, "name": ALL}
            )
        ]
    )
    daemon.info = with_problem(
        info(
            login=ALL,
            version=ALL,
            home=ALL,
            settings={ALL: {ALL: ALL, "list": [ALL], "map": {ALL: ALL}}},
            settings_changed={f"{ALL}.{ALL}": ALL},
            settings_errors=[SettingProblem(ALL, 3, ALL)],
        ),
        ALL,
    )
    async with run(size=size) as app:
        app.app._output_filter.enabled = False
        await app.press("5")
        for keys in (("]",), ("]",), ("]",), ("w",), ("S",), ("escape", "B"), ("escape", "y")):
            assert escapes_in("".join(app.lines)) == []
            await app.press(*keys)
        assert escapes_in("".join(app.lines)) == []
