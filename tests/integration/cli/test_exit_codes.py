"""The table of interfaces.md, as scripts see it: the installed command in a process of its own."""

import select
import signal
import subprocess
import sys

import pytest

HELLO = {"version": "9.9", "api": {"min": 1, "max": 1}, "role": "viewer"}


def problem(status, detail, *errors):
    body = {"title": "No", "status": status, "detail": detail}
    return status, {**body, "errors": [{"field": f, "message": m} for f, m in errors]}


@pytest.mark.parametrize(
    "args",
    [
        ["webhooks", "list"],
        ["emit", "scan.completed"],
        ["tail"],
        ["stats"],
        ["deliveries", "list"],
        ["events", "explain", "x"],
        ["dial-stdio"],
    ],
)
def test_without_a_daemon_it_is_69_with_the_command_that_starts_one(homeless, args):
    ended = homeless.tui(*args)
    assert ended.returncode == 69
    assert "corgea-daemon run" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["tial"], "did you mean 'tail'?"),
        (["webhooks", "lst"], "did you mean 'list'?"),
        (["emit"], "name what to send"),
        (["emit", "x", "--file", "y"], "exclude each other"),
        (["emit", "scan.completed", "--count", "0"], "--count"),
        (["deliveries", "retry"], "give the ids"),
        (["webhooks", "add", "x"], "Missing argument 'URL'"),
        ([], "needs a terminal"),
    ],
)
def test_what_cannot_be_carried_out_as_written_is_2(homeless, args, said):
    ended = homeless.tui(*args)
    assert ended.returncode == 2
    assert said in ended.stderr


@pytest.mark.parametrize(
    "args",
    [
        ["deliveries", "list", "colour:red"],
        ["deliveries", "export", "colour:red"],
        ["deliveries", "retry", "--filter", "colour:red", "--yes"],
        ["events", "list", "colour:red"],
        ["tail", "colour:red"],
    ],
)
def test_a_bad_filter_is_2_and_the_known_keys_are_named(served, args):
    ended = served.tui(*args)
    assert ended.returncode == 2
    assert "known are event, http, kind" in ended.stderr
    assert ended.stdout == ""


def test_a_bad_time_is_2(served):
    ended = served.tui("tail", "--since", "noon")
    assert ended.returncode == 2
    assert "15m, 1h" in ended.stderr


def test_a_bad_host_is_2(homeless):
    ended = homeless.tui("stats", CORGEA_HOST="http://x")
    assert ended.returncode == 2
    assert "unix:///PATH" in ended.stderr


def test_a_missing_role_is_4(stand_in):
    refused = problem(403, "viewers may not do this")
    daemon = stand_in({"GET /v1/daemon": (200, HELLO), "GET /v1/statistics": refused})
    ended = daemon.tui("stats")
    assert ended.returncode == 4
    assert "viewers may not do this" in ended.stderr


def test_a_socket_that_may_not_be_opened_is_4(homeless):
    (homeless.home / "run").mkdir()
    homeless.control.touch(mode=0)
    ended = homeless.tui("stats")
    assert ended.returncode in {4, 69}  # root may open what is closed to others


def test_all_complaints_are_shown_with_their_fields(stand_in):
    refused = problem(422, "", ("url", "must be HTTPS"), ("events", "none are named"))
    daemon = stand_in({"GET /v1/daemon": (200, HELLO), "POST /v1/webhooks": refused})
    ended = daemon.tui("webhooks", "add", "x", "http://x", "--event", "y")
    assert ended.returncode == 1
    assert "url: must be HTTPS" in ended.stderr
    assert "events: none are named" in ended.stderr


@pytest.mark.parametrize(("api", "who"), [((2, 3), "corgea-tui"), ((0, 0), "corgea-daemon")])
def test_no_common_protocol_is_76_and_says_which_side_to_upgrade(stand_in, api, who):
    hello = {**HELLO, "api": {"min": api[0], "max": api[1]}}
    ended = stand_in({"GET /v1/daemon": (200, hello)}).tui("stats")
    assert ended.returncode == 76
    assert f"upgrade {who}" in ended.stderr


@pytest.mark.parametrize("answer", [[], b"not json"])
def test_an_answer_of_another_shape_is_76(stand_in, answer):
    answers = {"GET /v1/daemon": (200, HELLO), "GET /v1/statistics": (200, answer)}
    assert stand_in(answers).tui("stats").returncode == 76


def test_a_producer_may_emit_though_it_may_see_nothing(stand_in):
    accepted = {"event_id": "e1", "duplicate": False, "deliveries": []}
    daemon = stand_in({"GET /v1/daemon": problem(403, "no"), "POST /v1/events": (202, accepted)})
    ended = daemon.tui("emit", "x.y", "--data", "{}", "--json")
    assert (ended.returncode, ended.stderr.count("no webhook matched")) == (0, 0)


def test_values_from_the_daemon_cannot_act_on_the_terminal(stand_in):
    hostile = "x\x1b]0;gotcha\x07\x9b31m\u202e"
    explained = [
        {"webhook_id": "w", "webhook_name": hostile, "decision": hostile, "detail": hostile}
    ]
    answers = {"GET /v1/daemon": (200, HELLO), "GET /v1/events/e/explain": (200, explained)}
    daemon = stand_in(answers)
    for args in (["events", "explain", "e"], ["events", "explain", "e", "--json"]):
        ended = daemon.tui(*args)
        assert ended.returncode == 0
        assert not set("\x1b\x07\x9b\u202e") & set(ended.stdout + ended.stderr)


def test_an_interrupt_is_130(served, webhook):
    webhook("200", "user.login")
    with served.tui_running("tail") as process:
        while not select.select([process.stdout], [], [], 0.3)[0]:
            served.tui("emit", "user.login")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130


@pytest.mark.parametrize("how", ["| true", "| head -c 1", ">&-", "2>&-"])
def test_a_stream_without_a_reader_is_quiet(served, how):
    command = f"{sys.executable} -m corgea_tui webhooks --help {how}"
    ended = subprocess.run(
        ["bash", "-c", command], env=served.env, capture_output=True, text=True, check=True
    )
    assert ended.stderr == ""


@pytest.mark.parametrize(
    "args",
    [
        [],
        *([verb] for verb in ("emit", "tail", "stats", "listen", "demo", "sign", "verify")),
        *(["webhooks", verb] for verb in ("list", "add", "apply", "edit", "replay", "test")),
        *(["deliveries", verb] for verb in ("list", "show", "retry", "export")),
        *(["events", verb] for verb in ("list", "show", "explain")),
    ],
)
def test_every_help_has_an_example(homeless, args):
    ended = homeless.tui(*args, "--help")
    assert ended.returncode == 0
    assert "Example" in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 100
