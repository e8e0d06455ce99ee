import json
import signal
import time

from tests.integration.cli.test_exit_codes import HELLO

TYPE = "scan.completed"


def rows(ended):
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_an_event_is_made_from_its_sample_and_delivered(served, webhook):
    responder = webhook("200", TYPE)
    ended = served.tui("emit", TYPE, "--set", "data.issues_found=3", "--wait", "--project", "7:Web")
    assert ended.returncode == 0, ended.stderr
    assert "✔ succeeded" in ended.stdout
    (received,) = responder.seen
    sent = json.loads(received.body)
    assert sent["event_type"] == TYPE
    assert sent["data"]["issues_found"] == 3
    assert sent["data"]["project"] == {"id": "7", "name": "Web"}
    assert sent["data"]["engine"] == "corgea-blast"


def test_waiting_fails_with_a_delivery_that_failed(served, webhook):
    responder = webhook("500", TYPE, retry={"schedule": []})
    ended = served.tui("emit", TYPE, "--wait")
    assert ended.returncode == 1
    assert "✖ failed" in ended.stdout
    assert responder.name[:10] in ended.stdout
    assert "500" in ended.stdout


def test_a_daemon_that_takes_nothing_is_reported_and_tried_again(stand_in):
    busy = {"title": "The disk is full", "status": 503}
    answers = {"GET /v1/daemon": (200, HELLO), "POST /v1/events": (503, busy)}
    with stand_in(answers).tui_running("emit", TYPE, "--data", "{}") as process:
        assert "too busy to accept events" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130


def test_waiting_fails_when_no_webhook_wanted_it(served):
    ended = served.tui("emit", "user.login", "--wait")
    assert ended.returncode == 1
    assert "no webhook matched" in ended.stderr
    assert "events explain" in ended.stderr


def test_waiting_fails_when_the_webhook_is_paused(served, webhook):
    responder = webhook("200", "issue.assigned")
    served.tui("webhooks", "pause", responder.name)
    ended = served.tui("emit", "issue.assigned", "--wait")
    assert ended.returncode == 1
    assert "⊘ discarded" in ended.stdout


def test_waiting_ends_at_its_timeout(served, webhook):
    webhook("hang", TYPE)
    ended = served.tui("emit", TYPE, "--wait", "--timeout", "300ms")
    assert ended.returncode == 1
    assert "not ended after 0.3 s" in ended.stderr


def test_json_is_the_answer_of_the_api(served):
    ended = served.tui("emit", "user.login", "--json", "--event-id", "mine-1")
    assert rows(ended) == [{"event_id": "mine-1", "duplicate": False, "deliveries": []}]
    again = served.tui("emit", "user.login", "--json", "--event-id", "mine-1")
    assert rows(again)[0]["duplicate"] is True
    assert again.returncode == 0
    other = served.tui("emit", "user.login", "--json", "--event-id", "mine-1", "--set", "data.x=1")
    assert other.returncode == 1
    assert other.stdout == "" or "error" in rows(other)[0]


def test_data_comes_from_an_argument_a_file_or_stdin(served, tmp_path):
    file = tmp_path / "data.json"
    file.write_text('{"company":"c","a":1}')
    for args, stdin in (
        (("--data", '{"a":1}'), ""),
        (("--data", f"@{file}"), ""),
        (("--data", "-"), '{"a":1}'),
    ):
        ended = served.tui("emit", "user.login", *args, "--json", stdin=stdin)
        assert ended.returncode == 0, ended.stderr
        identity = rows(ended)[0]["event_id"]
        shown = json.loads(served.tui("events", "show", identity, "--json").stdout)
        assert shown["payload"]["data"]["a"] == 1


def test_many_go_out_in_batches_and_bad_lines_do_not_stop_good_ones(served):
    good = '{"event_type":"user.login","data":{}}'
    lines = [good, "", '{"event_type":"user.login","data":[]}', "nonsense", good]
    ended = served.tui("emit", "--file", "-", "--json", stdin="\n".join(lines))
    assert ended.returncode == 1
    answers = rows(ended)
    assert [each.get("line") for each in answers] == [None, 3, 4, None]
    assert "line 3" in ended.stderr
    assert "data" in ended.stderr


def test_counting(served):
    ended = served.tui("emit", "user.login", "--count", "250")
    assert ended.returncode == 0
    assert "250 events accepted" in ended.stdout


def test_an_unknown_type_has_a_suggestion(served):
    ended = served.tui("emit", "scan.complete")
    assert ended.returncode == 2
    assert "did you mean 'scan.completed'?" in ended.stderr
    refused = served.tui("emit", "scan.complete", "--data", "{}")
    assert refused.returncode == 1
    assert "event_type" in refused.stderr


def test_an_event_over_the_limit_is_refused(served, tmp_path):
    file = tmp_path / "big.json"
    file.write_text(json.dumps({"x": "y" * 300_000}))
    ended = served.tui("emit", "user.login", "--data", f"@{file}")
    assert ended.returncode == 1
    assert "line 1" not in ended.stderr


def test_an_edited_event(served):
    editor = "sed -i s/jane.doe/john.roe/"
    ended = served.tui("emit", "user.login", "--edit", "--json", EDITOR=editor)
    assert ended.returncode == 0, ended.stderr
    identity = rows(ended)[0]["event_id"]
    shown = json.loads(served.tui("events", "show", identity, "--json").stdout)
    assert shown["payload"]["data"]["username"] == "john.roe"


def test_a_scenario_tells_a_whole_story(served, tmp_path):
    file = tmp_path / "quick.toml"
    file.write_text(
        '[variables]\nscan = "$uuid"\nissues = 1\n'
        '[[step]]\nevent = "scan.started"\ndata.scan_id = "$scan"\n'
        '[[step]]\nevent = "scan.completed"\ndata.scan_id = "$scan"\n'
        'data.issues_found = "$issues"\n'
    )
    ended = served.tui("emit", "--scenario", str(file), "--var", "issues=9", "--json")
    assert ended.returncode == 0, ended.stderr
    events = [
        json.loads(served.tui("events", "show", each["event_id"], "--json").stdout)["payload"]
        for each in rows(ended)
    ]
    assert [each["event_type"] for each in events] == ["scan.started", "scan.completed"]
    assert events[0]["data"]["scan_id"] == events[1]["data"]["scan_id"]
    assert events[1]["data"]["issues_found"] == 9


def test_a_payload_over_several_lines_is_one_event(served, tmp_path):
    file = tmp_path / "payload.json"
    file.write_text(json.dumps({"event_type": "user.login", "data": {"a": "x\ny"}}, indent=2))
    ended = served.tui("emit", "--file", str(file), "--json")
    assert ended.returncode == 0, ended.stderr
    (answer,) = rows(ended)
    shown = json.loads(served.tui("events", "show", answer["event_id"], "--json").stdout)
    assert shown["payload"]["data"] == {"a": "x\ny"}


def test_an_interrupted_run_says_how_far_it_came(served):
    with served.tui_running("emit", "user.login", "--count", "5000", "--rate", "50") as process:
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert "events accepted" in process.stdout.read()
