import base64
from pathlib import Path

import pytest

from corgea_tui.screens.actions import copying
from daemon.protocol import Problem
from tests.app.fake_daemon import delivery, job


async def test_bulk_retry_counts_asks_shows_progress_and_result(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    daemon.answers["POST", "/v1/deliveries/retry"] = lambda sent: (
        {"matched": 41} if sent["dry_run"] else {"matched": 41, "job_id": "j1"}
    )
    jobs = [job(), job("done", started=41, succeeded=38, failed=3)]
    daemon.answers["GET", "/v1/jobs/j1"] = lambda _: jobs[0] if len(jobs) == 1 else jobs.pop(0)
    async with run() as app:
        await app.filter("http:5xx")
        await app.press("R")
        assert "41 deliveries will be sent again." in app.text
        assert len(daemon.asked("POST", "/v1/deliveries/retry")) == 1
        await app.press("y")
        await app.pilot.pause(0.6)
        await app.settle()
        assert "41 started, 38 succeeded, 3 failed" in app.text
        await app.press("enter")
        assert "/ http:5xx status:failed status:discarded" in app.text


async def test_no_sends_nothing(run, daemon):
    daemon.answers["POST", "/v1/deliveries/retry"] = {"matched": 41}
    async with run() as app:
        await app.filter("http:5xx")
        await app.press("R", "escape")
        assert len(daemon.asked("POST", "/v1/deliveries/retry")) == 1


async def test_a_job_can_be_stopped(run, daemon):
    states = ["running"]
    daemon.answers["POST", "/v1/deliveries/retry"] = {"matched": 41, "job_id": "j1"}
    daemon.answers["GET", "/v1/jobs/j1"] = lambda _: job(states[0])
    daemon.answers["POST", "/v1/jobs/j1/cancel"] = lambda _: (
        states.__setitem__(0, "cancelled") or job("cancelled")
    )
    async with run() as app:
        await app.filter("http:5xx")
        await app.pilot.press("R")
        await app.settle()
        await app.pilot.press("y")
        await app.pilot.pause(0.1)
        assert "12 started" in app.text
        await app.pilot.press("c")
        await app.pilot.pause(0.6)
        assert "cancelled: 12 started" in app.text


async def test_nothing_in_bulk_without_a_filter_or_marks(run, daemon):
    async with run("R") as app:
        assert app.toasts == ["first mark deliveries with space, or filter them with /"]
        assert daemon.asked("POST", "/v1/deliveries/retry") == []


async def test_marked_deliveries_are_retried_one_by_one(run, daemon):
    daemon.deliveries = [delivery(n, "failed") for n in (1, 2, 3)]
    daemon.answers["POST", "/v1/deliveries/d3/retry"] = {"attempt": 4}
    daemon.answers["POST", "/v1/deliveries/d2/retry"] = Problem(
        title="Conflict", status=409, detail="an attempt is on the wire"
    )
    async with run("down", "space", "down", "space") as app:
        assert "2 marked" in app.text
        assert "◆" in app.lines[4]
        await app.press("R")
        assert "Retry 2 marked deliveries" in app.text
        await app.press("y")
        assert "1 retried, 0 succeeded, 1 failed" in app.text
        assert "1 refused: an attempt is on the wire" in app.text
        assert "show failures" in app.text
        await app.press("enter")
        assert "marked" not in app.text
        assert "/ event:e3 webhook:w1 -status:succeeded" in app.text


async def test_what_came_of_marked_deliveries_is_waited_for(run, daemon):
    daemon.deliveries = [delivery(n, "failed") for n in (1, 2)]

    def sent(number):
        def answer(_):
            daemon.deliveries[number - 1] = delivery(number, "pending", in_flight=True)
            return {"attempt": 4}

        return answer

    for number in (1, 2):
        daemon.answers["POST", f"/v1/deliveries/d{number}/retry"] = sent(number)
    async with run("down", "space", "down", "space", "R") as app:
        await app.pilot.press("y")
        await app.pilot.pause(0.2)
        assert "2 retried, 0 succeeded, 0 failed" in app.text
        daemon.deliveries = [delivery(1), delivery(2)]
        await app.pilot.pause(0.7)
        assert "2 retried, 2 succeeded, 0 failed" in app.text
        assert "show failures" not in app.text


async def test_failures_one_after_another_are_marked_with_n_and_space(run, daemon):
    daemon.deliveries = [delivery(n, "failed") for n in (1, 2, 3)]
    async with run("n", "space", "n", "space", "n", "space") as app:
        assert app.session.feed.marks == {"d1", "d2", "d3"}
        await app.press("space")
        assert app.session.feed.marks == {"d2", "d3"}


async def test_why_one_was_refused_is_read_whole(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    long = "delivery d1 cannot be retried: " + "its webhook is paused, so activate it " * 3
    daemon.answers["POST", "/v1/deliveries/d1/retry"] = Problem(
        title="Conflict", status=409, detail=f"{long}first."
    )
    async with run("down", "space", "R", "y") as app:
        assert "first." in app.text


async def test_marks_stay_when_the_retry_was_not_agreed_to(run, daemon):
    daemon.deliveries = [delivery(1, "failed")]
    async with run("down", "space", "R", "escape") as app:
        assert "1 marked" in app.text


async def test_failures_are_looked_for_whatever_state_was_retried(run, daemon):
    daemon.answers["POST", "/v1/deliveries/retry"] = {"matched": 2, "job_id": "j1"}
    daemon.answers["GET", "/v1/jobs/j1"] = lambda _: job("done", failed=1)
    async with run() as app:
        await app.filter("status:discarded since:1h")
        await app.press("R", "y")
        await app.press("enter")
        assert "/ since:1h status:failed status:discarded" in app.text


@pytest.mark.parametrize(("keys", "kind"), [(("enter",), "csv"), (("down", "enter"), "ndjson")])
async def test_export_writes_what_is_filtered_to_a_new_file(
    run, daemon, tmp_path, monkeypatch, keys, kind
):
    monkeypatch.chdir(tmp_path)
    daemon.answers["GET", f"/v1/deliveries.{kind}"] = b"one\ntwo\n"
    async with run() as app:
        await app.filter("http:5xx")
        await app.press("x", *keys)
        await app.pilot.pause(0.05)
        assert "2 lines in" in app.text
    (written,) = tmp_path.iterdir()
    assert written.read_bytes() == b"one\ntwo\n"
    assert written.suffix == f".{kind}"
    assert daemon.asked("GET", f"/v1/deliveries.{kind}") == [{"filter": "http:5xx"}]


async def test_an_export_that_cannot_be_written_says_why(run, daemon, tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    daemon.answers["GET", "/v1/deliveries.csv"] = b"one\n"
    async with run("x") as app:
        folder.rmdir()
        await app.press("enter")
        await app.pilot.pause(0.05)
        assert "not exported" in app.text


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=["shown", "not read yet"])
async def test_y_copies_a_part_of_the_delivery(run, daemon, size):
    daemon.deliveries = [delivery(1, "failed")]
    async with run(size=size) as app:
        written = []
        app.app._driver.write = written.append
        await app.press("down", "y")
        assert "curl -X POST https" in app.text
        await app.press("G", "enter")
        assert app.toasts == ["curl copied"]
        assert "curl -X POST https://hooks.example.com/T000/B000" in copied(written)


async def test_what_is_too_long_for_a_terminal_goes_to_a_file(run, daemon, monkeypatch):
    monkeypatch.setattr(copying, "MOST", 1)
    daemon.deliveries = [delivery(1)]
    async with run("down", "y", "enter") as app:
        (words,) = app.toasts
        path = words.rsplit(" ", 1)[1]
    with Path(path).open() as file:  # noqa: ASYNC230  # the app is gone
        assert file.read() == "d1"


def copied(written):
    code = next(text for text in written if text.startswith("\x1b]52;c;"))
    return base64.b64decode(code[7:-1]).decode()
